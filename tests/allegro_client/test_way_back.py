"""Offers, commands, parcels and invoices through our client, against the sandbox."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.commands import CommandReport
from allegro_integration.client.errors import (
    CommandExists,
    EditInProgress,
    FileExists,
    NotFound,
    OfferRefused,
    OutcomeUnknown,
    ScanRunning,
)
from allegro_integration.client.governor import Governor
from allegro_integration.client.http import AllegroHttp
from allegro_integration.client.offer_messages import BASE, Accepted, Applied, Finished, OfferPatch, Running
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from connectify.domain.money import Money
from tests.allegro_client.conftest import Allegro, Tokens, oauth_of, sign_in

COMMAND = "7f3c1e52-3f0b-4a8e-9d0e-0c8a52b0a001"
PDF = b"%PDF-1.7\nx\n%%EOF\n"
CROWNS = Money(Decimal(583), "CZK")


def offer(offer_id: str, **more: Any) -> dict[str, Any]:
    prices = {"allegro-cz": "249.00", "allegro-sk": "9.99", "allegro-pl": "42.90", "allegro-hu": "3995"}
    known = {"id": offer_id, "name": f"Hrnek {offer_id}", "prices": prices, "external": f"HRN-{offer_id}", "stock": 5}
    return {**known, "ean": "8594000000017", **more}


@pytest.fixture
def shop(allegro: Allegro) -> Allegro:
    allegro.control("PUT", f"sellers/{DEFAULT_SELLER}/offers", [offer("101"), offer("102"), offer("103", stock=1)])
    return allegro


@pytest.fixture
def changed(
    start: Callable[..., Allegro], http: AllegroHttp, governor: Governor
) -> Callable[..., tuple[AllegroApi, Allegro]]:
    """A client in front of a sandbox with changed settings."""

    def make(**settings: Any) -> tuple[AllegroApi, Allegro]:
        sandbox = start(**settings)
        sandbox.control("PUT", f"sellers/{DEFAULT_SELLER}/offers", [offer("101")])
        tokens = Tokens(sign_in(sandbox, oauth_of(sandbox, http)).access)
        return AllegroApi(http, sandbox.environment, DEFAULT_SELLER, tokens, governor), sandbox

    return make


def test_all_offers_are_listed_page_by_page(api: AllegroApi, shop: Allegro) -> None:
    first, second = api.offers(limit=2), api.offers(offset=2, limit=2)
    assert first.total == second.total == 3
    assert {one.id for page in (first, second) for one in page.offers} == {"101", "102", "103"}
    (found,) = api.offers(external_ids=["HRN-102"]).offers
    assert (found.id, found.base_marketplace, found.stock) == ("102", "allegro-cz", 5)
    assert found.price == Money(Decimal("249.00"), "CZK")
    assert found.marketplaces["allegro-sk"].price == Money(Decimal("9.99"), "EUR")


def test_an_offer_in_full_and_its_parts(api: AllegroApi, shop: Allegro) -> None:
    detail = api.offer_detail("101")
    assert (detail.ean, detail.status, detail.ended_by) == ("8594000000017", "ACTIVE", "")
    now = api.offer_parts("101")
    assert (now.stock, now.prices[BASE], now.prices["allegro-hu"]) == (
        5, Money(Decimal("249.00"), "CZK"), Money(Decimal("3995.00"), "HUF"),
    )  # fmt: skip
    with pytest.raises(NotFound):
        api.offer_detail("999")


def test_zero_ends_an_offer_and_stock_with_activation_brings_it_back(api: AllegroApi, shop: Allegro) -> None:
    assert api.patch_offer("101", OfferPatch(stock=0)) == Applied()
    ended = api.offer_detail("101")
    assert (ended.status, ended.ended_by, ended.stock) == ("ENDED", "EMPTY_STOCK", 0)
    api.patch_offer("101", OfferPatch(stock=3, activate=True))
    assert (api.offer_detail("101").status, api.offer_parts("101").stock) == ("ACTIVE", 3)


def test_one_edit_sets_the_price_of_every_marketplace(api: AllegroApi, shop: Allegro) -> None:
    wanted = {"allegro-sk": Money(Decimal("8.50"), "EUR"), "allegro-hu": Money(Decimal("3000"), "HUF")}
    api.patch_offer("101", OfferPatch(price=CROWNS, prices=wanted))
    prices = api.offer_parts("101").prices
    assert {name: prices[name] for name in (BASE, *wanted)} == {BASE: CROWNS, **wanted}


def test_hellers_are_refused_with_the_field_they_stand_in(api: AllegroApi, shop: Allegro) -> None:
    with pytest.raises(OfferRefused) as caught:
        api.patch_offer("101", OfferPatch(price=Money(Decimal("583.92"), "CZK")))
    assert str(caught.value.errors[0].path).startswith("sellingMode.price")


def test_an_offer_that_somebody_edits_waits(api: AllegroApi, shop: Allegro) -> None:
    shop.control("POST", "offers/101", {"busy_s": 60})
    with pytest.raises(EditInProgress):
        api.patch_offer("101", OfferPatch(stock=1))


def test_changes_are_hinted_by_the_journal(api: AllegroApi, shop: Allegro) -> None:
    before = api.offer_events(None).cursor
    api.patch_offer("101", OfferPatch(stock=2))
    page = api.offer_events(before or None)
    assert ("OFFER_STOCK_CHANGED", "101") in [(one.type, one.offer_id) for one in page.events]
    assert page.cursor == page.events[-1].id


def test_an_edit_whose_answer_is_lost_can_be_looked_up(api: AllegroApi, shop: Allegro) -> None:
    shop.fault("apply_then_timeout", target="/sale/product-offers", times=1, params={"seconds": 0})
    with pytest.raises(OutcomeUnknown):
        api.patch_offer("101", OfferPatch(stock=2))
    assert api.offer_parts("101").stock == 2


def test_an_accepted_edit_is_over_when_its_operation_is(
    changed: Callable[..., tuple[AllegroApi, Allegro]],
) -> None:
    api, _ = changed(patch_202=1.0, operation_delay_s=0.0)
    accepted = api.patch_offer("101", OfferPatch(stock=2))
    assert isinstance(accepted, Accepted)
    assert api.operation(accepted.location) == Finished()
    assert api.offer_parts("101").stock == 2


def test_an_accepted_edit_runs_first(changed: Callable[..., tuple[AllegroApi, Allegro]]) -> None:
    api, _ = changed(patch_202=1.0, operation_delay_s=600.0)
    accepted = api.patch_offer("101", OfferPatch(stock=2))
    assert isinstance(accepted, Accepted)
    assert accepted.retry_after_s == 600
    assert api.operation(accepted.location) == Running(600)
    assert api.offer_parts("101").stock == 5


def test_a_command_changes_its_offers_and_reports_each(api: AllegroApi, shop: Allegro) -> None:
    api.put_quantity_command(COMMAND, value=9, offers=["101", "102", "999"])
    report = api.command_report("quantity", COMMAND)
    assert report == CommandReport(True, total=3, success=2, failed=1)
    page = api.command_tasks("quantity", COMMAND)
    assert {one.offer_id: one.status for one in page.tasks} == {"101": "SUCCESS", "102": "SUCCESS", "999": "FAIL"}
    assert next(one.code for one in page.tasks if one.status == "FAIL")
    assert api.offer_parts("102").stock == 9


def test_prices_and_ends_go_by_commands_too(api: AllegroApi, shop: Allegro) -> None:
    api.put_price_command(COMMAND, price=CROWNS, marketplace=None, offers=["101"])
    other = COMMAND.replace("0a001", "0a002")
    api.put_price_command(other, price=Money(Decimal("7.77"), "EUR"), marketplace="allegro-sk", offers=["101"])
    end = COMMAND.replace("0a001", "0a003")
    api.put_end_command(end, offers=["102"])
    assert api.command_report("price", other).completed
    assert api.command_report("publication", end).success == 1
    prices = api.offer_parts("101").prices
    assert (prices[BASE], prices["allegro-sk"]) == (CROWNS, Money(Decimal("7.77"), "EUR"))
    assert api.offer_detail("102").ended_by == "USER"


def test_a_command_whose_answer_is_lost_is_found_by_its_id(api: AllegroApi, shop: Allegro) -> None:
    with pytest.raises(NotFound):
        api.command_report("quantity", COMMAND)
    shop.fault("apply_then_timeout", target="/sale/offer-quantity", times=1, params={"seconds": 0})
    with pytest.raises(OutcomeUnknown):
        api.put_quantity_command(COMMAND, value=9, offers=["101"])
    assert api.command_report("quantity", COMMAND).total == 1
    with pytest.raises(CommandExists):
        api.put_quantity_command(COMMAND, value=9, offers=["101"])


def test_a_parcel_number_is_added_once_and_listed(api: AllegroApi, form_id: str) -> None:
    assert "OTHER" in {one.id for one in api.carriers()}
    added = api.add_shipment(form_id, carrier_id="OTHER", carrier_name="Posel", waybill="Z123456")
    (shipment,) = api.shipments(form_id)
    assert (shipment.id, shipment.waybill, shipment.carrier_name) == (added, "Z123456", "Posel")


def test_an_invoice_is_added_uploaded_and_accepted(api: AllegroApi, allegro: Allegro, form_id: str) -> None:
    invoice = api.add_invoice(form_id, file_name="2026001.pdf", number="2026001")
    (bare,) = api.invoices(form_id)
    assert (bare.id, bare.number, bare.uploaded_at, bare.scan) == (invoice, "2026001", None, "")
    api.put_invoice_file(form_id, invoice, PDF)
    (done,) = api.invoices(form_id)
    assert done.uploaded_at is not None
    assert done.scan == "ACCEPTED"
    with pytest.raises(FileExists):
        api.put_invoice_file(form_id, invoice, PDF)
    assert [one["sha256"] for one in allegro.control("GET", f"orders/{form_id}/invoices")["invoices"]] == [
        hashlib.sha256(PDF).hexdigest()
    ]


def test_the_next_invoice_waits_for_the_scan(api: AllegroApi, allegro: Allegro, form_id: str) -> None:
    allegro.fault("scan_slow", times=1, params={"seconds": 600})
    api.put_invoice_file(form_id, api.add_invoice(form_id, file_name="a.pdf", number="1"), PDF)
    assert [one.scan for one in api.invoices(form_id)] == ["WAITING"]
    with pytest.raises(ScanRunning):
        api.add_invoice(form_id, file_name="b.pdf", number="2")


def test_price_lists_and_rules_are_read(api: AllegroApi, shop: Allegro) -> None:
    assert any("allegro-sk" in one.marketplaces for one in api.shipping_rates())
    assert api.offer_rules("101") == ()
