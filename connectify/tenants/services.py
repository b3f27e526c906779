"""Making tenants and their members. Each act of a person is audited and asks what that person may.

`actor` None is a command of the operator's: it may do everything except leave a company without an owner.
"""

from __future__ import annotations

from typing import Any

from connectify.audit.services import record_audit
from connectify.clock import new_id
from connectify.domain.errors import Rejected
from connectify.tenants.context import require_tenant_id, tenant_scope
from connectify.tenants.models import Membership, Role, Tenant
from connectify.users.models import User
from connectify.users.selectors import has_second_factor


def create_tenant(*, name: str, is_demo: bool = False, actor: User | None = None) -> Tenant:
    """A new company. Call while no tenant is in force; enter it with `tenant_scope(tenant.pk)`."""
    tenant_id = new_id()
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.create(pk=tenant_id, name=name, is_demo=is_demo)
        record_audit(
            actor=actor, action="tenant.created", object_kind="tenant", object_id=tenant_id, after={"name": name}
        )
    return tenant


def rename_tenant(*, name: str, actor: User | None) -> Tenant:
    """Renames the tenant in force."""
    tenant = _tenant()
    if tenant.name != name:
        before, tenant.name = tenant.name, name
        tenant.save(update_fields=["name"])
        _audit_tenant(actor, "tenant.renamed", tenant, {"name": before}, {"name": name})
    return tenant


def require_second_factor(*, required: bool, actor: User) -> Tenant:
    """From the next request on, members without a second factor get no further than to where they switch it on.

    Raises Rejected: "owner_only"; "own_factor_first", as the rule must not shut out the one who makes it.
    """
    if role_of(actor) != Role.OWNER:
        raise Rejected("owner_only")
    if required and not has_second_factor(actor.pk):
        raise Rejected("own_factor_first")
    tenant = _tenant()
    if tenant.requires_second_factor != required:
        tenant.requires_second_factor = required
        tenant.save(update_fields=["requires_second_factor"])
        changed = {"required": not required}, {"required": required}
        _audit_tenant(actor, "tenant.second_factor_rule", tenant, *changed)
    return tenant


def add_member(*, user: User, role: str, actor: User | None = None) -> Membership:
    """Makes a person a member of the tenant in force. Raises Rejected("already_member")."""
    if Membership.objects.filter(user=user).exists():
        raise Rejected("already_member")
    membership = Membership.objects.create(user=user, role=Role(role))
    _audit(actor, "member.added", membership, after={"role": str(membership.role)})
    return membership


def change_role(*, membership: Membership, role: str, actor: User | None) -> Membership:
    """Raises Rejected: "last_owner", and what `check_power` raises."""
    # The owners are locked first and in one order, so that two owners who demote each other cannot both succeed.
    owners = _lock_owners()
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    before = membership.role
    if before == role:
        return membership
    _keep_an_owner(membership, owners)
    check_power(actor, before, role)
    membership.role = Role(role)
    membership.save(update_fields=["role"])
    _audit(actor, "member.role_changed", membership, before={"role": before}, after={"role": str(membership.role)})
    return membership


def remove_member(*, membership: Membership, actor: User | None) -> None:
    """Ends the membership: the person's next request is without this tenant. One may leave by oneself.

    Raises Rejected: "last_owner", and what `check_power` raises.
    """
    owners = _lock_owners()
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    _keep_an_owner(membership, owners)
    check_power(actor, membership.role)
    _audit(actor, "member.removed", membership, before={"role": membership.role})
    membership.delete()


def role_of(user: User) -> str:
    """The person's role in the tenant in force, read now. Raises Rejected("no_member")."""
    role = Membership.objects.filter(user=user).values_list("role", flat=True).first()
    if role is None:
        raise Rejected("no_member")
    return role


def check_power(actor: User | None, *roles: str) -> None:
    """An owner may give and take any role, an administrator any but the owner's.

    Raises Rejected: "owner_only", "keeper_only", "no_member".
    """
    if actor is None:
        return
    own = role_of(actor)
    if own not in (Role.OWNER, Role.ADMIN):
        raise Rejected("keeper_only")
    if own != Role.OWNER and Role.OWNER in roles:
        raise Rejected("owner_only")


def _lock_owners() -> list[Membership]:
    return list(Membership.objects.select_for_update().filter(role=Role.OWNER).order_by("id"))


def _keep_an_owner(membership: Membership, owners: list[Membership]) -> None:
    if membership.role == Role.OWNER and len(owners) <= 1:
        raise Rejected("last_owner")


def _tenant() -> Tenant:
    return Tenant.objects.select_for_update().get(pk=require_tenant_id())


def _audit_tenant(
    actor: User | None, action: str, tenant: Tenant, before: dict[str, Any], after: dict[str, Any]
) -> None:
    record_audit(actor=actor, action=action, object_kind="tenant", object_id=tenant.pk, before=before, after=after)


def _audit(
    actor: User | None,
    action: str,
    membership: Membership,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    record_audit(
        actor=actor, action=action, object_kind="user", object_id=membership.user_id, before=before, after=after
    )
