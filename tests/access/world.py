"""Two companies with a row behind every id of every address. Texts of the first carry words that nobody else may read.

`RECORDS` stands in its records, `COMPANY` in its name and in its members' names and addresses: a member who is refused
may read the latter, since every page's frame shows it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from allegro_integration.models import Offer, Order
from connectify.api.models import ApiKey
from connectify.api.scopes import SCOPES
from connectify.api.services import create_key, revoke_key
from connectify.audit.models import AuditEntry
from connectify.clock import now
from connectify.dashboard.inbox import all_groups
from connectify.instances.models import Connection, Instance
from connectify.sync import due
from connectify.sync.changes import begin, plan_change, refuse
from connectify.sync.models import Change, Due, Quarantined, Run
from connectify.tenants.context import tenant_scope
from connectify.tenants.invitations import invite
from connectify.tenants.models import Membership, Role, Tenant
from connectify.tenants.services import add_member
from connectify.users.models import User
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.models import Agent, Job
from tests.api.world import Company, make_company
from tests.dashboard import shop

RECORDS = "KanarekVeZlateKleci"
COMPANY = "OvocnarUDvouDubu"
NEIGHBOUR = "SousedZaPlotem"
PASSWORD = "kolobezka-na-kopecku"
DELIVERY = "1f2e"


@dataclass
class Filled:
    """A company whose ids stand in addresses: `ids` by the name of an address's part, `rows` by admin model."""

    company: Company
    people: dict[str, User]
    ids: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)

    @property
    def tenant(self) -> Tenant:
        return self.company.shop.tenant

    def inside(self) -> Any:
        return tenant_scope(self.tenant.pk)


def fill(*, records: str, company: str) -> Filled:
    """Call while no tenant is in force, and outside of it no clock is fixed: links, keys and visits are real ones."""
    made = make_company(email=f"owner@{company}.example".lower(), word=records, now=now())
    User.objects.filter(pk=made.shop.owner.pk).update(language="en")
    found = Filled(made, {Role.OWNER.value: made.shop.owner})
    with found.inside():
        Tenant.objects.filter(pk=found.tenant.pk).update(name=f"{company} s.r.o.")
        _name_records(made, records)
        for role in Role.values:
            if role not in found.people:
                found.people[role] = _person(f"{role}@{company}.example".lower(), f"{role} {company}")
                add_member(user=found.people[role], role=role)
        _add_engine_rows(found, records)
        _add_people(found, records)
        _add_keys(found, records)
        _note_ids(found)
    found.secrets += [records, *found.keys.values()]
    return found


def _person(email: str, name: str = "", **more: Any) -> User:
    return User.objects.create_user(email, PASSWORD, full_name=name, language="en", **more)


def person(email: str, **more: Any) -> User:
    """Somebody whose name and address give nothing away."""
    return _person(email, "", **more)


def _name_records(made: Company, records: str) -> None:
    for model, column in ((Connection, "name"), (Instance, "name"), (Order, "buyer"), (Offer, "name")):
        for number, row in enumerate(model._default_manager.order_by("pk")):
            type(row)._default_manager.filter(pk=row.pk).update(**{column: f"{records} {column} {number}"})
    Order.objects.filter(pk=made.waiting.pk).update(
        params={"method_id": DELIVERY, "method_name": f"Kurýr {records}"}, delivery_method=f"Kurýr {records}"
    )


def _add_engine_rows(found: Filled, records: str) -> None:
    market, order = found.company.czech, found.company.shop.orders[0]
    due.schedule(kind="allegro.account", resource_id=market.account_id, interval_s=300, due_in_s=600)
    due.schedule(kind="pohoda.unit", resource_id=market.unit_id, interval_s=300, due_in_s=600)
    found.rows |= {
        "sync.due": Due.objects.get(resource_id=market.account_id),
        "sync.run": Run.objects.order_by("pk").first(),
        "sync.change": Change.objects.order_by("pk").first(),
        "sync.quarantined": Quarantined.objects.create(
            subject_kind="form", subject_key=f"{market.account_id}:x", code="form_not_read",
            params={"detail": records}, instance=market.instance,
        ),
        "instances.instance": market.instance,
        "audit.auditentry": AuditEntry.objects.create(
            action="instance.paused", object_kind="instance", object_id=market.instance_id, reason=records
        ),
        "pohoda.unit": market.unit,
        "pohoda.agent": Agent.objects.create(unit=market.unit, host=records, public_key=b"k" * 32),
        "pohoda.job": Job.objects.create(unit=market.unit, operation="find_order", order=b"{}", signature=b"s"),
        "pohoda.mirrorread": MirrorRead.objects.create(unit=market.unit, agenda="orders"),
        "allegro.account": market.account,
        "allegro.order": order,
        "allegro.offer": Offer.objects.order_by("pk").first(),
        "users.user": found.people[Role.VIEWER],
    }  # fmt: skip


def _add_people(found: Filled, records: str) -> None:
    invitation, token = invite(
        email=f"host@{records}.example", role=Role.VIEWER, language="en", actor=found.people[Role.OWNER]
    )
    found.rows["invitation"] = invitation
    found.ids["token"] = token


def _add_keys(found: Filled, records: str) -> None:
    owner, soon = found.people[Role.OWNER], now() + dt.timedelta(days=1)

    def make(name: str, scopes: Any = tuple(SCOPES)) -> ApiKey:
        key, plain = create_key(name=f"{records} {name}", scopes=scopes, actor=owner, expires_at=soon)
        found.keys[name] = plain
        return key

    found.rows["key"] = make("full")
    revoke_key(key=make("revoked"), actor=owner)
    expired = make("expired")
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=now() - dt.timedelta(minutes=1))
    for scope in SCOPES:
        make(f"without {scope}", [one for one in SCOPES if one != scope])


def _note_ids(found: Filled) -> None:
    market, rows = found.company.czech, found.rows
    order = next(one for one in found.company.shop.orders if one.form.raw_id)
    spare = Agent.objects.create(
        unit=market.unit, host=f"{found.company.word}-2", public_key=b"l" * 32, state=Agent.State.STANDBY
    )
    found.ids |= {
        "tenant": found.tenant.pk,
        "membership_id": Membership.objects.get(user=found.people[Role.VIEWER]).pk,
        "invitation_id": rows["invitation"].pk,
        "key_id": rows["key"].pk,
        "unit_id": market.unit_id,
        "agent_id": spare.pk,
        "account_id": market.account_id,
        "instance_id": market.instance_id,
        "direction": "orders",
        "order_id": order.pk,
        "payload_id": order.form.raw_id,
        "document_id": order.form.raw_id,
        "offer_id": rows["allegro.offer"].pk,
        "refused_order_id": _refused_order(found).pk,
        "method_id": "c3066682",
        "payment_type": "CASH_ON_DELIVERY",
        "source": "quarantined",
        "key": next(group.key for group in all_groups() if group.source == "quarantined"),
        "act": "ignore",
        "content_type_id": "1",
    }
    found.ids |= {label: row.pk for label, row in rows.items() if "." in label}
    found.secrets += list(Order.objects.values_list("number", flat=True))


def _refused_order(found: Filled) -> Order:
    """One that Pohoda stopped: a person may send it again."""
    market = found.company.czech
    order = shop.make_order(market, at=now(), buyer=f"{found.company.word} X", state="error", code="pohoda_refused")
    change = plan_change(
        instance=order.instance, kind="order.create", key=order.number, subject_kind="order", subject_id=order.pk,
        resource_kind="pohoda.unit", resource_id=market.unit_id, content={},
    )  # fmt: skip
    begin(change.pk, epoch=1)
    refuse(change.pk, code="pohoda_refused", detail="", proof={})
    return order
