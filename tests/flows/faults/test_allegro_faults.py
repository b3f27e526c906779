"""Allegro refuses, stumbles, repeats itself or forgets: the direction says so, goes on by itself, and loses nothing."""

from __future__ import annotations

import pytest

from allegro_integration.demo import scenario
from allegro_integration.demo.world import SELLER
from tests.flows.acts import act
from tests.flows.town import NEIGHBOUR, Town

pytestmark = [pytest.mark.processes, pytest.mark.timeout(150)]


def effects(town: Town, kind: str, key: str = "") -> list[dict]:
    entries = town.world.applied("allegro")
    return [entry for entry in entries if entry["kind"] == kind and key in ("", entry["key"])]


def found_by(town: Town, form_id: str) -> str:
    return str(town.platform.rows("SELECT found_by FROM allegro_inboxform WHERE form_id = %s", form_id)[0]["found_by"])


@pytest.mark.parametrize(
    ("fault", "params", "code"),
    [
        ("http_503", {}, "allegro_down"),
        ("http_429", {"retry_after": 1}, "throttled"),
        ("html_200", {}, "unreadable_answer"),
        ("truncated_json", {}, "unreadable_answer"),
    ],
)
def test_a_stumbling_allegro_is_named_and_waited_for(town: Town, fault: str, params: dict, code: str) -> None:
    scenario.fault(town.world, "allegro", fault, target=SELLER, params=params)
    form_id = town.buy_one()
    town.until_state("waiting_allegro", code)
    neighbours = town.buy_one(seller=NEIGHBOUR)
    town.until(lambda: town.others_orders()[neighbours] == 1, "the neighbour's order arrives")
    assert town.platform.order(form_id) == {}

    town.clear("allegro")
    town.until_settled(form_id)
    town.until_state("ok", "")
    assert town.created()[form_id] == 1


def test_an_expired_token_is_renewed_once_and_nobody_notices(town: Town) -> None:
    rotated, states = len(effects(town, "token.rotated", SELLER)), len(town.platform.state_changes())
    town.world.control("allegro", "POST", "tokens/expire", {"seller": SELLER})
    form_id = town.buy_one()
    town.until_settled(form_id)
    assert len(effects(town, "token.rotated", SELLER)) == rotated + 1
    assert len(town.platform.state_changes()) == states
    assert effects(town, "token.refused", SELLER) == []


def test_a_withdrawn_consent_calls_a_person_and_resumes_at_the_cursor(town: Town) -> None:
    before = town.buy_one()
    town.until_settled(before)
    town.world.control("allegro", "POST", "tokens/revoke", {"seller": SELLER})
    town.until_state("needs_reauth", "reauth")
    cursor = town.platform.account()["journal_cursor"]
    orders = town.buy(2)
    neighbours = town.buy_one(seller=NEIGHBOUR)
    town.until(lambda: town.others_orders()[neighbours] == 1, "the neighbour's order arrives")
    assert town.platform.account()["journal_cursor"] == cursor
    assert town.platform.account()["needs_reauth_since"] is not None

    act(town.world, "sign_in_again", tenant=str(town.platform.tenant), seller=SELLER)
    town.until_settled(*orders)
    town.until_state("ok", "")
    assert town.platform.account()["needs_reauth_since"] is None
    assert [town.created()[form_id] for form_id in (before, *orders)] == [1, 1, 1]
    stored = town.platform.rows("SELECT count(*) AS n, count(DISTINCT event_id) AS different FROM allegro_journalevent")
    assert stored[0]["n"] == stored[0]["different"] > 0


def test_an_order_that_the_journal_never_mentions_is_found_by_the_sweep(town: Town) -> None:
    form_id = town.buy_one(until="BOUGHT")
    scenario.fault(town.world, "allegro", "journal_gap", target=SELLER, times=2)
    town.pay(form_id)
    town.until_settled(form_id)
    silent = town.buy_one(until="BOUGHT")
    form = {**town.form(form_id), "id": silent}
    town.clear("allegro")

    unheard = {**form, "id": f"{silent[:-4]}cafe", "fulfillment": {"status": "NEW"}}
    unheard["lineItems"] = [{**line, "id": f"{line['id'][:-4]}cafe"} for line in unheard["lineItems"]]
    town.put_form(unheard, event="none")
    town.until_settled(unheard["id"])
    assert found_by(town, unheard["id"]) == "sweep"
    assert town.created()[unheard["id"]] == 1


def test_events_twice_and_out_of_order_make_each_order_once(town: Town) -> None:
    scenario.fault(town.world, "allegro", "journal_duplicate", target=SELLER, times=6)
    scenario.fault(town.world, "allegro", "journal_disorder", target=SELLER, times=3)
    orders = town.buy(4)
    town.until_settled(*orders)
    town.clear("allegro")
    assert [town.created()[form_id] for form_id in orders] == [1, 1, 1, 1]


def test_a_status_whose_answer_is_lost_is_looked_up_and_not_set_again(town: Town) -> None:
    town.until(lambda: not unset_statuses(town), "no earlier order's status takes the fault")
    scenario.fault(
        town.world, "allegro", "apply_then_timeout", target=SELLER, times=1, params={"seconds": 1}
    )  # writes alone
    form_id = town.buy_one()
    town.until_settled(form_id)
    town.until(lambda: fulfilment(town, form_id)["state"] == "confirmed", "the status is known to be set")
    assert fulfilment(town, form_id)["evidence"] == "lookup"
    assert [one["data"]["status"] for one in effects(town, "fulfillment.set", form_id)] == ["PROCESSING"]


def unset_statuses(town: Town) -> list[dict]:
    return town.platform.rows(
        "SELECT id FROM sync_change WHERE kind = 'order.fulfillment' AND state IN ('planned', 'intent', 'unknown')"
    )


def fulfilment(town: Town, form_id: str) -> dict:
    found = town.platform.rows(
        "SELECT state, evidence, code FROM sync_change WHERE kind = 'order.fulfillment' AND content->>'form_id' = %s",
        form_id,
    )
    return found[0] if found else {"state": ""}


def test_the_neighbour_noticed_nothing_of_any_fault(town: Town) -> None:
    assert set(town.others_orders().values()) == {1}
    assert {change["data"]["state"] for change in town.neighbour.state_changes()} <= {"ok", "waiting_agent"}
    assert effects(town, "token.refused", NEIGHBOUR) == []
