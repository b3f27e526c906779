"""What Allegro refuses, cannot take now, or takes and does not show: each offer alone, in Allegro's words."""

from __future__ import annotations

from allegro_integration.client.commands import CommandCalls
from allegro_integration.client.errors import Refused
from allegro_integration.models import CommandItem, OfferCommand
from connectify.domain.change import ChangeState
from connectify.sync import changes
from connectify.sync.models import Change
from tests.allegro_services.offers.stall import Stall, offer


def both(stall: Stall, first: int, second: int) -> None:
    stall.sell(offer("101"), offer("102"))
    stall.card("KOD101", first)
    stall.card("KOD102", second)


def change(stall: Stall, offer_id: str, **facts: object) -> Change:
    return Change.objects.filter(subject_id=stall.offer(offer_id).pk, **facts).latest("revision")


def test_one_failed_offer_of_a_command_is_refused_alone(stall: Stall) -> None:
    both(stall, 9, 9)
    stall.site.fault("command_fail", target="101", params={"code": "OfferDefect", "message": "Chybí výrobce"})
    stall.settle()
    assert (stall.shown("101")[1], stall.shown("102")[1]) == (5, 9)
    refused = change(stall, "101")
    assert (refused.state, refused.detail) == ("refused", "Chybí výrobce")
    row = stall.offer("101")
    assert (row.state, row.code) == ("error", "offer_refused")
    assert row.params == {"message": "Chybí výrobce", "field": "quantity"}
    outcomes = dict(CommandItem.objects.values_list("offer__offer_id", "outcome"))
    assert outcomes == {"101": "FAIL", "102": "SUCCESS"}


def test_what_was_refused_goes_again_only_with_another_value_or_by_a_person(stall: Stall) -> None:
    both(stall, 9, 5)
    stall.site.fault("command_fail", target="101", times=1, params={"code": "X", "message": "ne"})
    stall.settle()
    stall.set(most=500)
    stall.settle()
    assert stall.writes() == []
    changes.retry_by_person(change(stall, "101").pk, actor=None)
    stall.settle()
    assert (stall.shown("101")[1], stall.stands("101")) == (9, ("sent", ""))
    stall.site.fault("command_fail", target="101", times=1, params={"code": "X", "message": "ne"})
    stall.card("KOD101", 11)
    stall.settle()
    stall.card("KOD101", 12)
    stall.settle()
    assert stall.shown("101")[1] == 12


def test_a_stock_that_must_drop_and_is_refused_ends_the_offer_instead(stall: Stall) -> None:
    stall.sell(offer("101", defect={"code": "MissingProducer", "message": "Chybí výrobce"}))
    stall.card("KOD101", 2)
    stall.settle()
    assert stall.shown("101")[0] == "ENDED"
    end = change(stall, "101", kind="offer.end")
    assert (end.state, end.trace[-1]["code"]) == ("confirmed", "ends_because_refused")
    # Coming back is refused for the same reason, once.
    assert stall.changes("101") == [
        ("offer.quantity", "refused"),
        ("offer.end", "confirmed"),
        ("offer.restart", "refused"),
    ]
    assert stall.stands("101") == ("error", "offer_refused")
    stall.settle()
    assert stall.writes() == []


def test_ending_instead_can_be_switched_off(stall: Stall) -> None:
    stall.set(end_when_refused=False)
    both(stall, 2, 5)
    stall.site.fault("command_fail", target="101", times=1, params={"code": "X", "message": "ne"})
    stall.settle()
    assert stall.shown("101")[:2] == ("ACTIVE", 5)
    assert stall.stands("101") == ("error", "offer_refused")


def test_an_end_that_an_old_fault_of_the_offer_blocks_goes_as_a_command(stall: Stall) -> None:
    stall.sell(offer("101", defect={"code": "MissingProducer", "message": "Chybí výrobce"}))
    stall.card("KOD101", 0)
    stall.settle()
    states = [(one.kind, one.state) for one in Change.objects.order_by("revision")]
    assert states == [("offer.end", "refused"), ("offer.end", "confirmed")]
    assert stall.shown("101")[0] == "ENDED"


def test_an_edit_in_progress_makes_this_offer_wait_ever_longer_and_no_other(stall: Stall) -> None:
    both(stall, 0, 0)
    stall.site.fault("edit_in_progress", target="101", times=2)
    stall.turn()
    waiting = change(stall, "101")
    assert (waiting.state, waiting.code) == ("planned", "edit_in_progress")
    first = stall.offer("101")
    assert first.refusals == 1
    assert 50 < (first.not_before - waiting.intent_at).total_seconds() < 70
    assert stall.shown("102")[0] == "ENDED"
    stall.forget()
    stall.turn()
    assert stall.writes() == []
    stall.pass_time()
    stall.turn()
    assert 170 < (stall.offer("101").not_before - change(stall, "101").intent_at).total_seconds() < 190
    stall.settle()
    assert (stall.shown("101")[0], stall.offer("101").refusals) == ("ENDED", 0)


def test_a_price_that_a_campaign_holds_is_said_and_not_fought(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.site.control("PUT", "settings", {"campaign_base": "old"})
    stall.site.control("POST", "offers/101", {"campaign": {"price": "199"}})
    stall.card("KOD101", 5, "259")
    try:
        stall.settle()
        held = change(stall, "101", kind="offer.price")
        assert (held.state, held.code) == ("confirmed", "held_by_allegro")
        assert held.proof["sent"] == "259.00 CZK"
        assert stall.stands("101") == ("sent", "held_by_allegro")
        stall.set(most=900)
        stall.settle()
        assert stall.writes() == []
    finally:
        stall.site.control("PUT", "settings", {"campaign_base": "set"})


def test_an_offer_that_is_gone_is_put_aside_and_asked_for_no_more(stall: Stall) -> None:
    both(stall, 0, 0)
    stall.turn()
    stall.sell(offer("102", status="ENDED", stock=0, ended_by="EMPTY_STOCK"))
    stall.card("KOD101", 4)
    stall.settle()
    assert stall.stands("101") == ("superseded", "offer_gone")
    assert change(stall, "101").state in (ChangeState.REFUSED, ChangeState.CONFIRMED)
    stall.card("KOD101", 5)
    stall.settle()
    assert stall.writes() == []


def test_a_command_refused_as_a_whole_is_tried_offer_by_offer(stall: Stall, monkeypatch) -> None:
    both(stall, 9, 9)
    put, refused = CommandCalls.put_quantity_command, []

    def refuse_101(self, command, *, value, offers, on_sent=None):
        if "101" in offers:
            refused.append(list(offers))
            raise Refused("bad offer", errors=(), user_message="Nabídka 101 není vaše")
        put(self, command, value=value, offers=offers, on_sent=on_sent)

    monkeypatch.setattr(CommandCalls, "put_quantity_command", refuse_101)
    stall.settle()
    assert sorted(map(sorted, refused), key=len) == [["101"], ["101", "102"]]
    assert (stall.shown("102")[1], stall.stands("101")) == (9, ("error", "offer_refused"))


def test_a_task_that_is_missing_in_the_report_is_decided_by_what_the_offer_shows(stall: Stall) -> None:
    both(stall, 9, 9)
    stall.site.fault("tasks_missing", params={"offers": ["101"]})
    stall.settle()
    assert {one.state for one in Change.objects.all()} == {"confirmed"}
    assert stall.writes() == ["PUT /sale/offer-quantity-change-commands"]


def test_a_report_that_never_ends_is_given_up_after_its_deadline(stall: Stall) -> None:
    both(stall, 9, 5)
    stall.site.fault("command_never_completes", times=1, params={"applied": True})
    stall.turn()
    for _ in range(4):
        stall.pass_time()
        stall.turn()
    command = OfferCommand.objects.get()
    assert (command.state, command.polls) == ("accepted", 4)
    assert 55 < (command.next_poll_at - command.accepted_at).total_seconds() < 120
    OfferCommand.objects.update(deadline_at=command.accepted_at)
    stall.settle()
    assert (OfferCommand.objects.get().state, Change.objects.get().state) == ("done", "confirmed")
    assert Change.objects.get().evidence == "lookup"


def test_a_late_report_is_asked_for_at_2_5_15_and_then_every_60_seconds(stall: Stall) -> None:
    both(stall, 9, 5)
    stall.site.fault("report_late", times=1, params={"reads": 5})
    stall.turn()
    waits = []
    for _ in range(5):
        before = OfferCommand.objects.get()
        waits.append(round((before.next_poll_at - before.accepted_at).total_seconds()) if not waits else None)
        stall.pass_time()
        stall.turn()
    assert waits[0] == 2
    stall.settle()
    assert (OfferCommand.objects.get().state, stall.shown("101")[1]) == ("done", 9)
