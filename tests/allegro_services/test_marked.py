"""What Pohoda's exports mean for our orders, at what cost they are planned, and that all of it can be said in words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import allegro_integration
from allegro_integration.models import InvoiceDocument, Order
from allegro_integration.services import marked
from allegro_integration.services.invoices import pdf, printing, sending
from allegro_integration.services.orders import ORDER
from allegro_integration.timeline import STEPS, steps_of
from connectify.audit.selectors import timeline
from connectify.dashboard.explanations import explain
from connectify.sync.models import Due
from pohoda_bridge.server.mirror.listeners import tell_changed
from pohoda_bridge.server.mirror.models import Invoice, OrderState
from tests.allegro_services.way_back import ACCOUNT, WayBack

SERVICES = Path(allegro_integration.__file__).parent / "services"


def marked_orders() -> set[str]:
    return set(Order.objects.filter(needs_plan=True).values_list("number", flat=True))


def unmark() -> None:
    Order.objects.update(needs_plan=False)


@pytest.mark.parametrize("gone", [False, True])
def test_a_change_in_pohoda_marks_its_order_alone_and_wakes_its_account(back: WayBack, gone: bool):
    one, other = back.buy(), back.buy()
    rows = {order.pk: back.state(order).pk for order in (one, other)}
    invoice = back.invoice(other)
    unit = back.market.unit
    for agenda, row, expected in (("orders", rows[one.pk], one), ("invoices", invoice.pk, other)):
        unmark()
        before = Due.objects.get(kind=ACCOUNT).due_at
        tell_changed(unit, agenda, [] if gone else [row], [row] if gone else [])
        assert marked_orders() == {expected.number}
        assert Due.objects.get(kind=ACCOUNT).due_at <= before


def test_an_order_of_another_sellers_system_marks_nothing(back: WayBack):
    order = back.buy()
    row = back.state(order)
    unmark()
    OrderState.objects.update(ext_system="allegro:custom:999")
    tell_changed(back.market.unit, "orders", [row.pk], [])
    assert marked_orders() == set()


def test_planning_costs_as_many_statements_for_ten_orders_as_for_two(back: WayBack):
    counts = []
    for size in (2, 8):
        for _ in range(size):
            order = back.buy()
            back.state(order, is_executed=True)
            back.invoice(order)
        back.push()
        Order.objects.update(needs_plan=True)
        with CaptureQueriesContext(connection) as statements:
            marked.plan_batch(back.market.account)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_batch_ends_and_the_rest_goes_on(back: WayBack, monkeypatch):
    monkeypatch.setattr(marked, "BATCH", 2)
    for _ in range(5):
        back.state(back.buy(), is_executed=True)
    monkeypatch.setattr("allegro_integration.pipelines.statuses.BATCHES_PER_CYCLE", 2)
    counts = back.push()
    assert (counts["planned"], counts["again_in_s"], len(marked_orders() - sent())) == (4, 0, 1)
    for _ in range(4):
        back.push()
    assert (marked_orders(), len(sent())) == (set(), 5)


def sent() -> set[str]:
    return set(Order.objects.filter(fulfilment_sent="SENT").values_list("number", flat=True))


def test_the_order_that_the_link_names_counts_not_a_cancelled_or_older_one(back: WayBack):
    order = back.buy()
    row = back.state(order)
    older = {"record_id": 1, "number": "26OPOLD", "is_executed": True}
    OrderState.objects.create(**{**values(row), **older})
    back.push()
    assert back.order(order).fulfilment_code == "status_no_rule"


def values(row: OrderState) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.fields if field.attname != "id"}


def test_a_record_that_is_gone_decides_nothing(back: WayBack):
    order = back.buy()
    back.state(order, is_executed=True)
    OrderState.objects.update(missed=2)
    back.push()
    assert back.status(order) == "NEW"
    invoice = back.invoice(order)
    Invoice.objects.update(missed=2)
    back.changed(invoice)
    back.push()
    assert not InvoiceDocument.objects.exists()


def test_every_step_of_the_way_back_reads_as_a_sentence(back: WayBack):
    order = back.buy()
    back.state(order, is_executed=True, carrier="PPL", fields={"VPrBalik": "40012345678"})
    back.attach_all(order)
    steps = steps_of(timeline(ORDER, order.pk))
    titles = {step.type: step.title for step in steps}
    assert "%" not in "".join(titles.values())
    assert "40012345678" in titles["order.parcel_added"]
    planned = next(step for step in steps if step.type == "order.status_planned")
    assert planned.reasons
    assert not [reason for reason in planned.reasons if reason.startswith(("rule_", "condition_", "parcel_"))]


def codes() -> Iterator[str]:
    """Every code that a service of the way back writes into a document, a task or a plan."""
    names = {"Step": 0, "Ask": 0, "fail": 1, "save": 2, "_take_back": 1}
    for package in ("statuses", "invoices"):
        for path in (SERVICES / package).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                    for value in node.args[names[node.func.id] :][:1]:
                        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                            yield value.value
    yield from ("status_refused", "parcel_refused")
    yield from sending._SENTENCES.values()
    yield from printing._OF_PRINTS.values()


def test_every_code_of_the_way_back_has_a_sentence():
    found = {*codes(), *pdf.CODES}
    assert len(found) > 20
    assert [code for code in sorted(found) if not explain(code).known] == []


def test_every_event_of_the_way_back_has_a_sentence():
    texts = "".join(path.read_text() for name in ("statuses", "invoices") for path in (SERVICES / name).glob("*.py"))
    named = {part for part in texts.split('"') if part.startswith(("order.status_", "order.parcel_", "order.invoice_"))}
    assert len(named) > 15
    assert named <= set(STEPS)
