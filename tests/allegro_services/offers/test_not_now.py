"""What Allegro could not do just then: it says nothing against the offer or the value, so the same value goes again."""

from __future__ import annotations

from typing import Final

import pytest

from allegro_integration.models import OfferCommand
from connectify.sync.models import Change
from tests.allegro_services.offers.stall import Stall, offer

NOT_NOW: Final = {"code": "SERVICE_UNAVAILABLE", "message": "Try again"}


@pytest.mark.parametrize(("pieces", "price"), [(9, "249"), (5, "259"), (4, "249")])
def test_a_value_that_allegro_could_not_take_just_then_goes_again(stall: Stall, pieces: int, price: str) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", pieces, price)
    stall.site.fault("command_fail", times=1, params=NOT_NOW)
    stall.settle()
    assert stall.shown("101") == ("ACTIVE", pieces, f"{price}.00")
    tried = Change.objects.get()
    assert (tried.state, tried.attempt) == ("confirmed", 2)
    assert stall.stands("101") == ("sent", "")


def test_what_allegro_cannot_take_for_long_is_tried_ever_later_and_says_so(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", 9)
    stall.site.fault("command_fail", params=NOT_NOW)
    waits = []
    for _ in range(6):
        stall.turn()
        waiting = Change.objects.get()
        if waiting.state == "planned":
            failed_at = OfferCommand.objects.latest("settled_at").settled_at
            waits.append(round((waiting.next_at - failed_at).total_seconds()))
            assert (waiting.code, waiting.detail) == ("allegro_down", "Try again")
        stall.pass_time()
    # At once the first time.
    assert waits == [30, 60]
    stall.site.control("DELETE", "faults")
    stall.settle()
    assert (stall.shown("101")[1], stall.stands("101")) == (9, ("sent", ""))


def test_a_stock_that_must_drop_is_tried_three_times_and_then_ends_the_offer(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", 2)
    stall.site.fault("command_fail", times=3, params=NOT_NOW)
    stall.settle()
    kinds = [(one.kind, one.state, one.attempt) for one in Change.objects.order_by("revision")]
    assert kinds == [("offer.quantity", "refused", 3), ("offer.end", "confirmed", 1), ("offer.restart", "confirmed", 1)]
    assert stall.shown("101")[:2] == ("ACTIVE", 2)


def test_a_stock_that_must_drop_is_tried_on_where_offers_are_not_to_end(stall: Stall) -> None:
    stall.set(end_when_refused=False)
    stall.sell(offer("101"))
    stall.card("KOD101", 2)
    stall.site.fault("command_fail", times=4, params=NOT_NOW)
    stall.settle()
    assert stall.shown("101")[:2] == ("ACTIVE", 2)
    assert [(one.state, one.attempt) for one in Change.objects.all()] == [("confirmed", 5)]


def test_a_command_that_meets_an_edit_in_progress_makes_this_offer_wait_and_goes_again(stall: Stall) -> None:
    stall.sell(offer("101"), offer("102"))
    stall.card("KOD101", 9)
    stall.card("KOD102", 9)
    stall.site.fault("edit_in_progress", target="101", times=1)
    stall.turn()
    stall.pass_time()
    stall.turn()
    waiting = Change.objects.get(subject_id=stall.offer("101").pk)
    assert (waiting.state, waiting.code) == ("planned", "edit_in_progress")
    assert 50 < (stall.offer("101").not_before - waiting.intent_at).total_seconds() < 80
    assert stall.shown("102")[1] == 9
    stall.settle()
    assert (stall.shown("101")[1], stall.stands("101")) == (9, ("sent", ""))


def test_an_offer_that_allegro_could_not_bring_back_just_then_is_brought_back_later(stall: Stall) -> None:
    stall.sell(offer("101", status="ENDED", stock=0, ended_by="EMPTY_STOCK"))
    stall.card("KOD101", 4)
    code = "AvailableStockMustEqualToOneOrBeGreaterThanOne"
    stall.site.control("POST", "offers/101", {"defect": {"code": code, "message": "Brak sztuk"}})
    for _ in range(3):
        stall.turn()
        stall.pass_time()
    waiting = Change.objects.get(subject_id=stall.offer("101").pk)
    assert (waiting.kind, waiting.state, waiting.code) == ("offer.restart", "planned", "allegro_down")
    stall.site.control("POST", "offers/101", {"defect": None})
    stall.settle()
    assert stall.shown("101")[:2] == ("ACTIVE", 4)
