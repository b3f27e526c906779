"""Support staff in a customer's company: half an hour, with a reason, read-only, recorded there (RELIABILITY U9)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest

from connectify import clock
from connectify.audit.services import record_audit
from connectify.domain.errors import Rejected
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Role, Tenant
from connectify.tenants.selectors import MembershipFact, memberships_of
from connectify.users.models import User

VISIT: Final = dt.timedelta(minutes=30)
SESSION_KEY: Final = "support_visit"
# As many companies as one search shows.
MOST: Final = 50


class Company(NamedTuple):
    """Without an owner it is one that support opened and nobody has entered yet."""

    tenant_id: uuid.UUID
    name: str
    has_owner: bool


def find_companies(*, user: User, words: str) -> list[Company]:
    """Up to 50 companies whose name holds `words`, or those of the person with this e-mail address.

    None for anybody who is not staff (the database looks again). An order's number leads nowhere: that would be reading
    in every company unrecorded.
    """
    if not (user.is_staff and user.is_active):
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        if "@" in words:
            member = User.objects.filter(email__iexact=words.strip()).first()
            # Whoever has a member has an owner: its first member is one, and the last one stays.
            return [] if member is None else [Company(*fact[:2], True) for fact in memberships_of(member.pk)]
        cursor.execute(
            "SELECT tenant_id, tenant_name, has_owner FROM connectify_companies_for_staff(%s, %s)",
            [user.pk, words.strip()],
        )
        return [Company(*row) for row in cursor.fetchall()]


def enter(request: HttpRequest, *, tenant_id: uuid.UUID, reason: str) -> None:
    """From the next request on, and for half an hour. Raises PermissionDenied, or Rejected without a reason."""
    user = request.user
    if not isinstance(user, User) or not user.is_staff:
        raise PermissionDenied
    if not reason.strip():
        raise Rejected("reason_missing")
    with tenant_scope(tenant_id):
        if not Tenant.objects.filter(pk=tenant_id).exists():
            raise PermissionDenied
        record_audit(
            actor=user,
            action="support.entered",
            object_kind="tenant",
            object_id=tenant_id,
            reason=reason.strip()[:300],
        )
    until = clock.now() + VISIT
    request.session[SESSION_KEY] = {"tenant": str(tenant_id), "until": until.isoformat(), "user": str(user.pk)}


def leave(request: HttpRequest) -> None:
    """Call inside the company's scope, as any page of a visit is. A visit whose time was over has ended already."""
    is_visit = entered(request) is not None
    visit = request.session.pop(SESSION_KEY, None)
    if is_visit and isinstance(request.user, User):
        tenant_id = uuid.UUID(visit["tenant"])
        with tenant_scope(tenant_id):
            record_audit(actor=request.user, action="support.left", object_kind="tenant", object_id=tenant_id)


def visit_until(request: HttpRequest) -> dt.datetime | None:
    """When the visit under way ends by itself."""
    visit = request.session.get(SESSION_KEY)
    return None if visit is None else dt.datetime.fromisoformat(visit["until"])


def entered(request: HttpRequest) -> MembershipFact | None:
    """The company a staff member visits at the moment, as a viewer; None when there is none or the time is over."""
    visit = request.session.get(SESSION_KEY)
    user = request.user
    if visit is None or not isinstance(user, User) or not user.is_staff:
        return None
    if visit["user"] != str(user.pk) or dt.datetime.fromisoformat(visit["until"]) <= clock.now():
        return None
    tenant_id = uuid.UUID(visit["tenant"])
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.filter(pk=tenant_id).first()
    return None if tenant is None else MembershipFact(tenant_id, tenant.name, Role.VIEWER)
