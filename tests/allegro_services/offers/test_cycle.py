"""From a stock card to what the buyer sees: whole cycles against the sandbox."""

from __future__ import annotations

import datetime as dt

import pytest

from allegro_integration.services.offers import choosing
from connectify.instances.services import disarm
from connectify.sync.models import Change
from tests.allegro_services.offers.stall import Stall, offer


def test_a_quantity_and_a_price_go_out_and_are_confirmed(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", 7, "259")
    stall.settle()
    assert stall.shown("101") == ("ACTIVE", 7, "259.00")
    assert stall.stands("101") == ("sent", "")
    assert stall.changes("101") == [("offer.price", "confirmed"), ("offer.quantity", "confirmed")]
    row = stall.offer("101")
    assert (row.confirmed_quantity, row.confirmed_prices) == (
        7,
        {"allegro-cz": {"amount": "259.00", "currency": "CZK"}},
    )


def test_what_is_the_same_on_both_sides_is_left_alone(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101")
    stall.turn()
    assert stall.writes() == []
    assert stall.stands("101") == ("sent", "")
    assert stall.changes("101") == []


def test_an_unchanged_second_cycle_reads_the_journal_and_writes_nothing(stall: Stall) -> None:
    stall.sell(offer("101"), offer("102"))
    stall.card("KOD101", 7, "259")
    stall.card("KOD102", 0)
    stall.settle()
    stall.forget()
    stall.absorbed()
    stall.turn()
    assert stall.requests() == ["GET /sale/offer-events"]


def test_offers_of_one_value_share_a_command(stall: Stall) -> None:
    stall.sell(*(offer(str(number)) for number in range(101, 106)))
    for number in range(101, 106):
        stall.card(f"KOD{number}", 7 if number < 104 else 9)
    stall.settle()
    assert stall.writes() == ["PUT /sale/offer-quantity-change-commands"] * 2
    assert {stall.shown(str(number))[1] for number in range(101, 106)} == {7, 9}


def test_each_new_value_is_sent_once_however_many_offers_change_both(stall: Stall) -> None:
    """G4: writes are at most the distinct new values."""
    numbers = range(101, 113)
    stall.sell(*(offer(str(number)) for number in numbers))
    for number in numbers:
        stall.card(f"KOD{number}", 7 if number % 2 else 9, "259" if number % 3 else "269")
    stall.settle()
    assert len(stall.writes()) == 4
    assert {stall.shown(str(number))[1:] for number in numbers} == {
        (7, "259.00"), (7, "269.00"), (9, "259.00"), (9, "269.00"),
    }  # fmt: skip


def test_nothing_left_ends_the_offer_and_new_pieces_bring_it_back_at_the_new_price(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", 0)
    stall.settle()
    assert stall.shown("101")[:2] == ("ENDED", 0)
    assert stall.writes() == ["PATCH /sale/product-offers"]
    stall.card("KOD101", 3, "299")
    stall.settle()
    assert stall.shown("101") == ("ACTIVE", 3, "299.00")
    assert stall.writes() == ["PATCH /sale/product-offers"]
    assert stall.changes("101")[-2:] == [("offer.price", "confirmed"), ("offer.restart", "confirmed")]
    assert stall.offer("101").ended_by_us is False


@pytest.mark.parametrize("is_patient", [True, False])
def test_a_price_waits_a_moment_for_an_offer_whose_pieces_go_first_and_no_longer(
    stall: Stall, monkeypatch: pytest.MonkeyPatch, is_patient: bool
) -> None:
    """So that a value is sent once; but an offer whose pieces change all the time delays nobody else's price."""
    if not is_patient:
        monkeypatch.setattr(choosing, "PATIENCE", dt.timedelta(0))
    stall.sell(offer("101"), offer("102"))
    stall.turn()
    stall.card("KOD101", 7, "259")
    stall.card("KOD102", 5, "259")
    stall.turn()
    sent = [*["PUT /sale/offer-price-change-commands"] * (not is_patient), "PUT /sale/offer-quantity-change-commands"]
    assert sorted(stall.writes()) == sent
    stall.settle()
    assert stall.shown("101")[1:] == (7, "259.00")
    assert stall.shown("102")[1:] == (5, "259.00")
    assert stall.writes() == ["PUT /sale/offer-price-change-commands"]


def test_many_sold_out_end_by_one_command(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "ENDS_BY_EDIT", 10)
    numbers = range(101, 116)
    stall.sell(*(offer(str(number)) for number in range(101, 161)))
    for number in range(101, 161):
        stall.card(f"KOD{number}", 0 if number in numbers else 5)
    stall.settle()
    assert stall.writes() == ["PUT /sale/offer-publication-commands"]
    assert {stall.shown(str(number))[0] for number in numbers} == {"ENDED"}
    stall.card("KOD101", 2)
    stall.settle()
    assert stall.shown("101")[:2] == ("ACTIVE", 2)


def test_an_offer_that_its_seller_ended_stays_ended_and_says_so(stall: Stall) -> None:
    stall.sell(offer("101", status="ENDED", ended_by="USER"))
    stall.card("KOD101", 5)
    stall.settle()
    assert stall.stands("101") == ("skipped", "offer_ended_by_seller")
    assert (stall.writes(), stall.changes("101")) == ([], [])


def test_an_offer_that_was_sold_out_before_we_came_comes_back(stall: Stall) -> None:
    """The list does not say who ended it; its detail does."""
    stall.sell(offer("101", status="ENDED", ended_by="EMPTY_STOCK", stock=0))
    stall.card("KOD101", 5)
    stall.settle()
    assert stall.shown("101")[:2] == ("ACTIVE", 5)


def test_the_secondary_markets_price_goes_with_the_primary_and_only_it(stall: Stall) -> None:
    second = stall.second_market(
        "allegro-sk", price_steps=[{"step": "from_level", "level": "Internet"},
                                   {"step": "to_currency", "currency": "EUR", "rate": "25"}],
    )  # fmt: skip
    stall.sell(offer("101", prices={"allegro-cz": "249.00", "allegro-sk": "9.00"}))
    stall.card("KOD101", 5, "250")
    stall.settle()
    assert stall.at_allegro("101")["prices"]["allegro-sk"] == "10.00"
    assert stall.shown("101") == ("ACTIVE", 5, "250.00")
    owners = set(Change.objects.filter(kind="offer.price").values_list("content__marketplace", "instance"))
    assert owners == {("allegro-cz", stall.instance.pk), ("allegro-sk", second.pk)}


def test_nothing_is_written_before_it_is_armed_and_the_plan_is_there(stall: Stall) -> None:
    disarm(instance=stall.instance, direction="offers", actor=None)
    stall.sell(offer("101"))
    stall.card("KOD101", 7)
    stall.forget()
    stall.turn(2)
    assert stall.writes() == []
    assert stall.changes("101") == [("offer.quantity", "planned")]
    assert (stall.stands("101"), stall.offer("101").wanted_quantity) == (("waiting", ""), 7)
    assert stall.state()[0] == "not_armed"


def test_a_newer_plan_replaces_what_waits(stall: Stall) -> None:
    disarm(instance=stall.instance, direction="offers", actor=None)
    stall.sell(offer("101"))
    stall.card("KOD101", 7)
    stall.turn()
    stall.card("KOD101", 8)
    stall.turn()
    assert stall.changes("101") == [("offer.quantity", "superseded"), ("offer.quantity", "planned")]
    stall.card("KOD101", 5)
    stall.turn()
    assert stall.changes("101") == [("offer.quantity", "superseded")] * 2
    assert stall.stands("101") == ("sent", "")


def test_settings_that_moved_plan_every_offer_anew(stall: Stall) -> None:
    stall.sell(offer("101"), offer("102"))
    stall.card("KOD101")
    stall.card("KOD102")
    stall.settle()
    stall.set(safety_stock=2)
    stall.settle()
    assert {stall.shown("101")[1], stall.shown("102")[1]} == {3}


def test_each_value_says_where_it_comes_from(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", 7, reservation=2)
    stall.turn()
    row = stall.offer("101")
    assert row.trace["quantity"][0] == {
        "code": "stock_after_reservation",
        "params": {"store": "HLAVNI", "code": "KOD101", "count": "7", "reservation": "2", "available": "5"},
    }
    assert row.trace["price:allegro-cz"][0]["code"] == "price_from_level"
