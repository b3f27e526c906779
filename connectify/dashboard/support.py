"""The administration's own pages: the front page, finding and entering a company, switching off for everybody.

Support starts and ends here; what it then sees of a company are `VisitAdmin` pages, and the company's own pages.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, Final, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectify.dashboard import switches
from connectify.dashboard.access import STAFF, open_to
from connectify.dashboard.code_words import word_of
from connectify.dashboard.directions import DIRECTIONS
from connectify.dashboard.home_of_visit import visited
from connectify.dashboard.opening import open_new
from connectify.dashboard.platform_state import platform_state
from connectify.dashboard.visit_admin import is_visit
from connectify.domain.errors import Rejected
from connectify.instances.models import Instance
from connectify.sync import killswitch
from connectify.sync.directions import known_kinds
from connectify.sync.models import KillSwitch, KillSwitchEntry
from connectify.tenants import staff
from connectify.users.models import User

LOG: Final = 50


def register() -> None:
    """The pages under /admin/ besides those of models. Called once when Django starts."""
    admin.site.extra_urls = _urls  # type: ignore[attr-defined]
    admin.site.site_title = admin.site.site_header = "Connectify"


def _urls() -> list[URLPattern]:
    view = admin.site.admin_view
    return [
        path("companies/", view(companies), name="companies"),
        path("companies/enter/", view(enter_company), name="enter_company"),
        path("companies/open/", view(open_new), name="open_company"),
        path("switches/", view(switch_list), name="switches"),
        path("switches/turn/", view(turn_switch), name="turn_switch"),
    ]


def front(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's DASHBOARD_CALLBACK: what the front page of the administration shows."""
    found = visited() if is_visit(request) else None
    names = _names(request, [one for one, _directions in found.instances]) if found else {}
    return {
        **context,
        "title": _("Platform"),
        "state": platform_state(cast(User, request.user)),
        "switches": [_switch(one, names) for one in KillSwitch.objects.order_by("since")],
        "visited": found,
    }


# --- companies --------------------------------------------------------------------------------------------------------


@open_to(STAFF)
@require_safe
def support(request: HttpRequest) -> HttpResponse:
    """Where staff without a company land."""
    return redirect("admin:companies")


@require_safe
def companies(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("search", "").replace("\x00", "")[:100]
    found = staff.find_companies(user=cast(User, request.user), words=words)
    context = {
        **admin.site.each_context(request), "title": _("Companies"), "companies": found, "search": words,
        "is_many": len(found) == staff.MOST, "may_invite": not is_visit(request),
    }  # fmt: skip
    return TemplateResponse(request, "admin/companies.html", context)


@require_POST
def enter_company(request: HttpRequest) -> HttpResponse:
    """From one company another is not entered: its visit ends first, so that each record says where it was."""
    if is_visit(request):
        messages.warning(request, _("You are in another company. Leave it first."))
        return redirect("admin:companies")
    try:
        wanted = uuid.UUID(request.POST.get("tenant", ""))
        staff.enter(request, tenant_id=wanted, reason=request.POST.get("reason", ""))
    except (ValueError, PermissionDenied):
        raise Http404 from None
    except Rejected:
        messages.warning(request, _("Write why you look in; it is recorded."))
        return redirect("admin:companies")
    return redirect("admin:index")


@open_to(STAFF)
@require_POST
def leave_company(request: HttpRequest) -> HttpResponse:
    """From the company's own pages and from the administration."""
    staff.leave(request)
    return redirect("admin:companies")


# --- switches ---------------------------------------------------------------------------------------------------------


@require_safe
def switch_list(request: HttpRequest) -> HttpResponse:
    names = _names(request)
    log = KillSwitchEntry.objects.select_related("actor").order_by("-at")[:LOG]
    context = {
        **admin.site.each_context(request),
        "title": _("Switches"),
        "switches": [_switch(one, names) for one in KillSwitch.objects.order_by("since")],
        "groups": _choices(request),
        "log": [{"entry": entry, "what": switches.in_words(entry.scope, names)} for entry in log],
    }
    return TemplateResponse(request, "admin/switches.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def turn_switch(request: HttpRequest) -> HttpResponse:
    """Says what the switch does and asks why; then turns it."""
    asked = request.POST if request.method == "POST" else request.GET
    scope, is_off = asked.get("scope", ""), asked.get("turn", "") != "on"
    known = {one for group in _choices(request) for one, _label in group["scopes"]}
    current = KillSwitch.objects.filter(scope=scope).first()
    if scope not in known and current is None:
        raise Http404
    reason = asked.get("reason", "").strip()[:200]
    if request.method == "POST" and reason:
        actor = cast(User, request.user)
        if is_off:
            killswitch.turn_off(scope, reason=reason, actor=actor)
            messages.success(request, _("It is switched off. Nothing of it is written from now on."))
        else:
            killswitch.turn_on(scope, reason=reason, actor=actor)
            messages.success(request, _("It is switched on. What waited goes now."))
        return redirect("admin:switches")
    context = {
        **admin.site.each_context(request),
        "title": _("Switch off") if is_off else _("Switch on again"),
        "subtitle": switches.in_words(scope, _names(request)),
        "scope": scope, "is_off": is_off, "current": current, "reason": reason,
        "problem": _("Write why: it is recorded, and shown to the customers.") if request.method == "POST" else "",
    }  # fmt: skip
    return TemplateResponse(request, "admin/turn_switch.html", context)


def _switch(switch: KillSwitch, names: dict[str, str]) -> dict[str, Any]:
    return {"switch": switch, "what": switches.in_words(switch.scope, names)}


def _choices(request: HttpRequest) -> list[dict[str, Any]]:
    """What can be switched off here: for everybody, and during a visit for this company."""
    kinds = known_kinds()
    directions = [one for one in DIRECTIONS if one in set(kinds.values())]
    everybody = [("all", _("Everything: nothing is written anywhere"))]
    everybody += [(f"direction:{one}", str(DIRECTIONS[one])) for one in directions]
    everybody += [(f"kind:{kind}", f"{word_of('change', kind)} ({kind})") for kind in sorted(kinds)]
    groups: list[dict[str, Any]] = [{"title": _("For everybody"), "scopes": everybody}]
    if is_visit(request):
        names = _names(request)
        own = [(f"tenant:{request.membership.tenant_id}", _("The whole company"))]  # type: ignore[attr-defined]
        own += [(f"instance:{pk}", name) for pk, name in names.items() if pk != str(request.membership.tenant_id)]  # type: ignore[attr-defined]
        groups.insert(0, {"title": request.membership.tenant_name, "scopes": own})  # type: ignore[attr-defined]
    return groups


def _names(request: HttpRequest, known: Iterable[Instance] | None = None) -> dict[str, str]:
    """What ids mean to somebody who visits: the company and its instances, `known` where they were read already."""
    if not is_visit(request):
        return {}
    company = request.membership  # type: ignore[attr-defined]
    instances = Instance.objects.order_by("name") if known is None else known
    return {str(company.tenant_id): company.tenant_name} | {str(one.pk): one.name for one in instances}
