"""The inbox: what waits for a person, by cause, with the click that solves it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from connectify.dashboard.access import MEMBERS, SETTERS, WORKERS, Who, may_open, open_to, who_may_open
from connectify.dashboard.directions import DIRECTIONS
from connectify.dashboard.inbox import InboxGroup, InboxSource, OneByOne, all_groups, source_of
from connectify.tenants.context import tenant_scope
from connectify.tenants.middleware import opens_own_scope
from connectify.users.models import User

ACTS: Final = ("approve", "refuse", "retry", "ignore")
# What stands for the advice where the button is not the reader's: by whom its page is open to.
WHO_CAN: Final[dict[frozenset[Who], str | Promise]] = {
    frozenset(SETTERS): gettext_lazy("An owner or an administrator can do this."),
    frozenset(WORKERS): gettext_lazy("An owner, an administrator or an operator can do this."),
}
AT_ONCE: Final = 30  # groups of a page: more causes than a person looks through before mending the first ones


@open_to(*MEMBERS)
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    groups = all_groups()
    role = request.membership.role  # type: ignore[attr-defined]
    first = _first(request.GET.get("from", ""), len(groups))
    context = {
        "rows": [
            {"group": as_role(group, role), "direction": DIRECTIONS.get(group.direction, "")}
            for group in groups[first : first + AT_ONCE]
        ],
        "next": first + AT_ONCE if len(groups) > first + AT_ONCE else None,
        "urgent": sum(group.tone != "idle" for group in groups),
        "may_act": role in WORKERS,
    }
    template = "dashboard/_inbox.html" if request.htmx else "dashboard/inbox.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def as_role(group: InboxGroup, role: str) -> InboxGroup:
    """The group as a member in this role is shown it: a page that is not open to them is no button and no advice, but
    the work of those who may open it.
    """
    if not group.solve_url.startswith("/") or may_open(group.solve_url, role):
        return group
    can = WHO_CAN.get(who_may_open(group.solve_url)) or _("Somebody in another role can do this.")
    return replace(group, why=replace(group.why, you_do=str(can)), solve_url="", solve_label="")


def _first(wanted: str, count: int) -> int:
    """The place of the page's first group; the beginning for what is no such place."""
    place = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 5 else 0
    return place if place < count else 0


@open_to(*MEMBERS)
@require_safe
def held(request: HttpRequest) -> HttpResponse:
    """What is held stands in the inbox; its old address leads there."""
    return redirect("inbox")


@opens_own_scope
@open_to(*WORKERS)
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """One act on one group, or on one record, as it stands now. Returns to where the button was."""
    tenant: uuid.UUID = request.membership.tenant_id  # type: ignore[attr-defined]
    source, name = source_of(request.POST.get("source", "")), request.POST.get("act", "")
    if source is None or name not in ACTS:
        raise Http404
    count = _moved(tenant, source, request.POST.get("key", ""), name, cast(User, request.user))
    if count:
        messages.success(request, _said(name, count))
    elif name == "retry":
        messages.warning(request, _("There is nothing to try again there: it goes on already, or trying cannot help."))
    else:
        messages.warning(request, _("Nothing waits there any more."))
    return redirect(_back(request))


def _moved(tenant: uuid.UUID, source: InboxSource, key: str, act: str, actor: User) -> int:
    """In one transaction, or in one for each record where the source is moved one by one."""
    keys: Sequence[str] = [key]
    if isinstance(source, OneByOne):
        with tenant_scope(tenant):
            keys = source.keys_of(key)
    moved = 0
    for one in keys:
        with tenant_scope(tenant):
            moved += source.act(one, act, actor)
    return moved


def _said(act: str, count: int) -> str:
    match act:
        case "approve":
            text = ngettext("Approved: %(n)s record goes on.", "Approved: %(n)s records go on.", count)
        case "refuse":
            text = ngettext("Refused: %(n)s record stays as it is.", "Refused: %(n)s records stay as they are.", count)
        case "retry":
            text = ngettext("%(n)s record is tried again.", "%(n)s records are tried again.", count)
        case _:
            text = ngettext("%(n)s record is put away.", "%(n)s records are put away.", count)
    return text % {"n": count}


def _back(request: HttpRequest) -> str:
    """The page of the button, if it is one of ours."""
    target = request.POST.get("next", "")
    here = {request.get_host()}
    fits = url_has_allowed_host_and_scheme(target, allowed_hosts=here, require_https=request.is_secure())
    return target if fits else reverse("inbox")
