"""Home, the choice of a company, the choice of a language."""

from __future__ import annotations

import contextlib
import uuid
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from connectify.dashboard.access import ANYONE, MEMBERS, SIGNED_IN, WORKERS, open_to
from connectify.dashboard.context import OFFERED
from connectify.dashboard.directions import DIRECTIONS
from connectify.dashboard.inbox import all_groups
from connectify.dashboard.inbox_views import as_role
from connectify.dashboard.selectors import home_rows
from connectify.tenants.middleware import choose_tenant

NEEDS: Final = 3  # groups shown on the home page; the rest is in the inbox


@open_to(*MEMBERS)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    rows = home_rows()
    template = "dashboard/_instances.html" if request.htmx else "dashboard/home.html"  # type: ignore[attr-defined]
    return render(
        request,
        template,
        {
            "instances": rows,
            "all_is_well": all(row.is_well for one in rows for row in one.directions),
            "asks": any(row.asks for one in rows for row in one.directions),
            "setup_url": address_of("setup"),
        },
    )


@open_to(*MEMBERS)
@require_safe
def needs(request: HttpRequest) -> HttpResponse:
    """What waits for a person today: a part of the home page, read apart so that the page itself is never late."""
    groups = [group for group in all_groups() if group.tone != "idle"]
    role = request.membership.role  # type: ignore[attr-defined]
    shown = [
        {"group": as_role(group, role), "direction": DIRECTIONS.get(group.direction, "")} for group in groups[:NEEDS]
    ]
    context = {
        "shown": shown,
        "more": len(groups) - len(shown),
        "inbox_url": address_of("inbox"),
        "may_act": role in WORKERS,
    }
    return render(request, "dashboard/_needs.html", context)


def address_of(name: str) -> str:
    """The address of a page that a module may bring; "" when none does."""
    with contextlib.suppress(NoReverseMatch):
        return reverse(name)
    return ""


@open_to(SIGNED_IN)
@require_POST
def choose_company(request: HttpRequest) -> HttpResponse:
    """Only a company that the person belongs to: any other does not exist."""
    wanted = request.POST.get("tenant", "")
    for membership in request.memberships:  # type: ignore[attr-defined]
        if str(membership.tenant_id) == wanted:
            choose_tenant(request, uuid.UUID(wanted))
            return HttpResponseRedirect("/")
    raise Http404


@open_to(ANYONE)
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Sets the language of the screens, and of mails to a signed-in person."""
    language = request.POST.get("language", "")
    if language not in OFFERED:
        raise Http404
    if request.user.is_authenticated and request.user.language != language:
        request.user.language = language
        request.user.save(update_fields=["language"])
    answer = set_language(request)
    target, here = request.POST.get("next", ""), {request.get_host()}
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=here, require_https=request.is_secure()):
        answer["Location"] = "/"
    return answer
