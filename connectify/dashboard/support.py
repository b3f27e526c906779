"""Where support starts: find a company, say why, look in for half an hour without being able to change anything."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from connectify.dashboard.access import STAFF, open_to
from connectify.domain.errors import Rejected
from connectify.tenants import staff
from connectify.users.models import User


@open_to(STAFF)
@require_GET
def support(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("search", "").replace("\x00", "")[:100]
    companies = staff.find_companies(user=cast(User, request.user), words=words)
    return render(request, "dashboard/support.html", {"companies": companies, "search": words})


@open_to(STAFF)
@require_POST
def enter_company(request: HttpRequest) -> HttpResponse:
    """From one company another is not entered: its visit ends first, so that each record says where it was."""
    if getattr(request, "membership", None) is not None:
        messages.warning(request, _("You are in another company. Leave it first."))
        return redirect("support")
    try:
        wanted = uuid.UUID(request.POST.get("tenant", ""))
        staff.enter(request, tenant_id=wanted, reason=request.POST.get("reason", ""))
    except (ValueError, PermissionDenied):
        raise Http404 from None
    except Rejected:
        messages.warning(request, _("Write why you look in; it is recorded."))
        return redirect("support")
    return redirect("home")


@open_to(STAFF)
@require_POST
def leave_company(request: HttpRequest) -> HttpResponse:
    staff.leave(request)
    return redirect("support")
