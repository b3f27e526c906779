"""Orders: the list page by page and by its filters, one order whole, its raw bytes, and running it again."""

from __future__ import annotations

import hashlib

import pytest

from allegro_integration.models import InvoiceDocument, Order
from connectify.audit.models import AuditEntry, Event
from connectify.tenants.context import tenant_scope
from tests.api.world import NOW, Company, Program
from tests.dashboard.waiting import refused_order


def numbers(program: Program, query: str) -> set[str]:
    return {row["number"] for row in program.get(f"orders/?limit=200&{query}").json()["data"]}


def test_pages_hold_every_order_once_newest_first(toys: Company, program: Program) -> None:
    seen, address = [], "orders/?limit=4"
    while address:
        page = program.get(address).json()
        assert 1 <= len(page["data"]) <= 4
        seen += page["data"]
        address = page["next"]
    assert len(seen) == len(toys.rows(Order)) == len({row["id"] for row in seen})
    assert [row["bought_at"] for row in seen] == sorted((row["bought_at"] for row in seen), reverse=True)


def test_the_next_page_keeps_the_filter(program: Program) -> None:
    page = program.get("orders/?limit=1&state=sent").json()
    assert "state=sent" in page["next"]
    assert program.get(page["next"]).json()["data"][0]["state"] == "sent"


@pytest.mark.parametrize(
    ("query", "facts"),
    [
        ("state=waiting", {"state": "waiting"}),
        ("code=unmapped_delivery", {"code": "unmapped_delivery"}),
        ("marketplace=allegro-sk", {"currency": "EUR"}),
        ("bought_since=2026-11-23T10:00:00Z", {"bought_at__gte": "2026-11-23T10:00:00Z"}),
        ("bought_until=2026-11-23T11:00:00%2B01:00", {"bought_at__lt": "2026-11-23T10:00:00Z"}),
        ("search=2600118", {"pohoda_number": "2600118"}),
    ],
)
def test_a_filter_shows_what_it_says(toys: Company, program: Program, query: str, facts: dict[str, str]) -> None:
    wanted = {order.number for order in toys.rows(Order, **facts)}
    assert wanted
    assert numbers(program, query) == wanted
    assert numbers(program, "") > wanted


def test_an_instance_is_a_filter_and_a_number_is_found_by_its_beginning(toys: Company, program: Program) -> None:
    czech = {order.number for order in toys.rows(Order, instance=toys.instance)}
    assert numbers(program, f"instance={toys.instance}") == czech
    assert numbers(program, f"search={toys.waiting.number[:20].upper()}") == {toys.waiting.number}


def test_one_order_tells_both_sides_what_happened_and_its_documents(toys: Company, program: Program) -> None:
    order = toys.shop.orders[0]
    found = program.get(f"orders/{order.pk}/").json()
    assert found["allegro"]["form_id"] == order.number
    assert found["pohoda"]["number"] == "2600118"
    assert found["pohoda"]["totals_differ"] is False
    events = toys.rows(Event, object_id=order.pk)
    assert len(found["timeline"]) == len(events)
    assert {"order.seen", "order.confirmed"} <= {step["type"] for step in found["timeline"]}
    (invoice,) = toys.rows(InvoiceDocument, order=order)
    assert [(one["number"], one["state"], one["step"]) for one in found["invoices"]] == [
        (invoice.number, "sent", "accepted")
    ]
    roles = {one["id"]: one["role"] for one in found["documents"]}
    assert roles[str(order.form.raw_id)] == "form"
    assert roles[str(invoice.pdf_id)] == "invoice"
    named = {one for step in found["timeline"] for one in step["documents"]}
    assert named <= set(roles)
    for document in found["documents"]:
        raw = program.get(document["url"])
        assert raw.status_code == 200
        assert hashlib.sha256(raw.content).hexdigest() == document["sha256"]
        assert raw["X-Content-Type-Options"] == "nosniff"
        assert raw["Content-Disposition"].startswith("attachment")


def test_a_document_of_another_order_is_none_of_this_one(toys: Company, program: Program) -> None:
    first, other = toys.shop.orders[0], toys.waiting
    assert program.get(f"orders/{other.pk}/documents/{first.form.raw_id}/").status_code == 404


def test_a_cause_is_data_with_sentences(toys: Company, program: Program) -> None:
    cause = program.get(f"orders/{toys.waiting.pk}/").json()["cause"]
    assert cause["code"] == "unmapped_delivery"
    assert cause["params"] == {"method_id": "1f2e", "method_name": "Allegro Zásilkovna Z-BOX"}
    assert "Allegro Zásilkovna Z-BOX" in cause["title"]
    assert cause["we_do"]
    assert cause["you_do"]


def test_run_again_without_a_word_of_reason(toys: Company, program: Program) -> None:
    assert program.post(f"orders/{toys.waiting.pk}/resync/").json() == {"id": str(toys.waiting.pk)}
    assert len(toys.rows(AuditEntry, action="order.resynced")) == 1


def test_an_order_that_pohoda_did_not_stop_is_not_sent_again(toys: Company, program: Program) -> None:
    found = program.post(f"orders/{toys.waiting.pk}/retry/")
    assert (found.status_code, found.json()["code"]) == (409, "nothing_to_retry")
    assert program.get(f"orders/{toys.waiting.pk}/").json()["may_retry"] is False


def test_an_order_that_pohoda_stopped_may_be_sent_again_as_long_as_the_buyer_wants_it(
    toys: Company, program: Program
) -> None:
    with tenant_scope(toys.shop.tenant.pk):
        order = refused_order(toys.czech, NOW)
    address = f"orders/{order.pk}/"
    assert program.get(address).json()["may_retry"] is True
    with tenant_scope(toys.shop.tenant.pk):
        Order.objects.filter(pk=order.pk).update(state="superseded", code="merged")
    assert program.get(address).json()["may_retry"] is False
    found = program.post(f"{address}retry/")
    assert (found.status_code, found.json()["code"]) == (409, "not_wanted_any_more")
    assert program.post(f"{address}resync/").json() == {"id": str(order.pk)}
