"""What a person does in the platform, done in a process of the world: `python -m tests.flows.acts NAME '{…}'`.

Each act goes through the services a screen would call. Prints one line of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import django

from allegro_integration.demo.world import PYTHON, World
from connectify.environment import BASE_DIR


def act(world: World, name: str, /, **arguments: Any) -> dict[str, Any]:
    """Runs one of the acts below with the world's environment."""
    command = [PYTHON, "-m", "tests.flows.acts", name, json.dumps(arguments)]
    environment = {**world.environment, **world.signing_key}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=BASE_DIR, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def add_company(*, name: str, email: str, seller: str, ico: str, year: int) -> dict[str, Any]:
    """Another company with a unit, an account and one marketplace of its own, armed."""
    from allegro_integration import connections
    from allegro_integration.demo import seeding
    from allegro_integration.services import accounts
    from connectify.instances.services import arm
    from connectify.tenants.context import tenant_scope
    from connectify.tenants.models import Role
    from connectify.tenants.services import add_member, create_tenant
    from connectify.users.models import User
    from pohoda_bridge.server.models import Unit
    from pohoda_bridge.server.units import create_unit

    owner = User.objects.create_user(email, seeding.PASSWORD, full_name=name)
    tenant = create_tenant(name=name)
    with tenant_scope(tenant.pk):
        add_member(user=owner, role=Role.OWNER)
        unit = create_unit(
            name=name, ico=ico, edition=Unit.Edition.SQL, year=year, database=f"StwPh_{ico}_{year}", interval_s=1
        )
    seeding.sell_from_one_store(seller)
    account = seeding.consent(tenant, owner, seller, 1)
    methods = connections.connect(account).api.delivery_methods("allegro-cz")
    with tenant_scope(tenant.pk):
        instance = accounts.create_market(
            name=name, account=account, unit=unit, marketplace="allegro-cz", interval_s=1,
            settings=seeding.settings_for("allegro-cz"), actor=owner,
        )  # fmt: skip
        seeding._map(instance, methods)
        arm(instance=instance, direction="orders", actor=owner)
    return {"unit": str(unit.pk)}


def map_method(*, tenant: str, marketplace: str, method_id: str, method_name: str) -> dict[str, Any]:
    from allegro_integration.services.mappings import map_delivery
    from connectify.tenants.context import tenant_scope

    with tenant_scope(_uuid(tenant)):
        instance = _market(marketplace).instance
        map_delivery(instance=instance, method_id=method_id, method_name=method_name, carrier="PPL", actor=_owner())
        instance.refresh_from_db()
        return {"version": instance.settings_version}


def map_payment_type(*, tenant: str, marketplace: str, payment_type: str) -> dict[str, Any]:
    from allegro_integration.services.mappings import map_payment
    from connectify.tenants.context import tenant_scope

    with tenant_scope(_uuid(tenant)):
        instance = _market(marketplace).instance
        map_payment(instance=instance, payment_type=payment_type, form_of_payment="Příkazem", actor=_owner())
        instance.refresh_from_db()
        return {"version": instance.settings_version}


def try_again(*, tenant: str, order: str) -> dict[str, Any]:
    """The button beside a record that was put aside."""
    from connectify.sync.models import Quarantined
    from connectify.sync.quarantine import retry
    from connectify.tenants.context import tenant_scope

    with tenant_scope(_uuid(tenant)):
        retry(quarantined=Quarantined.objects.get(subject_key=order), actor=_owner())
    return {}


def sign_in_again(*, tenant: str, seller: str) -> dict[str, Any]:
    """The OAuth round of an account whose access was withdrawn."""
    from allegro_integration.demo import seeding
    from connectify.tenants.context import tenant_scope
    from connectify.tenants.models import Tenant

    with tenant_scope(_uuid(tenant)):
        company, owner = Tenant.objects.get(pk=_uuid(tenant)), _owner()
    account = seeding.consent(company, owner, seller, 1)
    return {"account": str(account.pk)}


def reveal_tokens(*, tenant: str) -> dict[str, Any]:
    """The pairs that the platform holds, for a search of places where they must not be."""
    from allegro_integration.models import Token
    from connectify.sealing.vault import unseal
    from connectify.tenants.context import tenant_scope

    with tenant_scope(_uuid(tenant)):
        token, table = Token.objects.get(), Token._meta.db_table
        columns = ("access", "refresh", "previous_access", "previous_refresh")
        sealed = {column: getattr(token, column) for column in columns if getattr(token, column)}
        return {
            column: unseal(bytes(value), table=table, column=column.removeprefix("previous_"), row=token.pk).decode()
            for column, value in sealed.items()
        }


def _market(marketplace: str) -> Any:
    from allegro_integration.models import Market

    return Market.objects.select_related("instance").get(marketplace=marketplace)


def _owner() -> Any:
    from connectify.tenants.models import Membership

    return Membership.objects.select_related("user").filter(role="owner").get().user


def _uuid(text: str) -> Any:
    import uuid

    return uuid.UUID(text)


ACTS = {
    one.__name__: one
    for one in (
        add_company,
        map_method,
        map_payment_type,
        try_again,
        sign_in_again,
        reveal_tokens,
    )
}

if __name__ == "__main__":
    django.setup()
    print(json.dumps(ACTS[sys.argv[1]](**json.loads(sys.argv[2]))))
