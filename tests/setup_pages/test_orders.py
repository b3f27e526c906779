"""The tab of orders: what it asks, what it shows before it saves, what it stores."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectify.tenants.models import Role
from tests.allegro_domain.forms import delivery, line
from tests.setup_pages.flow_shop import FlowShop, effect_counts, effect_rows, queries_of, shows

FORM: dict[str, Any] = {
    "store": "HLAVNI",
    "number_series": "",
    "text_template": "Allegro {form_id}",
    "centre": "",
    "activity": "",
    "unit_country": "CZ",
    "home_currency": "CZK",
    "foreign_rate": "",
    "line_vat": "21",
    "delivery_vat": "21",
    "service_vat": "21",
    "deposit_vat": "0",
    "vat_abroad": "unit_rate",
    "vat_eu_verified": "wait",
}
STORED = {
    **FORM,
    "foreign_rate": None,
    "text_lines_allowed": False,
    "zero_delivery_line": False,
    "link_companies": False,
}


@pytest.fixture
def shop(db: None) -> FlowShop:
    return FlowShop("instance_orders")


def test_the_page_shows_what_is_stored_and_the_stores_that_there_are(shop: FlowShop) -> None:
    shop.card("ESHOP")
    page = shop.get()
    assert page.status_code == 200
    assert shows(page, '<option value="HLAVNI" selected>HLAVNI</option>')
    assert shows(page, '<option value="ESHOP">ESHOP</option>')
    assert shows(page, "Allegro 29738e61-7f6a-11e8-ac45-09db60ede9d6")


def test_while_no_card_has_been_read_the_store_is_written_by_hand(shop: FlowShop) -> None:
    assert shows(shop.get(), '<input type="text" name="store" value="HLAVNI"')


def test_settings_are_stored_as_they_were_shown_and_keep_what_the_form_does_not_ask(shop: FlowShop) -> None:
    shop.configure(
        orders={"store": "HLAVNI", "timezone": "Europe/Bratislava"}, orders_since="2026-11-01T00:00:00+00:00"
    )
    since = {"orders_since": "2026-11-01T01:00"}  # the same moment, as the picker has it here
    answer = shop.save({**FORM, **since, "foreign_rate": " 24,3150 ", "number_series": "ALG", "link_companies": "on"})
    assert (answer.status_code, answer["Location"]) == (302, shop.url)
    changed = {"foreign_rate": "24.315", "number_series": "ALG", "link_companies": True}
    assert shop.settings("orders") == {**STORED, "timezone": "Europe/Bratislava", **changed}
    assert shop.settings("orders_since") == "2026-11-01T00:00:00+00:00"
    assert shop.audited()[-1] == "instance.settings_saved"


def test_the_effect_is_shown_before_anything_is_stored(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive()
    before = shop.everything()
    page = shop.preview({**FORM, "text_template": "Objednávka {login}", "centre": "BRNO"})
    assert page.status_code == 200
    assert effect_counts(page) == {"go to Pohoda": 1}
    old = "text: Allegro 29738e61-7f6a-11e8-ac45-09db60ede9d6; centre: –"
    assert effect_rows(page) == [("Jana Nováková · 159.00\xa0CZK", old, "text: Objednávka jana_n; centre: BRNO")]
    assert shop.everything() == before


def test_each_value_that_would_go_says_why_in_a_sentence(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive()
    (row,) = shop.preview({**FORM, "centre": "BRNO"}).context["effect"].rows
    assert "The order is in the unit's own currency, CZK." in row.why
    assert [one for one in row.why if " " not in one] == []


def test_an_order_that_would_wait_says_why(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive(delivery=delivery(address={"countryCode": "SK", "firstName": "J", "lastName": "N", "street": "S 1",
                                                "city": "Nitra", "zipCode": "94901"}),
                     lineItems=[{**line(), "tax": {"rate": "23.00"}}])  # fmt: skip
    page = shop.preview({**FORM, "vat_abroad": "wait"})
    why = "waits: The parcel goes to SK and Allegro names the VAT rate of that country."
    assert effect_counts(page) == {why: 1}
    assert effect_rows(page)[0][2] == why


def test_orders_that_have_left_are_shown_as_staying_as_they_are(shop: FlowShop) -> None:
    shop.sent()
    page = shop.preview({**FORM, "centre": "BRNO"})
    assert effect_counts(page) == {"have left for Pohoda already and stay as they are": 1}
    assert shows(page, "This order has left and stays as it is; the next one like it would look so.")


def test_nothing_to_try_it_on_is_said(shop: FlowShop) -> None:
    page = shop.preview(FORM)
    assert shows(page, "There is no order of this instance yet.")


def test_the_same_settings_change_no_document(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive()
    page = shop.preview(FORM)
    assert effect_rows(page) == []
    assert shows(page, "Their documents would be the same as now.")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("store", "", "This field is required."),
        (
            "text_template",
            "Allegro {order}",
            "{order} stands for nothing. You can use {form_id}, {login}, {marketplace}.",
        ),
        ("text_template", "", "This field is required."),
        ("line_vat", "20", "20 % is no VAT rate in Czechia. The rates are: 0, 12, 21."),
        ("line_vat", "much", "Write a number, for example 21 or 24.315."),
        ("deposit_vat", "", "This field is required."),
        ("foreign_rate", "-1", "A rate is above zero."),
        ("foreign_rate", "1e3", "Write a number, for example 21 or 24.315."),
        ("number_series", "x" * 20, "Ensure this value has at most 19 characters (it has 20)."),
        ("unit_country", "PL", "Select a valid choice. PL is not one of the available choices."),
        ("vat_abroad", "", "This field is required."),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_shown_or_stored(
    shop: FlowShop, field: str, value: str, sentence: str
) -> None:
    before = shop.everything()
    page = shop.preview({**FORM, field: value})
    assert page.context["form"].errors[field] == [sentence]
    assert "effect" not in page.context
    assert shows(page, "Please correct what is marked below.")
    assert shop.everything() == before


def test_a_store_that_is_not_there_is_refused_once_cards_are_known(shop: FlowShop) -> None:
    shop.card("ESHOP")
    page = shop.preview({**FORM, "store": "NIKDE"})
    assert "store" in page.context["form"].errors


def test_nothing_is_saved_whose_effect_was_not_shown(shop: FlowShop) -> None:
    before = shop.everything()
    seen = shop.preview(FORM)
    page = shop.post(shop.second({**FORM, "centre": "BRNO"}, seen))
    assert page.status_code == 200
    assert shows(page, "Nothing was saved yet: something was changed after the effect was shown.")
    assert shop.everything() == before
    assert shop.post(shop.second({**FORM, "centre": "BRNO"}, page)).status_code == 302
    assert shop.settings("orders")["centre"] == "BRNO"


def test_settings_that_moved_on_meanwhile_are_said_before_they_are_replaced(shop: FlowShop) -> None:
    seen = shop.preview({**FORM, "centre": "BRNO"})
    shop.configure(orders={"store": "HLAVNI", "centre": "PRAHA"})
    page = shop.post(shop.second({**FORM, "centre": "BRNO"}, seen))
    assert shows(page, "the settings of this instance were changed meanwhile")
    assert shop.settings("orders")["centre"] == "PRAHA"
    assert shop.post(shop.second({**FORM, "centre": "BRNO"}, page)).status_code == 302
    assert shop.settings("orders")["centre"] == "BRNO"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ACCOUNTANT, Role.VIEWER])
def test_who_may_not_set_sees_the_page_without_buttons_and_changes_nothing(shop: FlowShop, role: str) -> None:
    page = shop.get(role)
    assert page.status_code == 200
    assert shows(page, '<fieldset class="flow" disabled>')
    assert not shows(page, 'name="step"')
    before = shop.everything()
    assert shop.post({**FORM, "step": "preview"}, role).status_code == 403
    assert shop.post({**FORM, "step": "save"}, role).status_code == 403
    assert shop.everything() == before


def test_an_admin_may_set(shop: FlowShop) -> None:
    assert shop.save({**FORM, "centre": "BRNO"}, Role.ADMIN).status_code == 302


def test_another_company_has_no_such_page(shop: FlowShop) -> None:
    other = FlowShop("instance_orders")
    before = shop.everything()
    stranger = other.browser()
    assert stranger.get(shop.url).status_code == 404
    for step in ("preview", "save"):
        assert stranger.post(shop.url, {**FORM, "step": step}).status_code == 404
    assert shop.everything() == before


def test_a_seal_of_another_instance_saves_nothing(shop: FlowShop) -> None:
    other = FlowShop("instance_orders")
    seen = other.preview(FORM)
    page = shop.post(shop.second(FORM, seen))
    assert page.status_code == 200
    assert shows(page, "Nothing was saved yet")


def test_settings_that_do_not_parse_any_more_can_be_mended_here(shop: FlowShop) -> None:
    shop.configure(orders={"line_vat": "?"})
    with shop.inside():
        shop.receive()
    assert shop.get().status_code == 200
    assert effect_counts(shop.preview(FORM)) == {"go to Pohoda": 1}
    assert shop.save(FORM).status_code == 302
    assert shop.settings("orders") == STORED


def test_waiting_orders_are_planned_with_the_new_settings(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive()
    shop.save({**FORM, "centre": "BRNO"})
    with shop.inside():
        assert shop.plan_again() == 1
        assert shop.change().content["centre"] == "BRNO"


def test_a_page_takes_few_queries_however_many_orders(shop: FlowShop) -> None:
    with shop.inside():
        for at in range(5):
            shop.receive(id=f"29738e61-7f6a-11e8-ac45-09db60ede{at:03d}", lineItems=[{**line(), "id": f"line-{at}"}])
    shop.card("ESHOP")
    browser = shop.browser()
    for call in (lambda: browser.get(shop.url), lambda: shop.preview({**FORM, "store": "ESHOP", "centre": "B"})):
        with CaptureQueriesContext(connection) as queries:
            call()
        assert queries_of(queries) <= 12


def test_htmx_gets_the_form_alone(shop: FlowShop) -> None:
    answer = shop.post({**FORM, "step": "preview"}, headers={"HX-Request": "true"})
    assert not shows(answer, "<html")
    assert answer["HX-Reswap"] == "outerHTML show:#effect:top"
    saved = shop.post(shop.second(FORM, answer), headers={"HX-Request": "true"})
    assert saved["HX-Redirect"] == shop.url
