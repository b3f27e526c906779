"""Offers through our client: what is read of them and what an edit comes to."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.errors import NotFound
from allegro_integration.client.offer_messages import (
    BASE,
    MarketplaceView,
    OfferRule,
    ShippingRates,
)
from connectify.domain.errors import Retryable
from connectify.domain.money import Money
from tests.allegro_client.answers import (
    OFFER,
    event,
    listed_offer,
    offer_list,
    offer_parts,
    whole_offer,
)
from tests.allegro_client.scripted import Scripted


def test_a_row_of_the_list_says_stock_state_and_prices_of_each_marketplace(
    scripted_api: AllegroApi, script: Scripted
) -> None:
    script.answer(200, offer_list(listed_offer(), total=2001))
    page = scripted_api.offers(offset=1000)
    (offer,) = page.offers
    assert (page.total, page.odd) == (2001, ())
    assert (offer.id, offer.external_id, offer.status, offer.stock) == (OFFER, "HRN-1", "ACTIVE", 7)
    assert (offer.base_marketplace, offer.price, offer.rule) == ("allegro-cz", Money(Decimal("249.00"), "CZK"), "")
    assert type(offer.price.amount) is Decimal
    assert offer.marketplaces == {
        "allegro-sk": MarketplaceView("APPROVED", Money(Decimal("9.99"), "EUR"), "rule-7"),
        "allegro-hu": MarketplaceView("NOT_REQUESTED", None, ""),
    }
    assert script.last["query"] == "offset=1000&limit=1000"


def test_what_a_row_does_not_say_is_empty(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(200, offer_list({"id": OFFER, "additionalMarketplaces": None, "delivery": {"shippingRates": None}}))
    (offer,) = scripted_api.offers().offers
    assert (offer.name, offer.external_id, offer.status, offer.shipping_rates) == ("", "", "", "")
    assert (offer.price, offer.stock, offer.marketplaces, offer.is_fulfillment) == (None, None, {}, False)


def test_an_amount_written_as_a_number_keeps_its_digits(scripted_api: AllegroApi, script: Scripted) -> None:
    raw = b'{"offers":[{"id":"1","sellingMode":{"price":{"amount":79.90,"currency":"PLN"}}}],"totalCount":1}'
    script.answer(200, raw)
    (offer,) = scripted_api.offers().offers
    assert str(offer.price) == "79.90 PLN"


def test_an_odd_row_is_kept_with_its_bytes_and_costs_nothing_else(scripted_api: AllegroApi, script: Scripted) -> None:
    odd = b'{"id":"2", "stock": {"available":"many"}}'
    twice = b'{"id":"3","id":"4"}'
    script.answer(
        200, b'{"offers":[{"id":"1"},' + odd + b",7," + twice + b',{"id":"5","novelty":[1.5]}],"totalCount":5}'
    )
    page = scripted_api.offers()
    assert [one.id for one in page.offers] == ["1", "5"]
    assert [(one.id, one.raw) for one in page.odd] == [("2", odd), ("", b"7"), ("", twice)]
    assert "stock" in page.odd[0].problem


def test_the_list_is_filtered_by_ids_states_and_sorted(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(200, offer_list())
    page = scripted_api.offers(
        ids=("1", "2"), external_ids=("A 1",), statuses=("ACTIVE", "ENDED"), sort="-stock.available", limit=50
    )
    assert page.offers == ()
    assert script.last["query"] == (
        "offer.id=1&offer.id=2&external.id=A+1&publication.status=ACTIVE&publication.status=ENDED"
        "&sort=-stock.available&offset=0&limit=50"
    )
    with pytest.raises(ValueError, match="external ids"):
        scripted_api.offers(external_ids=["x"] * 101)


def test_a_list_that_is_no_list_is_not_used(scripted_api: AllegroApi, script: Scripted) -> None:
    for broken in (b"<html>", b'{"offers":[', b'{"offers":{}}', b"[]", b'{"offers":["\xff"]'):
        script.answer(200, broken)
        with pytest.raises(Retryable) as caught:
            scripted_api.offers()
        assert caught.value.code == "unreadable_answer"


def test_an_offer_in_full_tells_its_ean_who_ended_it_and_why_a_marketplace_refuses_it(
    scripted_api: AllegroApi, script: Scripted
) -> None:
    problem = {"code": "MISSING", "message": "producer", "userMessage": "Chybí výrobce", "path": "productSet"}
    script.answer(200, whole_offer(validation={"errors": [problem]}))
    offer = scripted_api.offer_detail(OFFER)
    assert (offer.ean, offer.status, offer.ended_by, offer.stock) == ("8594000000017", "ENDED", "EMPTY_STOCK", 0)
    assert offer.prices == {"allegro-cz": Money(Decimal("249.00"), "CZK"), "allegro-sk": Money(Decimal("9.99"), "EUR")}
    assert [one.user_message for one in offer.errors] == ["Chybí výrobce"]
    assert {name: [one.code for one in reasons] for name, reasons in offer.refusals.items()} == {
        "allegro-sk": ["VQR003"]
    }


@pytest.mark.parametrize(
    ("parameters", "own", "ean"),
    [
        ([], [], ""),
        ([{"id": "1", "name": "Kód", "values": ["8594000000017"]}], [], ""),
        ([{"id": "225693", "name": "EAN", "values": ["neuvedeno", "85940000"]}], [], "85940000"),
        ([{"id": "9", "name": "ISBN", "values": ["9788000000015"]}], [], "9788000000015"),
        ([], [{"id": "225693", "name": "EAN (GTIN)", "values": ["859400000001"]}], "859400000001"),
        ([{"id": "225693", "values": None}], [{"id": "225693", "values": ["8594000000017"]}], "8594000000017"),
    ],
)
def test_the_ean_is_the_first_gtin_of_the_products(
    scripted_api: AllegroApi, script: Scripted, parameters: list[object], own: list[object], ean: str
) -> None:
    products = [{"product": None}, {"product": {"id": None, "parameters": parameters}}]
    script.answer(200, whole_offer(productSet=products, parameters=own))
    assert scripted_api.offer_detail(OFFER).ean == ean


def test_the_parts_are_stock_and_prices_as_they_are_now(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(200, offer_parts())
    now = scripted_api.offer_parts(OFFER)
    assert now.stock == 5
    assert now.prices == {BASE: Money(Decimal("249.00"), "CZK"), "allegro-sk": Money(Decimal("9.99"), "EUR")}


def test_an_answer_about_another_offer_is_not_used(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(200, {**offer_parts(), "id": "2"})
    with pytest.raises(Retryable) as caught:
        scripted_api.offer_parts(OFFER)
    assert caught.value.code == "unreadable_answer"


def test_an_offer_that_is_gone_is_not_found(scripted_api: AllegroApi, script: Scripted) -> None:
    script.refuse(404, "NotFoundException")
    with pytest.raises(NotFound):
        scripted_api.offer_detail(OFFER)


def test_the_journal_names_the_offers_that_changed_and_passes_odd_entries(
    scripted_api: AllegroApi, script: Scripted
) -> None:
    ended = event("e2", "OFFER_ENDED", publication={"endedBy": "USER"})
    odd = {"id": "e3", "type": "OFFER_CHANGED", "occurredAt": "yesterday", "offer": {"id": "1"}}
    script.answer(200, {"offerEvents": [event("e1"), ended, odd]})
    page = scripted_api.offer_events("e0")
    assert [(one.id, one.type, one.offer_id, one.ended_by) for one in page.events] == [
        ("e1", "OFFER_STOCK_CHANGED", OFFER, ""),
        ("e2", "OFFER_ENDED", OFFER, "USER"),
    ]
    assert page.events[0].occurred_at == dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
    assert [one.id for one in page.odd] == ["e3"]
    assert (page.cursor, page.size) == ("e3", 3)
    assert script.last["query"] == "from=e0&limit=1000"


def test_an_empty_journal_has_no_cursor(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(200, {"offerEvents": []})
    page = scripted_api.offer_events(None)
    assert (page.cursor, page.size, page.events) == ("", 0, ())


def test_a_journal_whose_last_entry_has_no_id_cannot_be_passed(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(200, {"offerEvents": [event("e1"), {"type": "OFFER_CHANGED"}]})
    with pytest.raises(Retryable, match="no cursor"):
        scripted_api.offer_events("e0")


def test_the_rules_of_an_offer_are_told_by_marketplace(scripted_api: AllegroApi, script: Scripted) -> None:
    at = "2026-11-23T10:00:00.000Z"
    one = {"marketplace": {"id": "allegro-sk"}, "rule": {"id": "r1"}, "updatedAt": at}
    script.answer(200, {"rules": [one], "updatedAt": at})
    assert scripted_api.offer_rules(OFFER) == (OfferRule("allegro-sk", "r1"),)


def test_price_lists_say_which_marketplaces_they_reach(scripted_api: AllegroApi, script: Scripted) -> None:
    sets = [
        {"id": "a", "name": "Doma", "marketplaces": [{"id": "allegro-cz"}]},
        {"id": "b", "name": "AOF", "features": {"managedByAllegro": True, "isFulfillment": True}, "marketplaces": []},
    ]
    script.answer(200, {"shippingRates": sets})
    assert scripted_api.shipping_rates() == (
        ShippingRates("a", "Doma", ("allegro-cz",), is_fulfillment=False, managed_by_allegro=False),
        ShippingRates("b", "AOF", (), is_fulfillment=True, managed_by_allegro=True),
    )
