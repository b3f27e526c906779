"""A worker that dies and an answer that is lost, at every step: the value arrives once and nothing is left open."""

from __future__ import annotations

import pytest

from allegro_integration.models import OfferCommand
from connectify.sync.models import Change
from tests.allegro_services.offers.stall import Stall, offer

SENDING = ("P3.s07.intent", "P3.s08.sent", "P3.s09.applied", "P3.s10.answered")
SETTLING = ("P3.s11.command_polled", "P3.s12.read_back", "P3.s13.confirmed")


def wants(stall: Stall, count: int) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", count)
    stall.forget()


@pytest.mark.parametrize("point", ["P3.s05.diff_and_guard", "P3.s06.planned", *SENDING])
def test_a_worker_dies_while_a_quantity_is_sent(stall: Stall, point: str) -> None:
    wants(stall, 7)
    with stall.dying_at(point):
        stall.turn()
    stall.settle()
    assert stall.shown("101")[1] == 7
    assert stall.changes("101") == [("offer.quantity", "confirmed")]
    assert stall.stands("101") == ("sent", "")


@pytest.mark.parametrize("point", SETTLING)
def test_a_worker_dies_while_a_report_is_read(stall: Stall, point: str) -> None:
    wants(stall, 7)
    stall.turn()
    stall.pass_time()
    with stall.dying_at(point):
        stall.turn()
    stall.settle()
    assert stall.writes() == []
    assert stall.changes("101") == [("offer.quantity", "confirmed")]
    assert stall.stands("101") == ("sent", "")


@pytest.mark.parametrize("point", SENDING)
def test_a_worker_dies_while_an_offer_is_ended(stall: Stall, point: str) -> None:
    wants(stall, 0)
    with stall.dying_at(point):
        stall.turn()
    stall.settle()
    assert stall.shown("101")[0] == "ENDED"
    assert stall.changes("101") == [("offer.end", "confirmed")]


@pytest.mark.parametrize("point", ["P3.s08.sent", "P3.s10.answered"])
def test_what_arrived_before_the_worker_died_is_not_sent_again(stall: Stall, point: str) -> None:
    wants(stall, 7)
    with stall.dying_at("P3.s10.answered"):
        stall.turn()
    stall.settle()
    assert stall.writes() == []
    assert OfferCommand.objects.get().state == "done"
    assert Change.objects.get().evidence == "lookup"


def test_a_command_that_was_applied_without_an_answer_is_found_by_its_id(stall: Stall) -> None:
    wants(stall, 7)
    stall.site.fault("apply_then_timeout", target="/sale/offer-quantity", times=1, params={"seconds": 0})
    assert stall.turn()["offers.apply"].outcome == "retry"
    assert (Change.objects.get().state, OfferCommand.objects.get().state) == ("unknown", "unknown")
    stall.settle()
    assert stall.writes() == []
    assert (stall.shown("101")[1], Change.objects.get().state) == (7, "confirmed")


def test_a_command_that_never_arrived_goes_again_as_another_one(stall: Stall) -> None:
    wants(stall, 7)
    stall.site.fault("timeout_before", target="PUT /sale/offer-quantity", times=1, params={"seconds": 0})
    stall.turn()
    assert OfferCommand.objects.get().state == "unknown"
    stall.settle()
    assert stall.writes() == ["PUT /sale/offer-quantity-change-commands"]
    assert sorted(OfferCommand.objects.values_list("state", flat=True)) == ["done", "lost"]
    assert (Change.objects.get().state, Change.objects.get().attempt) == ("confirmed", 2)


@pytest.mark.parametrize("count", [0, 3])
def test_an_edit_that_was_applied_without_an_answer_is_found_at_the_offer(stall: Stall, count: int) -> None:
    stall.sell(offer("101") if not count else offer("101", status="ENDED", ended_by="EMPTY_STOCK", stock=0))
    stall.card("KOD101", 0)
    if count:
        stall.settle()
        stall.card("KOD101", count)
    stall.site.fault("apply_then_timeout", target="PATCH /sale/product-offers", times=1, params={"seconds": 0})
    stall.turn()
    assert Change.objects.get().state == "unknown"
    stall.settle()
    assert stall.writes() == []
    assert Change.objects.get().state == "confirmed"
    assert stall.shown("101")[:2] == (("ACTIVE", 3) if count else ("ENDED", 0))


def test_an_edit_that_never_arrived_goes_again(stall: Stall) -> None:
    wants(stall, 0)
    stall.site.fault("timeout_before", target="PATCH /sale/product-offers", times=1, params={"seconds": 0})
    stall.turn()
    stall.settle()
    assert stall.writes() == ["PATCH /sale/product-offers"]
    assert (stall.shown("101")[0], Change.objects.get().attempt) == ("ENDED", 2)


def test_an_edit_that_is_only_accepted_is_followed_to_its_end(stall: Stall) -> None:
    wants(stall, 0)
    stall.site.control("PUT", "settings", {"patch_202": 1.0})
    try:
        stall.turn()
        assert Change.objects.get().state == "intent"
        stall.settle()
    finally:
        stall.site.control("PUT", "settings", {"patch_202": 0.0})
    assert stall.shown("101")[0] == "ENDED"
    assert stall.changes("101") == [("offer.end", "confirmed")]


def test_a_command_that_cannot_be_sent_or_read_keeps_no_other_waiting(stall: Stall) -> None:
    stall.sell(*(offer(str(number)) for number in (101, 102, 103)))
    for number, count in ((101, 7), (102, 8), (103, 9)):
        stall.card(f"KOD{number}", count)
    stall.site.fault("timeout_before", target="PUT /sale/offer-quantity", times=1, params={"seconds": 0})
    assert stall.turn()["offers.apply"].outcome == "ok"
    assert sorted(OfferCommand.objects.values_list("state", flat=True)) == ["accepted", "accepted", "unknown"]
    assert 0 < stall.due_in_s() <= 30
    stall.pass_time()
    stall.site.fault("http_500", target="GET /sale/offer-quantity", times=1)
    stall.turn()
    stall.settle()
    assert [stall.shown(str(number))[1] for number in (101, 102, 103)] == [7, 8, 9]
