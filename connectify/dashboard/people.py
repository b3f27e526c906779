"""The people of a company: who they are, what each may do, changing that with a page that says what will happen."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectify import clock
from connectify.dashboard.access import AUDITORS, KEEPERS, open_to
from connectify.dashboard.people_words import MAY, said
from connectify.domain.errors import Rejected
from connectify.tenants.invitations import waiting_invitations
from connectify.tenants.models import Membership, Role, Tenant
from connectify.tenants.services import change_role, remove_member, rename_tenant, require_second_factor
from connectify.users.models import User
from connectify.users.selectors import with_second_factor

# A company has few people; beyond this many the page says so and the search of the browser no longer helps.
MOST: Final = 200
_ORDER: Final = {role.value: place for place, role in enumerate(Role)}


@dataclass(frozen=True)
class Member:
    membership: Membership
    user: User
    has_second_factor: bool
    is_you: bool
    may_be_changed: bool


@open_to(*AUDITORS)
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    return _page(request)


@open_to(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, membership_id: uuid.UUID) -> HttpResponse:
    """One member: the choice of a role, and the way out. Both ask once more, saying what will happen."""
    one = _find(request, membership_id)
    if request.method != "POST":
        return _member_page(request, one)
    act, role = request.POST.get("act", ""), request.POST.get("role", "")
    if act not in ("role", "remove") or (act == "role" and role not in _roles(request)):
        raise Http404
    if request.POST.get("confirmed") != "yes":
        if act == "role" and role == one.membership.role:
            return redirect("company_member", membership_id)
        asked = {"act": act, "role": role, "role_label": _label(role), "may": MAY.get(role, "")}
        return _member_page(request, one, asked=asked)
    return _change(request, one, act, role)


@open_to(*KEEPERS)
@require_POST
def name(request: HttpRequest) -> HttpResponse:
    wanted = " ".join(request.POST.get("name", "").replace("\x00", "").split())[:200]
    if not wanted:
        messages.warning(request, _("A company needs a name."))
    else:
        rename_tenant(name=wanted, actor=cast(User, request.user))
        messages.success(request, _("The company is called %(name)s now.") % {"name": wanted})
    return redirect("company")


@open_to(Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """The rule that everybody signs in with a second factor: shown with whom it stops, then set."""
    required = not _tenant(request).requires_second_factor
    if request.method != "POST":
        without = [one for one in _members(request) if not one.has_second_factor]
        return render(
            request,
            "company/second_factor.html",
            {"required": required, "without": without, "blocks_you": required and any(one.is_you for one in without)},
        )
    required = request.POST.get("required") == "yes"
    try:
        require_second_factor(required=required, actor=cast(User, request.user))
    except Rejected as error:
        messages.warning(request, said(error))
        return redirect("company_second_factor")
    done = _("Everybody signs in with a second factor now.") if required else _("The second factor is voluntary again.")
    messages.success(request, done)
    return redirect("company")


def _page(request: HttpRequest) -> HttpResponse:
    may_keep = request.membership.role in KEEPERS  # type: ignore[attr-defined]
    now = clock.now()
    invitations = waiting_invitations() if may_keep else []
    return render(
        request,
        "company/people.html",
        {
            "members": _members(request),
            "invitations": [{"row": row, "is_open": row.expires_at > now} for row in invitations],
            "may_keep": may_keep,
            "is_owner": _own_role(request) == Role.OWNER,
            "tenant": _tenant(request),
        },
    )


def _members(request: HttpRequest) -> list[Member]:
    rows = list(Membership.objects.select_related("user").order_by("created_at", "id")[:MOST])
    rows.sort(key=lambda row: (_ORDER[row.role], str(row.user).casefold()))
    protected = with_second_factor(row.user_id for row in rows)
    return [_as_member(request, row, row.user_id in protected) for row in rows]


def _as_member(request: HttpRequest, row: Membership, has_second_factor: bool) -> Member:
    own = _own_role(request)
    may = own == Role.OWNER or (own == Role.ADMIN and row.role != Role.OWNER)
    return Member(row, row.user, has_second_factor, row.user_id == request.user.pk, may)


def _find(request: HttpRequest, membership_id: uuid.UUID) -> Member:
    row = Membership.objects.select_related("user").filter(pk=membership_id).first()
    if row is None:
        raise Http404
    return _as_member(request, row, bool(with_second_factor([row.user_id])))


def _member_page(request: HttpRequest, one: Member, asked: dict[str, Any] | None = None) -> HttpResponse:
    roles = [(value, _label(value), MAY[value]) for value in _roles(request)]
    return render(request, "company/member.html", {"one": one, "roles": roles, "asked": asked})


def _change(request: HttpRequest, one: Member, act: str, role: str) -> HttpResponse:
    actor, who = cast(User, request.user), str(one.user)
    try:
        if act == "role":
            change_role(membership=one.membership, role=role, actor=actor)
            messages.success(request, _("%(who)s: the role is %(role)s now.") % {"who": who, "role": _label(role)})
        else:
            remove_member(membership=one.membership, actor=actor)
            messages.success(request, _("%(who)s is no longer a member of the company.") % {"who": who})
    except Rejected as error:
        messages.warning(request, said(error))
        return redirect("company_member", one.membership.pk)
    except Membership.DoesNotExist:
        raise Http404 from None
    # Who gave up their own place cannot come back to this page.
    return redirect("home" if one.is_you else "company")


def _roles(request: HttpRequest) -> list[str]:
    """The roles this person may give."""
    return [role.value for role in Role if role != Role.OWNER or _own_role(request) == Role.OWNER]


def _label(role: str) -> str:
    return str(Role(role).label) if role in _ORDER else role


def _own_role(request: HttpRequest) -> str:
    return request.membership.role  # type: ignore[attr-defined, no-any-return]


def _tenant(request: HttpRequest) -> Tenant:
    return Tenant.objects.get(pk=request.membership.tenant_id)  # type: ignore[attr-defined]
