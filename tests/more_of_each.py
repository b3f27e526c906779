"""One more, and again one more, of what hangs on one record or is there a few times: a page might ask for each."""

from __future__ import annotations

import uuid
from typing import Final

from allegro_integration.models import DeliveryMapping, InvoiceDocument, Market, Offer, Order, PaymentMapping
from connectify.api.services import create_key
from connectify.audit.models import Event
from connectify.clock import now
from connectify.instances.services import arm
from connectify.sync.models import Change, DirectionState, Due, Quarantined
from connectify.sync.payloads import store_payload
from connectify.tenants.invitations import invite
from connectify.tenants.models import Role
from connectify.tenants.services import add_member
from connectify.users.models import User
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.models import Agent
from tests.factories import MarketFactory, UserFactory

# Each direction of a market stands differently: three of them ask for a person.
DIRECTIONS: Final = {"orders": "ok", "offers": "waiting_agent", "statuses": "needs_reauth", "invoices": "frozen"}


def multiply(market: Market, order: Order, offer: Offer, *, owner: User, count: int) -> list[Market]:
    """`count` more of everything a page lists beside orders and offers. → the new markets."""
    tag = uuid.uuid4().hex[:8]
    for number in range(count):
        person = UserFactory(email=f"{tag}-{number}@example.com")
        add_member(user=person, role=Role.VIEWER)
        invite(email=f"guest-{tag}-{number}@example.com", role=Role.VIEWER, language="cs", actor=owner)
        create_key(name=f"Program {tag} {number}", scopes=["orders:read"], actor=owner)
        _hang_on(order, offer, market, f"{tag}{number}")
        DeliveryMapping.objects.create(
            instance=market.instance, method_id=f"{tag}-{number}", method_name=f"Kurýr {number}", carrier="DPD"
        )
        PaymentMapping.objects.create(instance=market.instance, payment_type=f"T{tag}{number}", form_of_payment="Q")
        Agent.objects.create(unit=market.unit, host=f"PC-{tag}-{number}", public_key=b"k" * 32, state="standby")
    return [_market(owner) for _number in range(count)]


def _hang_on(order: Order, offer: Offer, market: Market, tag: str) -> None:
    """One more of what the page of an order, or of an offer, lists."""
    body = store_payload(f"<x>{tag}</x>".encode(), "text/xml")
    for kind in ("order.queued", "order.answered"):
        Event.objects.create(type=kind, object_kind="order", object_id=order.pk, sent=body, data={"code": "queued"})
    pdf = store_payload(tag.encode(), "application/pdf")
    InvoiceDocument.objects.create(order=order, record_id=1, number=tag, state="error", code="pdf_too_big", pdf=pdf)
    places = {"form": market.account_id, "event": market.account_id, "mirror": f"{market.unit_id}:stock"}
    for kind, place in places.items():
        Quarantined.objects.create(subject_kind=kind, subject_key=f"{place}:{tag}", code="form_not_read")
    for kind, subject in (("order", order), ("offer", offer)):
        Change.objects.create(
            instance=market.instance, kind=f"{kind}.again", key=tag, subject_kind=kind, subject_id=subject.pk,
            resource_kind="allegro.account", resource_id=market.account_id, content={"quantity": 5},
            content_sha256="0" * 64, trace=[{"code": "stock_count", "params": {"code": "A", "count": "5"}}],
        )  # fmt: skip


def _market(owner: User) -> Market:
    market: Market = MarketFactory(instance__settings={"offers": {"stores": ["S1", "S2"]}})
    Agent.objects.create(unit=market.unit, host="UCETNI", public_key=b"k" * 32)
    for agenda in ("stock", "orders", "invoices"):
        moment = now()
        MirrorRead.objects.create(
            unit=market.unit, agenda=agenda, complete_at=moment, complete_began_at=moment, records=1,
            held_at=moment if agenda == "stock" else None, held_code="export_empty" if agenda == "stock" else "",
        )  # fmt: skip
    for direction, state in DIRECTIONS.items():
        DirectionState.objects.create(instance=market.instance, direction=direction, state=state)
        arm(instance=market.instance, direction=direction, actor=owner)
    for kind, resource in (("allegro.account", market.account_id), ("pohoda.unit", market.unit_id)):
        Due.objects.create(kind=kind, resource_id=resource, due_at=now())
    return market
