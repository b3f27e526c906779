"""Asking people into a company: a link with a random token, of which only the hash is kept. Seven days, one use.

Whoever opens the link belongs to no company yet, so the database finds an open invitation by the hash alone
(`connectify_invitation`). A company is added to an existing account only when its owner is signed in to exactly the
invited address: knowing the link is not enough.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from connectify import clock
from connectify.audit.services import record_audit
from connectify.domain.errors import Rejected
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Invitation, Membership, Role
from connectify.tenants.services import add_member, check_power
from connectify.users.models import User
from connectify.users.services import create_user

LIFE: Final = dt.timedelta(days=7)
_TOKEN_BYTES: Final = 32


class OpenInvitation(NamedTuple):
    """What an open invitation says to the person who holds its link."""

    tenant_id: uuid.UUID
    company: str
    id: uuid.UUID
    email: str
    role: str
    language: str
    invited_by: str


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def invite(*, email: str, role: str, language: str, actor: User) -> tuple[Invitation, str]:
    """→ the invitation and its token, which is nowhere else.

    Raises Rejected: "already_member", "already_invited", and what `check_power` raises.
    """
    email = email.strip().lower()
    check_power(actor, role)
    if Membership.objects.filter(user__email=email).exists():
        raise Rejected("already_member")
    if open_invitations().filter(email=email).exists():
        raise Rejected("already_invited")
    return new_invitation(email=email, role=role, language=language, actor=actor)


def new_invitation(*, email: str, role: str, language: str, actor: User) -> tuple[Invitation, str]:
    """`invite` without asking whether the actor may: for who opens the company (`connectify/tenants/opening.py`)."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    invitation = Invitation.objects.create(
        email=email.strip().lower(),
        role=Role(role),
        language=language,
        token_sha256=hash_of(token),
        invited_by=actor,
        expires_at=clock.now() + LIFE,
    )
    _audit(actor, "invitation.sent", invitation)
    return invitation, token


def resend(*, invitation_id: uuid.UUID, actor: User) -> tuple[Invitation, str]:
    """A new link for another seven days; the old one is dead. An expired one is opened again so, too.

    Raises Rejected: "invitation_closed", and what `check_power` raises.
    """
    invitation = _locked(invitation_id, actor)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    invitation.token_sha256 = hash_of(token)
    invitation.expires_at = clock.now() + LIFE
    invitation.save(update_fields=["token_sha256", "expires_at"])
    _audit(actor, "invitation.resent", invitation)
    return invitation, token


def withdraw(*, invitation_id: uuid.UUID, actor: User) -> Invitation:
    """Raises Rejected: "invitation_closed", and what `check_power` raises."""
    invitation = _locked(invitation_id, actor)
    invitation.withdrawn_at = clock.now()
    invitation.save(update_fields=["withdrawn_at"])
    _audit(actor, "invitation.withdrawn", invitation)
    return invitation


def waiting_invitations() -> list[Invitation]:
    """Those neither accepted nor withdrawn, newest first: open ones and, for 30 days, expired ones."""
    rows = Invitation.objects.filter(
        accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=clock.now() - dt.timedelta(days=30)
    )
    return list(rows.select_related("invited_by").order_by("-created_at", "id")[:100])


def open_invitations() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=clock.now())


def find_open(token_sha256: str) -> OpenInvitation | None:
    """Call while no tenant is in force. None for a token that is unknown, used, withdrawn or expired."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, tenant_name, invitation_id FROM connectify_invitation(%s)", [token_sha256])
        found = cursor.fetchone()
    if found is None:
        return None
    tenant_id, company, invitation_id = found
    with tenant_scope(tenant_id):
        row = Invitation.objects.select_related("invited_by").filter(pk=invitation_id).first()
    if row is None:
        return None
    return OpenInvitation(tenant_id, company, row.pk, row.email, row.role, row.language, str(row.invited_by))


def has_account(email: str) -> bool:
    return User.objects.filter(email=email).exists()


def accept(*, token_sha256: str, user: User) -> OpenInvitation:
    """The signed-in person joins. Call while no tenant is in force.

    Raises Rejected: "invitation_closed", "invitation_for_another".
    """
    with _taken(token_sha256) as (found, invitation):
        if user.email.lower() != invitation.email:
            raise Rejected("invitation_for_another")
        _join(invitation, user)
    return found


def accept_as_new(*, token_sha256: str, full_name: str, password: str) -> tuple[OpenInvitation, User]:
    """Makes the account, with the invited address, and joins. The caller has checked the password.

    Raises Rejected: "invitation_closed", "account_exists".
    """
    with _taken(token_sha256) as (found, invitation):
        try:
            with transaction.atomic():
                user = create_user(
                    email=invitation.email, password=password, full_name=full_name, language=invitation.language
                )
        except IntegrityError as error:
            raise Rejected("account_exists") from error
        _join(invitation, user)
    return found, user


@contextmanager
def _taken(token_sha256: str) -> Iterator[tuple[OpenInvitation, Invitation]]:
    """The invitation, locked: of two who accept at once the second finds it closed."""
    found = find_open(token_sha256)
    if found is None:
        raise Rejected("invitation_closed")
    with tenant_scope(found.tenant_id):
        rows = open_invitations().select_for_update(of=("self",))
        invitation = rows.filter(pk=found.id, token_sha256=token_sha256).first()
        if invitation is None:
            raise Rejected("invitation_closed")
        yield found, invitation


def _join(invitation: Invitation, user: User) -> None:
    invitation.accepted_at = clock.now()
    invitation.save(update_fields=["accepted_at"])
    if not Membership.objects.filter(user=user).exists():
        add_member(user=user, role=invitation.role, actor=user)
    _audit(user, "invitation.accepted", invitation)


def _locked(invitation_id: uuid.UUID, actor: User) -> Invitation:
    rows = Invitation.objects.select_for_update()
    invitation = rows.filter(pk=invitation_id, accepted_at__isnull=True, withdrawn_at__isnull=True).first()
    if invitation is None:
        raise Rejected("invitation_closed")
    check_power(actor, invitation.role)
    return invitation


def _audit(actor: User, action: str, invitation: Invitation) -> None:
    record_audit(
        actor=actor,
        action=action,
        object_kind="invitation",
        object_id=invitation.pk,
        after={"email": invitation.email, "role": str(invitation.role), "language": invitation.language},
    )
