"""The tab of invoices: print reports with conditions, what invoices would get, what is stored."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allegro_integration.domain.invoices import Print
from allegro_integration.models import InvoiceDocument, Market, Order
from allegro_integration.services.invoices.planning import preview
from allegro_integration.services.invoices.settings import invoice_settings
from connectify.tenants.models import Role
from pohoda_bridge.server.mirror.models import Invoice
from tests.allegro_services.way_back import BEGAN, DAY
from tests.setup_pages.flow_shop import FlowShop, effect_counts, effect_rows, queries_of, shows

FORM: dict[str, Any] = {
    "rules-count": "2",
    "rules-0-name": "Dobírka",
    "rules-0-outcome": "201",
    "rules-0-count": "1",
    "rules-0-0-fact": "payment_type",
    "rules-0-0-test": "is",
    "rules-0-0-value": "Dobírkou",
    "rules-1-name": "Faktura",
    "rules-1-outcome": "200",
    "rules-1-count": "0",
}
STORED = {
    "reports": [
        {
            "name": "Dobírka",
            "report_id": 201,
            "conditions": [{"fact": "payment_type", "test": "is", "value": ["Dobírkou"]}],
        },
        {"name": "Faktura", "report_id": 200, "conditions": []},
    ],
    "kinds": ["issuedInvoice"],
    "only_paid": False,
}
LABEL = "260100001 · Jana Nováková"


@pytest.fixture
def shop(db: None) -> FlowShop:
    return FlowShop("instance_invoices")


@pytest.fixture
def order(shop: FlowShop) -> Order:
    """An order that Pohoda has, with an invoice that nobody has looked at."""
    order = shop.sent()
    state = shop.in_pohoda(order=order, number="26OP00007", payment_type="Allegro")
    invoice(shop, order, state.record_id)
    return order


def invoice(shop: FlowShop, order: Order, order_id: int, **facts: Any) -> Invoice:
    link = {"agenda": "receivedOrder", "id": order_id, "number": order.pohoda_number}
    with shop.inside():
        return Invoice.objects.create(
            **{"unit": shop.market.unit, "record_id": 501, "fingerprint": b"x" * 16, "began_at": BEGAN, "date": DAY,
               "number": "260100001", "kind": "issuedInvoice", "total": order.total, "links": [link], **facts}
        )  # fmt: skip


def test_a_page_without_reports_says_that_nothing_is_printed(shop: FlowShop) -> None:
    page = shop.get()
    assert shows(page, "There is no report yet, so no invoice is printed.")
    assert not shows(page, 'name="kinds"')


def test_reports_are_stored_in_their_order_as_they_were_shown(shop: FlowShop) -> None:
    answer = shop.save(FORM)
    assert (answer.status_code, answer["Location"]) == (302, shop.url)
    assert shop.settings("invoices") == STORED
    page = shop.get()
    assert [(row.name, row.outcome) for row in page.context["rules"].rows] == [("Dobírka", "201"), ("Faktura", "200")]
    assert shop.save({**FORM, "only_paid": "on"}).status_code == 302
    assert shop.settings("invoices") == {**STORED, "only_paid": True}


@pytest.mark.parametrize("kinds", [["issuedCreditNotice"], ["issuedInvoice", "issuedCorrectiveTax"]])
def test_settings_of_other_kinds_run_as_they_are_until_somebody_saves_the_page(
    shop: FlowShop, order: Order, kinds: list[str]
) -> None:
    shop.configure(invoices={**STORED, "kinds": kinds})
    with shop.inside():
        market = Market.objects.select_related("instance", "unit").get(pk=shop.market.pk)
        assert invoice_settings(market).kinds == tuple(kinds)
        ((_order, _invoice, plan),) = preview(market, invoice_settings(market))
    assert isinstance(plan, Print) is ("issuedInvoice" in kinds)
    assert effect_counts(shop.preview(FORM)) == {"are printed by “Faktura”": 1}
    assert shop.save(FORM).status_code == 302
    assert shop.settings("invoices") == STORED


def test_the_effect_shows_which_report_prints_which_invoice(shop: FlowShop, order: Order) -> None:
    before = shop.everything()
    page = shop.preview(FORM)
    assert effect_counts(page) == {"are printed by “Faktura”": 1}
    assert effect_rows(page) == [(LABEL, "", "is printed by “Faktura” and attached")]
    assert page.context["effect"].rows[0].why[-1] == "Printed by the report “Faktura” (200)."
    assert shows(page, "We have tried it on the one invoice of the newest 50 orders that Pohoda has.")
    assert shop.everything() == before


def test_an_invoice_that_waits_says_why(shop: FlowShop, order: Order) -> None:
    page = shop.preview({**FORM, "only_paid": "on"})
    assert effect_counts(page) == {"wait until they are paid": 1}
    assert effect_rows(page) == [(LABEL, "", "The invoice 260100001 is not paid yet.")]
    page = shop.preview({**FORM, "rules-count": "1"})
    assert effect_counts(page) == {"fit no report": 1}


def test_what_allegro_has_already_stays_as_it_is(shop: FlowShop, order: Order) -> None:
    with shop.inside():
        InvoiceDocument.objects.create(
            order=order, number="260100001", record_id=501, total=order.total, step="accepted", state="sent"
        )
    page = shop.preview(FORM)
    assert effect_counts(page) == {"are at Allegro already and stay as they are": 1}
    assert effect_rows(page) == []


def test_what_is_under_way_with_the_same_report_goes_on(shop: FlowShop, order: Order) -> None:
    with shop.inside():
        facts = {"record_id": 501, "total": order.total, "code": "invoice_to_print", "report_id": 200}
        InvoiceDocument.objects.create(order=order, number="260100001", report_name="Faktura", **facts)
    page = shop.preview(FORM)
    assert effect_counts(page) == {"are under way with the same report and go on": 1}
    assert effect_rows(page) == []
    other = shop.preview({**FORM, "rules-1-outcome": "300", "rules-1-name": "Nová"})
    assert effect_rows(other) == [
        (LABEL, "is printed by “Faktura” and attached", "is printed by “Nová” and attached"),
    ]  # fmt: skip


def test_an_invoice_known_before_shows_what_it_has_now(shop: FlowShop, order: Order) -> None:
    with shop.inside():
        facts = {"code": "invoice_no_report", "params": {"number": "260100001"}, "state": "skipped", "step": "found"}
        InvoiceDocument.objects.create(order=order, number="260100001", record_id=501, total=order.total, **facts)
    now = "No print report is set for the invoice 260100001."
    assert effect_rows(shop.preview(FORM)) == [(LABEL, now, "is printed by “Faktura” and attached")]


def test_without_invoices_the_page_says_so(shop: FlowShop) -> None:
    assert shows(shop.preview(FORM), "The newest orders have no invoice in Pohoda yet.")


def test_saved_reports_let_the_orders_be_planned_again(shop: FlowShop, order: Order) -> None:
    with shop.inside():
        Order.objects.update(needs_plan=False)
    shop.save(FORM)
    with shop.inside():
        assert Order.objects.get(pk=order.pk).needs_plan


def test_fields_of_the_units_invoices_can_be_asked_for(shop: FlowShop, order: Order) -> None:
    invoice(shop, order, 1, record_id=502, number="260100002", fields={"VPrJazyk": "SK"}, currency="EUR")
    rules = shop.get().context["rules"]
    assert ("field:VPrJazyk", "Field VPrJazyk") in rules.facts
    assert rules.suggestions["currency"] == ("EUR",)
    assert rules.suggestions["payment_type"] == ("Allegro",)


def test_reports_are_moved_and_nothing_is_stored_on_the_way(shop: FlowShop) -> None:
    before = shop.get() and shop.everything()
    page = shop.post({**FORM, "edit": "rules:down:0"})
    assert [row.name for row in page.context["rules"].rows] == ["Faktura", "Dobírka"]
    assert shop.everything() == before


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rules-0-outcome": "200a"}, "“Number of the report in Pohoda” is a whole number above zero."),
        ({"rules-0-outcome": "0"}, "“Number of the report in Pohoda” is a whole number above zero."),
        ({"rules-0-0-value": ""}, "“Form of payment”: fill in what it is compared with."),
        ({"rules-0-0-fact": "executed"}, "asks for something that the unit does not have"),
    ],
)
def test_a_wrong_value_is_named_beside_it_and_nothing_is_stored(
    shop: FlowShop, change: dict[str, Any], sentence: str
) -> None:
    before = shop.get() and shop.everything()
    page = shop.preview({**FORM, **change})
    assert shows(page, sentence)
    assert "effect" not in page.context
    assert shop.post({**FORM, **change, "step": "save"}).status_code == 200
    assert shop.everything() == before


def test_nothing_is_saved_whose_effect_was_not_shown(shop: FlowShop) -> None:
    seen = shop.preview(FORM)
    before = shop.everything()
    page = shop.post(shop.second({**FORM, "only_paid": "on"}, seen))
    assert shows(page, "Nothing was saved yet: something was changed after the effect was shown.")
    assert shop.everything() == before


def test_settings_that_moved_on_meanwhile_are_said_before_they_are_replaced(shop: FlowShop) -> None:
    seen = shop.preview(FORM)
    shop.configure(invoices={"only_paid": True})
    assert shows(shop.post(shop.second(FORM, seen)), "the settings of this instance were changed meanwhile")
    assert shop.settings("invoices") == {"only_paid": True}


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ACCOUNTANT, Role.VIEWER])
def test_who_may_not_set_looks_and_changes_nothing(shop: FlowShop, role: str) -> None:
    assert shop.get(role).status_code == 200
    before = shop.everything()
    for more in ({"step": "preview"}, {"step": "save"}, {"edit": "rules:add"}):
        assert shop.post({**FORM, **more}, role).status_code == 403
    assert shop.everything() == before


def test_another_company_has_no_such_page(shop: FlowShop) -> None:
    other = FlowShop("instance_invoices")
    before, stranger = shop.everything(), other.browser()
    assert stranger.get(shop.url).status_code == 404
    assert stranger.post(shop.url, {**FORM, "step": "save"}).status_code == 404
    assert shop.everything() == before


def test_a_page_takes_few_queries(shop: FlowShop, order: Order) -> None:
    invoice(shop, order, 1, record_id=502, number="260100002")
    browser = shop.browser()
    for call, limit in ((lambda: browser.get(shop.url), 12), (lambda: shop.preview(FORM), 17)):
        with CaptureQueriesContext(connection) as queries:
            call()
        assert queries_of(queries) <= limit
