"""Opening a company for a new customer: support names it and invites its first owner, and is no member of it.

While a company has no owner, nobody inside could send the invitation again: so support may, then and never later.
"""

from __future__ import annotations

import uuid

from connectify import clock
from connectify.domain.errors import Rejected
from connectify.tenants.context import tenant_scope
from connectify.tenants.invitations import new_invitation, open_invitations
from connectify.tenants.models import Invitation, Membership, Role, Tenant
from connectify.tenants.services import create_tenant
from connectify.users.models import User


def open_company(*, name: str, email: str, language: str, actor: User) -> tuple[Tenant, Invitation, str]:
    """→ the company, the invitation of its first owner, and the token of its link. Call while no tenant is in force.

    Raises Rejected: "company_without_name".
    """
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise Rejected("company_without_name")
    tenant = create_tenant(name=name, actor=actor)
    return tenant, *invite_first_owner(tenant_id=tenant.pk, email=email, language=language, actor=actor)


def has_owner(tenant_id: uuid.UUID) -> bool:
    """From then on its people invite each other, and support invites nobody."""
    with tenant_scope(tenant_id):
        return Membership.objects.filter(role=Role.OWNER).exists()


def invite_first_owner(*, tenant_id: uuid.UUID, email: str, language: str, actor: User) -> tuple[Invitation, str]:
    """A link for the first owner; links sent to an owner before are dead. Raises Rejected: "has_owner"."""
    with tenant_scope(tenant_id):
        list(Tenant.objects.select_for_update())  # two of support at once: the later link is the one that works
        if has_owner(tenant_id):
            raise Rejected("has_owner")
        open_invitations().filter(role=Role.OWNER).update(withdrawn_at=clock.now())
        return new_invitation(email=email, role=Role.OWNER, language=language, actor=actor)
