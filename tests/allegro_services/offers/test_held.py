"""What a guard holds is shown with its cause and goes only when a person says so."""

from __future__ import annotations

import pytest

from allegro_integration.services.offers import planning
from allegro_integration.services.offers.held import approve, held_groups, reject
from connectify.audit.models import AuditEntry
from connectify.clock import now
from connectify.domain.change import Evidence
from connectify.sync import many
from connectify.sync.models import Change
from tests.allegro_services.offers.stall import Stall, offer
from tests.factories import UserFactory


def crowd(stall: Stall, count: int = 0, price: str = "249", of: int = 20, changed: int = 20) -> None:
    numbers = range(101, 101 + of)
    stall.sell(*(offer(str(number)) for number in numbers))
    for number in numbers:
        is_changed = number < 101 + changed
        stall.card(f"KOD{number}", count if is_changed else 5, price if is_changed else "249")


def test_a_price_jump_waits_for_a_person_who_is_named(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", 5, "24900")
    stall.settle()
    assert stall.shown("101")[2] == "249.00"
    assert stall.stands("101") == ("waiting", "price_jump")
    assert stall.state() == ("held", "offers_held")
    (group,) = held_groups()
    assert (group.code, group.count, group.instance_id) == ("price_jump", 1, stall.instance.pk)
    assert (group.params["price"], group.params["before"]) == ("24900.00", "249.00")
    user = UserFactory()
    assert approve(group.key, actor=user) == 1
    stall.settle()
    assert stall.shown("101")[2] == "24900.00"
    entry = AuditEntry.objects.get(action="offers.approved")
    assert (entry.actor, entry.after["code"], entry.after["count"]) == (user, "price_jump", 1)
    assert (held_groups(), stall.state()[0]) == ([], "ok")


def test_what_was_approved_is_not_held_again_by_the_next_plan(stall: Stall) -> None:
    from connectify.instances.services import arm, disarm

    stall.sell(offer("101"))
    stall.card("KOD101", 5, "24900")
    stall.settle()
    disarm(instance=stall.instance, direction="offers", actor=None)
    approve(held_groups()[0].key, actor=None)
    stall.card("KOD101", 5, "24900")
    stall.turn()
    assert stall.changes("101") == [("offer.price", "planned")]
    arm(instance=stall.instance, direction="offers", actor=None)
    stall.settle()
    assert stall.shown("101")[2] == "24900.00"


def test_what_was_approved_stays_so_when_it_could_not_be_sent(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", 5, "24900")
    stall.settle()
    approve(held_groups()[0].key, actor=None)
    ids = [change.pk for change in Change.objects.all()]
    many.begin_many(ids, epoch=1)
    many.back_to_planned_many(ids, evidence=Evidence.NOT_SENT, code="not_sent", detail="", retry_in_s=0)
    stall.card("KOD101", 5, "24900")
    stall.settle()
    assert (held_groups(), stall.shown("101")[2]) == ([], "24900.00")


def test_what_was_rejected_stays_away_until_the_value_changes(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", 5, "24900")
    stall.settle()
    assert reject(held_groups()[0].key, actor=None) == 1
    stall.card("KOD101", 5, "24900")
    stall.settle()
    assert (held_groups(), stall.stands("101")) == ([], ("waiting", "rejected_by_person"))
    assert AuditEntry.objects.filter(action="offers.rejected").count() == 1
    stall.card("KOD101", 5, "25900")
    stall.settle()
    assert len(held_groups()) == 1
    stall.card("KOD101", 5, "249")
    stall.settle()
    assert (held_groups(), stall.stands("101")) == ([], ("sent", ""))


def test_a_hold_ends_by_itself_when_its_cause_is_gone(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", 5, "24900")
    stall.settle()
    stall.card("KOD101", 5, "259")
    stall.settle()
    assert stall.shown("101")[2] == "259.00"
    assert [state for _, state in stall.changes("101")] == ["superseded", "confirmed"]


def test_all_stock_at_zero_ends_nothing_by_itself(stall: Stall) -> None:
    crowd(stall)
    stall.settle()
    assert stall.writes() == []
    (group,) = held_groups()
    assert (group.code, group.count) == ("mass_zero", 20)
    assert group.params["percent"] == "100"
    approve(group.key, actor=None)
    stall.settle()
    assert {stall.shown(str(number))[0] for number in range(101, 121)} == {"ENDED"}


def test_a_mass_hold_is_not_lifted_bit_by_bit_by_small_plans(stall: Stall) -> None:
    crowd(stall)
    stall.settle()
    for number in (101, 102, 103):
        stall.card(f"KOD{number}", 0, reservation=0)
        stall.settle()
    assert Change.objects.filter(state="held", code="mass_zero").count() == 20
    assert stall.writes() == []


def test_a_mass_hold_ends_when_the_stock_is_back(stall: Stall) -> None:
    crowd(stall)
    stall.settle()
    for number in range(101, 117):
        stall.card(f"KOD{number}", 5)
    stall.settle()
    assert held_groups() == []
    ended = [number for number in range(101, 121) if stall.shown(str(number))[0] == "ENDED"]
    assert ended == [117, 118, 119, 120]


def test_many_prices_that_move_far_wait_the_others_go(stall: Stall) -> None:
    crowd(stall, count=5, price="349", changed=5)
    stall.card("KOD110", 5, "259")
    stall.settle()
    assert [(group.code, group.count) for group in held_groups()] == [("mass_price", 5)]
    assert stall.shown("110")[2] == "259.00"


def test_the_guards_of_the_whole_account_judge_all_batches_together(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "BATCH", 3)
    monkeypatch.setattr(planning, "BATCHES_PER_CYCLE", 2)
    crowd(stall, changed=12)
    stall.settle()
    assert stall.writes() == []
    (group,) = held_groups()
    assert (group.code, group.count, group.params["count"], group.params["percent"]) == ("mass_zero", 12, "12", "60")
    assert stall.offer("101").params["count"] == "12"
    assert {stall.stands(str(number)) for number in range(113, 121)} == {("sent", "")}


def test_a_jump_counts_among_the_moving_prices_whatever_holds_it_first(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "BATCH", 5)
    crowd(stall, count=5, price="349", changed=2)  # two of twenty would be no mass
    for number in (110, 111):
        stall.card(f"KOD{number}", 5, "2490")
    stall.settle()
    assert {(group.code, group.count) for group in held_groups()} == {("mass_price", 2), ("price_jump", 2)}
    assert stall.writes() == []


def test_what_batches_hold_until_all_are_planned_goes_when_it_is_no_mass(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "BATCH", 3)
    monkeypatch.setattr(planning, "BATCHES_PER_CYCLE", 2)
    crowd(stall, changed=5)
    stall.turn()
    assert stall.writes() == []
    stall.settle()
    assert held_groups() == []
    ended = [number for number in range(101, 121) if stall.shown(str(number))[0] == "ENDED"]
    assert ended == [101, 102, 103, 104, 105]
    assert stall.stands("101") == ("sent", "")


def test_a_worker_that_dies_between_batches_lets_no_mass_through(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "BATCH", 4)
    crowd(stall)
    with stall.dying_at("P3.s06.planned"):
        stall.turn()
    assert {code for _, code in map(stall.stands, map(str, range(101, 121)))} == {"", "mass_zero"}
    stall.settle()
    assert stall.writes() == []
    assert [(group.code, group.count) for group in held_groups()] == [("mass_zero", 20)]


def test_a_card_counted_in_another_unit_waits_for_a_person(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", 5)
    stall.settle()
    stall.card("KOD101", 60, measure="bal")
    stall.settle()
    (group,) = held_groups()
    assert (group.code, group.params) == ("unit_of_measure_changed", {"code": "KOD101", "before": "ks", "after": "bal"})
    approve(group.key, actor=None)
    stall.settle()
    stall.card("KOD101", 61, measure="bal")
    stall.settle()
    assert (stall.shown("101")[1], held_groups()) == (61, [])


def test_what_is_held_after_the_page_was_shown_is_not_decided_with_it(stall: Stall) -> None:
    stall.sell(offer("101"), offer("102"), offer("103"))
    stall.card("KOD101", 5, "24900")
    stall.card("KOD102", 5, "24900")
    stall.card("KOD103", 5)
    stall.settle()
    (shown,) = held_groups()
    stall.card("KOD102", 5, "1")
    stall.card("KOD103", 5, "1")
    stall.settle()
    assert (shown.count, held_groups()[0].count) == (2, 3)

    assert approve(shown.key, actor=None) == 1
    stall.settle()
    assert [stall.shown(number)[2] for number in ("101", "102", "103")] == ["24900.00", "249.00", "249.00"]
    assert approve(shown.key, actor=None) == reject(shown.key, actor=None) == 0
    assert reject(held_groups()[0].key, actor=None) == 2


def test_a_key_that_holds_nothing_moves_nothing(stall: Stall) -> None:
    assert approve("nonsense", actor=None) == reject(f"{stall.instance.pk}:price_jump", actor=None) == 0
    assert approve(f"{stall.instance.pk}:price_jump:{now().isoformat()}", actor=None) == 0
    assert AuditEntry.objects.filter(action__startswith="offers.").count() == 0
