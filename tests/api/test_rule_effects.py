"""What a dry run of rules answers is what the pages of these rules show before they save."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from allegro_integration.models import InvoiceDocument, Order
from connectify.api.models import ApiKey
from connectify.api.services import create_key
from connectify.tenants.models import Role
from connectify.tenants.services import add_member
from pohoda_bridge.server.mirror.models import Invoice
from tests.allegro_services.way_back import BEGAN, DAY
from tests.api.world import Program
from tests.factories import UserFactory
from tests.setup_pages.flow_shop import FlowShop

OFF = "This flow is not switched on: we plan and show, and write nothing until you switch it on."
INVOICES = {"reports": [{"name": "Faktura", "report_id": 200, "conditions": []}]}
INVOICE_FORM = {"rules-count": "1", "rules-0-name": "Faktura", "rules-0-outcome": "200", "rules-0-count": "0"}
STATUSES = {"rules": [{"name": "vše", "conditions": [], "outcome": "PROCESSING"}]}
STATUS_FORM = {
    "rules-count": "1", "rules-0-name": "vše", "rules-0-outcome": "PROCESSING", "rules-0-count": "0",
    "carriers-count": "0", "parcel_field": "", "default_carrier": "OTHER",
}  # fmt: skip


@pytest.fixture
def shop(db: None) -> FlowShop:
    return FlowShop()


@pytest.fixture
def order(shop: FlowShop) -> Order:
    """Pohoda has it, with an invoice."""
    order = shop.sent()
    state = shop.in_pohoda(order=order, number="26OP00007")
    with shop.inside():
        Invoice.objects.create(
            unit=shop.market.unit, record_id=501, fingerprint=b"x" * 16, began_at=BEGAN, date=DAY, number="260100001",
            kind="issuedInvoice", total=order.total,
            links=[{"agenda": "receivedOrder", "id": state.record_id, "number": order.pohoda_number}],
        )  # fmt: skip
    return order


def dry_run(shop: FlowShop, part: str, body: Any) -> dict[str, Any]:
    """With a key that may change settings and see no orders."""
    with shop.inside():
        user = UserFactory()
        add_member(user=user, role=Role.OWNER)
        key, plain = create_key(name="Sklad", scopes=["settings:write"], actor=user)
        # PostgreSQL asks the real clock whether a key has expired.
        ApiKey.objects.filter(pk=key.pk).update(expires_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
    found = Program(plain).put(f"instances/{shop.market.instance_id}/rules/{part}/?dry_run=true", body)
    assert found.status_code == 200, found.content
    assert "Nováková" not in found.content.decode()
    effect: dict[str, Any] = found.json()["effect"]
    return effect


def shown(shop: FlowShop, page: str, form: dict[str, str]) -> dict[str, Any]:
    """The page's effect in the shape of the API, but for what its rows are called."""
    shop.page = page
    effect = shop.preview(form).context["effect"]
    rows = [{"before": row.before, "after": row.after, "why": list(row.why)} for row in effect.rows]
    counts = [{"label": str(one.label), "count": one.count, "tone": one.tone} for one in effect.counts]
    return {"counts": counts, "rows": rows, "more": effect.more, "notes": [str(note) for note in effect.notes]}


def unnamed(effect: dict[str, Any]) -> dict[str, Any]:
    rows = [{name: value for name, value in row.items() if name != "label"} for row in effect["rows"]]
    return {**effect, "rows": rows}


def test_an_invoice_is_named_by_its_order_and_its_effect_is_the_pages(shop: FlowShop, order: Order) -> None:
    effect = dry_run(shop, "invoices", INVOICES)
    assert effect["counts"] == [{"label": "are printed by “Faktura”", "count": 1, "tone": "good"}]
    assert [row["label"] for row in effect["rows"]] == [f"260100001 · {order.number}"]
    assert effect["notes"][-1] == OFF
    assert unnamed(effect) == shown(shop, "instance_invoices", INVOICE_FORM)


def test_an_invoice_that_allegro_has_is_not_said_to_be_printed(shop: FlowShop, order: Order) -> None:
    with shop.inside():
        InvoiceDocument.objects.create(
            order=order, number="260100001", record_id=501, total=order.total, step="accepted", state="sent"
        )
    effect = dry_run(shop, "invoices", INVOICES)
    assert [one["label"] for one in effect["counts"]] == ["are at Allegro already and stay as they are"]
    assert effect["rows"] == []
    assert unnamed(effect) == shown(shop, "instance_invoices", INVOICE_FORM)


def test_a_status_is_named_by_its_order_and_its_effect_is_the_pages(shop: FlowShop, order: Order) -> None:
    effect = dry_run(shop, "statuses", STATUSES)
    assert [row["label"] for row in effect["rows"]] == [order.number]
    assert effect["counts"]
    assert effect["notes"][-1] == OFF
    assert unnamed(effect) == shown(shop, "instance_statuses", STATUS_FORM)
