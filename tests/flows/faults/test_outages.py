"""The agent's computer off, mServer off, a backup put back: orders wait or a person is called; nothing is doubled."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.flows.town import NEIGHBOUR, Town

pytestmark = [pytest.mark.processes, pytest.mark.timeout(150)]


def test_orders_wait_for_an_agent_that_is_away_for_an_hour_and_then_all_go_once(town: Town) -> None:
    town.world.supervisor.stop("agent")
    town.platform.run("UPDATE pohoda_agent SET last_seen_at = now() - interval '1 hour'")
    orders = town.buy(3, seed=41)
    town.until_state("waiting_agent", "agent_silent")
    for form_id in orders:
        order = town.until_waits(form_id, "queued")
        assert (order["state"], order["change"], order["attempt"]) == ("waiting", "planned", 0)
    said = dt.datetime.fromisoformat(town.platform.direction()["params"]["since"])
    assert dt.datetime.now(dt.UTC) - said >= dt.timedelta(minutes=59)
    neighbours = town.buy_one(seller=NEIGHBOUR, seed=42)
    town.until(lambda: town.others_orders()[neighbours] == 1, "the neighbour's order arrives")
    assert not set(orders) & set(town.created())

    town.world.supervisor.start_all([town.world.agent()])
    town.until_settled(*orders)
    town.until_state("ok", "")
    assert [town.created()[form_id] for form_id in orders] == [1, 1, 1]
    assert [town.platform.order(form_id)["attempt"] for form_id in orders] == [1, 1, 1]


def test_orders_wait_for_an_mserver_that_is_off_and_go_when_it_is_on(town: Town) -> None:
    town.world.control("pohoda", "POST", "config", {"enabled": False})
    orders = town.buy(2, seed=43)
    town.until_state("waiting_pohoda", "mserver_off")
    for form_id in orders:
        order = town.until_waits(form_id, "mserver_off")
        assert (order["state"], order["change"]) == ("waiting", "planned")
    assert [town.platform.tasks(form_id) for form_id in orders] == [[], []]

    town.world.control("pohoda", "POST", "config", {"enabled": True})
    town.until_settled(*orders)
    town.until_state("ok", "")
    assert [town.created()[form_id] for form_id in orders] == [1, 1]


def look_again(town: Town) -> None:
    """The hours after which a confirmed order is looked up again are over."""
    town.platform.run("UPDATE sync_link SET confirmed_at = now() - interval '1 day' WHERE kind = 'order'")


def until_missing(town: Town, form_id: str) -> None:
    town.until_waits(form_id, "missing_in_pohoda")
    order = town.platform.order(form_id)
    assert (order["state"], order["change"]) == ("error", "confirmed")
    (task,) = town.platform.tasks(form_id)
    assert (task["code"], task["state"]) == ("missing_in_pohoda", "open")
    assert task["params"]["pohoda_number"] == order["pohoda_number"]
    looks = [event for event in town.platform.story(form_id) if event["type"] == "order.looked_up"]
    assert [look["data"]["found"] for look in looks[-2:]] == [[], []]


def test_an_order_that_a_restored_backup_lost_calls_a_person_and_is_not_made_again(town: Town) -> None:
    kept = town.buy_one(seed=44)
    town.until_settled(kept)
    town.world.control("pohoda", "POST", "backup", {"name": "night"})
    lost = town.buy_one(seed=45)
    town.until_settled(lost)

    town.world.control("pohoda", "POST", "restore", {"name": "night"})
    look_again(town)
    until_missing(town, lost)
    assert town.platform.order(kept)["state"] == "sent"
    later = town.buy_one(seed=46)
    town.until_settled(later)
    # Pohoda forgot that it ever gave this number out, and gave it to the next order.
    assert town.platform.order(later)["pohoda_number"] == town.platform.order(lost)["pohoda_number"]
    numbers = {order["extId"] for order in town.world.control("pohoda", "GET", "orders")["orders"]}
    assert {kept, later} <= numbers
    assert lost not in numbers
    assert town.created()[lost] == 1


def test_an_order_that_the_accountant_deleted_calls_a_person_and_is_not_made_again(town: Town) -> None:
    form_id = town.buy_one(seed=47)
    town.until_settled(form_id)
    orders = town.world.control("pohoda", "GET", "orders")["orders"]
    (record,) = [order["id"] for order in orders if order["extId"] == form_id]
    town.world.control("pohoda", "DELETE", f"rows/OBJ/{record}")
    look_again(town)
    until_missing(town, form_id)
    assert town.created()[form_id] == 1


def test_the_neighbour_noticed_nothing_of_any_outage(town: Town) -> None:
    assert set(town.others_orders().values()) == {1}
    assert {change["data"]["state"] for change in town.neighbour.state_changes()} <= {"ok", "waiting_agent"}
    assert town.neighbour.open_tasks() == []
