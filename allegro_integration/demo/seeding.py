"""The demo company, set up through the same services a customer's clicks go through: nothing is written past them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
from django.conf import settings

from allegro_integration import connections
from allegro_integration.demo.world import STORE
from allegro_integration.models import Account, DeliveryMapping, PaymentMapping
from allegro_integration.services import accounts
from connectify.clock import now
from connectify.instances.models import Instance
from connectify.instances.services import arm
from connectify.sandbox.catalogue import load_catalogue
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Role, Tenant
from connectify.tenants.selectors import memberships_of
from connectify.tenants.services import add_member, create_tenant
from connectify.users.models import User
from pohoda_bridge.server.enrolment import issue_code
from pohoda_bridge.server.models import Unit
from pohoda_bridge.server.units import create_unit

PASSWORD: Final = "beskydy-jarmark-2026"  # noqa: S105  (of the demo)
OWNER: Final = "majitelka@dilna.example"
STAFF: Final = "podpora@connectify.example"
SHOP: Final = "Dílna a domov s.r.o."
STORES: Final = ("ZBOZI", "ESHOP")
EUR_RATE: Final = Decimal("24.315")
PRICES_IN_CZK: Final = (
    {"step": "from_level", "level": "Allegro CZ", "with_vat": True},
    {"step": "round_to", "to": "1", "mode": "up"},
)
PRICES_IN_EUR: Final = (
    {"step": "from_level", "level": "Allegro SK", "with_vat": True, "currency": "EUR"},
    {"step": "multiply", "factor": "1.05"},
    {"step": "ending", "ending": "0.90"},
)
PARCEL_FIELD: Final = "VPrBalik"
PARCEL_CARRIERS: Final = {"Zásilkovna": "ZASILKOVNA", "PPL": "PPL", "DPD": "DPD", "GLS": "GLS"}
# Pohoda prints by the number of a report; the first whose conditions hold is taken.
REPORTS_CZ: Final = (
    {
        "name": "Faktura na dobírku",
        "report_id": 2,
        "conditions": [{"fact": "payment_type", "test": "is", "value": ["Dobírkou"]}],
    },
    {"name": "Faktura", "report_id": 1},
)
REPORTS_SK: Final = ({"name": "Faktúra", "report_id": 3},)
PAYMENTS: Final = {
    "ONLINE": "Allegro",
    "SPLIT_PAYMENT": "Allegro",
    "EXTENDED_TERM": "Allegro",
    "WIRE_TRANSFER": "Příkazem",
    "CASH_ON_DELIVERY": "Dobírkou",
}
CARRIERS: Final = (
    ("zásilkovna", "Zásilkovna"),
    ("packeta", "Zásilkovna"),
    ("one box", "One Box"),
    ("one", "One Kurýr"),
    ("ppl", "PPL"),
    ("dpd", "DPD"),
    ("gls", "GLS"),
    ("balíkovna", "Balíkovna"),
    ("inpost", "InPost"),
    ("slovensk", "Slovenská pošta"),
    ("balík", "Česká pošta"),
)


def seed(
    *,
    seller: str,
    ico: str,
    year: int,
    interval_s: int,
    directions: Sequence[str],
    one_store: bool = False,
    goods: int | None = None,
    empty: bool = False,
) -> dict[str, str]:
    """→ owner, staff, password, unit (id). `directions` are armed; `one_store` drops offers of other stores,
    where the seller has the first `goods` of the catalogue.

    `empty`: the company and its people only; a person sets up the rest on the pages.
    """
    owner = User.objects.filter(email=OWNER).first()
    if owner is not None:
        return _known(owner)
    tenant, owner = _company()
    if one_store:
        sell_from_one_store(seller, goods)
    if empty:
        return _facts(None)
    with tenant_scope(tenant.pk):
        unit = create_unit(
            name="Dílna a domov, Pohoda", ico=ico, edition=Unit.Edition.SQL, year=year, database=f"StwPh_{ico}_{year}"
        )
    account = consent(tenant, owner, seller, interval_s)
    for marketplace, name in (("allegro-cz", "Allegro Česko"), ("allegro-sk", "Allegro Slovensko")):
        methods = connections.connect(account).api.delivery_methods(marketplace)
        with tenant_scope(tenant.pk):
            instance = accounts.create_market(
                name=name, account=account, unit=unit, marketplace=marketplace, interval_s=interval_s,
                settings=settings_for(marketplace), actor=owner,
            )  # fmt: skip
            _map(instance, methods)
            for direction in directions:
                arm(instance=instance, direction=direction, actor=owner)
    return _facts(unit)


def _company() -> tuple[Tenant, User]:
    """The company with its owner, and a person of support."""
    owner = User.objects.create_user(OWNER, PASSWORD, full_name="Alena Krejčí")
    User.objects.create_user(STAFF, PASSWORD, full_name="Podpora Connectify", is_staff=True)
    tenant = create_tenant(name=SHOP, is_demo=True)
    with tenant_scope(tenant.pk):
        add_member(user=owner, role=Role.OWNER)
    return tenant, owner


def consent(tenant: Tenant, owner: User, seller: str, interval_s: int) -> Account:
    """The OAuth round, with the sandbox's own "allow" in place of the person's click."""
    redirect = f"{settings.PUBLIC_URL}/allegro/callback"
    with tenant_scope(tenant.pk):
        address = accounts.begin_consent(environment=connections.CUSTOM, session="demo", redirect_uri=redirect)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    with httpx.Client(trust_env=False, timeout=30) as client:
        answer = client.post(f"{settings.ALLEGRO_CUSTOM_API_URL}/_sandbox/consent", json={"seller": seller, **asked})
    code = answer.raise_for_status().json()["code"]
    with tenant_scope(tenant.pk):
        asked_for = accounts.take_consent(state=asked["state"], session="demo")
    received_at = now()
    oauth = connections.oauth_client(asked_for.environment)
    pair = oauth.exchange_code(code=code, verifier=asked_for.verifier, redirect_uri=redirect)
    me = accounts.identify(environment=asked_for.environment, pair=pair)
    with tenant_scope(tenant.pk):
        return accounts.link_account(
            environment=asked_for.environment,
            me=me,
            pair=pair,
            received_at=received_at,
            interval_s=interval_s,
            actor=owner,
            account=asked_for.account,
        )


def sell_from_one_store(seller: str, goods: int | None = None) -> None:
    """Until offers are linked to stock cards, only the store that the instances name can be told for an order."""
    here = {good.code for good in load_catalogue(goods) if good.store == STORE}
    address = f"{settings.ALLEGRO_CUSTOM_API_URL}/_sandbox/sellers/{seller}/offers"
    with httpx.Client(trust_env=False, timeout=30) as client:
        offers = client.get(address).raise_for_status().json()["offers"]
        kept = [offer for offer in offers if offer["external"] in here]
        client.put(address, json=kept).raise_for_status()


def settings_for(marketplace: str) -> dict[str, Any]:
    """One marketplace's settings, as its forms store them."""
    abroad = marketplace == "allegro-sk"
    return {
        "orders": {"store": STORE, "unit_country": "CZ", "home_currency": "CZK", "foreign_rate": str(EUR_RATE)},
        "orders_since": (now() - dt.timedelta(days=1)).isoformat(),
        "offers": {
            "stores": list(STORES),
            "safety_stock": 0,
            "price_steps": list(PRICES_IN_EUR if abroad else PRICES_IN_CZK),
        },
        "statuses": {"parcel_field": PARCEL_FIELD, "carriers": PARCEL_CARRIERS},
        "invoices": {"reports": list(REPORTS_SK if abroad else REPORTS_CZ)},
    }


def _map(instance: Instance, methods: Any) -> None:
    for method in methods:
        DeliveryMapping.objects.create(
            instance=instance,
            method_id=method.id,
            method_name=method.name,
            carrier=_carrier(method.name),
            line_text=f"Doprava: {method.name}"[:90],
        )
    for payment_type, form in PAYMENTS.items():
        PaymentMapping.objects.create(instance=instance, payment_type=payment_type, form_of_payment=form)


def _carrier(name: str) -> str:
    lower = name.lower()
    return next((carrier for word, carrier in CARRIERS if word in lower), "Osobní odběr")


def _known(owner: User) -> dict[str, str]:
    tenant_id = memberships_of(owner.pk)[0].tenant_id
    with tenant_scope(tenant_id):
        return _facts(Unit.objects.first())


def enrolment_code(unit_id: str) -> str:
    """For the demo's agent, as a person would ask for it."""
    owner = User.objects.get(email=OWNER)
    with tenant_scope(memberships_of(owner.pk)[0].tenant_id):
        return issue_code(unit=Unit.objects.get(pk=unit_id), actor=owner)


def _facts(unit: Unit | None) -> dict[str, str]:
    return {"owner": OWNER, "staff": STAFF, "password": PASSWORD, "unit": str(unit.pk) if unit else ""}
