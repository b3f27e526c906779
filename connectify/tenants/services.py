"""Making tenants and their members."""

from __future__ import annotations

from connectify.audit.services import record_audit
from connectify.clock import new_id
from connectify.domain.errors import Rejected
from connectify.tenants.context import require_tenant_id, tenant_scope
from connectify.tenants.models import Membership, Role, Tenant
from connectify.users.models import User


def create_tenant(*, name: str, is_demo: bool = False, actor: User | None = None) -> Tenant:
    """A new company. Call while no tenant is in force; enter it with `tenant_scope(tenant.pk)`."""
    tenant_id = new_id()
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.create(pk=tenant_id, name=name, is_demo=is_demo)
        record_audit(
            actor=actor, action="tenant.created", object_kind="tenant", object_id=tenant_id, after={"name": name}
        )
    return tenant


def add_member(*, user: User, role: str, actor: User | None = None) -> Membership:
    """Makes a person a member of the tenant in force. Raises Rejected("already_member")."""
    if Membership.objects.filter(user=user).exists():
        raise Rejected("already_member")
    membership = Membership.objects.create(user=user, role=Role(role))
    _audit(actor, "member.added", membership, after={"role": str(membership.role)})
    return membership


def change_role(*, membership: Membership, role: str, actor: User | None) -> Membership:
    """Raises Rejected("last_owner") when the company would be left without an owner."""
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    before = membership.role
    if before == role:
        return membership
    _keep_an_owner(membership)
    membership.role = Role(role)
    membership.save(update_fields=["role"])
    _audit(actor, "member.role_changed", membership, before={"role": before}, after={"role": role})
    return membership


def remove_member(*, membership: Membership, actor: User | None) -> None:
    """Ends the membership: the person's next request is without this tenant. Raises Rejected("last_owner")."""
    _keep_an_owner(membership)
    _audit(actor, "member.removed", membership, before={"role": membership.role})
    membership.delete()


def _keep_an_owner(membership: Membership) -> None:
    if membership.role != Role.OWNER:
        return
    # Locked in one order, so that two owners who remove each other cannot both succeed.
    owners = list(Membership.objects.select_for_update().filter(role=Role.OWNER).order_by("id"))
    if len(owners) <= 1:
        raise Rejected("last_owner")


def _audit(
    actor: User | None,
    action: str,
    membership: Membership,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    require_tenant_id()
    record_audit(
        actor=actor, action=action, object_kind="user", object_id=membership.user_id, before=before, after=after
    )
