"""Whatever comes back from Pohoda instead of an answer: the order is there exactly once, and its story says why."""

from __future__ import annotations

import pytest

from allegro_integration.demo import scenario
from allegro_integration.demo.world import ICO
from tests.flows.acts import act
from tests.flows.town import NEIGHBOUR, Town

pytestmark = [pytest.mark.processes, pytest.mark.timeout(150)]

# Pohoda did it, and its answer cannot be believed: looked up, found, not sent again.
DONE = {
    "not_well_formed": "unknown:not_well_formed",
    "truncated": "unknown:not_well_formed",
    "empty_body": "unknown:empty",
    "bad_cp1250_byte": "unknown:not_well_formed",
    "wrong_ico": "unknown:wrong_unit",
    "wrong_item_id": "unknown:other_item",
    "missing_item": "unknown:item_missing",
    "double_item": "unknown:extra_item",
    "pack_ok_item_missing_id": "unknown:no_id",
    "apply_then_timeout": "unknown:",
}
# Something that is no answer came, and Pohoda did nothing: looked up, not found, sent once more.
NOT_DONE = {
    "html_200": "unknown:html",
    "plain_text_200": "unknown:not_xml",
    "http_408": "unknown:http_408",
    "http_503": "unknown:http_503",
}
REFUSED = "item_error_empty_body"
FINE = "item_ok_pack_error"


@pytest.fixture(scope="module")
def struck(town: Town) -> dict[str, str]:
    """Orders by the fault that struck the answer to their import; all at once, as on a bad day."""
    names = [*DONE, *NOT_DONE, FINE, REFUSED]
    orders = dict(zip(names, town.buy(len(names), seed=21, until="BOUGHT"), strict=True))
    for name, form_id in orders.items():
        town.strike_import(form_id, name, **({"seconds": 1} if name == "apply_then_timeout" else {}))
    for form_id in orders.values():
        town.pay(form_id)
    town.until_settled(*(form_id for name, form_id in orders.items() if name != REFUSED))
    return orders


@pytest.mark.parametrize("name", DONE)
def test_an_order_whose_answer_cannot_be_believed_is_looked_up_and_found(
    town: Town, struck: dict[str, str], name: str
) -> None:
    form_id = struck[name]
    (first,) = town.platform.outcomes(form_id)
    assert first.startswith(DONE[name])
    order = town.platform.order(form_id)
    assert (order["state"], order["code"], order["change"], order["attempt"]) == ("sent", "", "confirmed", 1)
    types = [event["type"] for event in town.platform.story(form_id)]
    assert types.index("order.unknown") < types.index("order.looked_up") < types.index("order.confirmed")
    assert town.created()[form_id] == 1


@pytest.mark.parametrize("name", NOT_DONE)
def test_an_order_that_pohoda_never_saw_is_sent_again_after_a_lookup(
    town: Town, struck: dict[str, str], name: str
) -> None:
    form_id = struck[name]
    first, second = town.platform.outcomes(form_id)
    assert first.startswith(NOT_DONE[name])
    assert second == "imported"
    assert town.platform.order(form_id)["attempt"] == 2
    assert town.created()[form_id] == 1


def test_a_good_item_inside_a_pack_in_error_counts_and_leaves_an_alarm(town: Town, struck: dict[str, str]) -> None:
    form_id = struck[FINE]
    assert town.platform.outcomes(form_id) == ["imported"]
    (answered,) = [event for event in town.platform.story(form_id) if event["type"] == "order.answered"]
    assert "chybě" in answered["data"]["outcome"]["alarm"]
    assert town.created()[form_id] == 1


def test_a_refused_order_waits_alone_for_a_person_who_sends_it_again(town: Town, struck: dict[str, str]) -> None:
    form_id = struck[REFUSED]
    order = town.until_waits(form_id, "pohoda_refused")
    assert (order["state"], order["change"]) == ("error", "refused")
    (task,) = town.platform.tasks(form_id)
    assert (task["code"], task["state"]) == ("pohoda_refused", "open")
    assert task["payload_id"] is not None
    assert town.created()[form_id] == 0

    act(town.world, "try_again", tenant=str(town.platform.tenant), order=str(order["id"]))
    town.until_settled(form_id)
    assert town.created()[form_id] == 1
    assert [task["state"] for task in town.platform.tasks(form_id)] == ["solved"]


def test_single_bad_answers_never_stop_the_direction(town: Town, struck: dict[str, str]) -> None:
    assert town.platform.directions() == {("ok", "")}
    assert set(town.created().values()) == {1}


def test_a_user_without_the_right_to_import_is_one_outage_with_a_cure(town: Town) -> None:
    town.world.control("pohoda", "POST", "config", {"import_right": False})
    orders = town.buy(3, seed=22)
    town.until_state("waiting_pohoda", "mserver_denied")
    for form_id in orders:
        order = town.until_waits(form_id, "denied")
        assert (order["state"], order["change"]) == ("waiting", "planned")
        assert "právo" in order["params"]["detail"]
    assert [town.platform.tasks(form_id) for form_id in orders] == [[], [], []]

    town.world.control("pohoda", "POST", "config", {"import_right": True})
    town.until_settled(*orders)
    town.until_state("ok", "")
    assert [town.created()[form_id] for form_id in orders] == [1, 1, 1]


def test_a_pack_refused_for_its_user_is_no_refusal_of_the_order(town: Town) -> None:
    form_id = town.buy_one(seed=23, until="BOUGHT")
    town.strike_import(form_id, "denied", times=3)
    town.pay(form_id)
    town.until_settled(form_id)
    assert town.platform.outcomes(form_id) == [*["not_sent:denied"] * 3, "imported"]
    assert town.platform.tasks(form_id) == []
    assert town.created()[form_id] == 1


def test_another_unit_in_mserver_freezes_the_direction_until_the_right_one_is_back(town: Town) -> None:
    town.world.control("pohoda", "POST", "config", {"ico": "87654321"})
    form_id = town.buy_one(seed=24)
    town.until_state("frozen", "wrong_unit")
    town.until_waits(form_id, "wrong_unit")
    since = town.platform.direction()["since"]
    neighbours = town.buy_one(seller=NEIGHBOUR, seed=25)
    town.until(lambda: town.others_orders()[neighbours] == 1, "the neighbour's order arrives")
    assert town.platform.direction()["since"] == since

    town.world.control("pohoda", "POST", "config", {"ico": ICO})
    town.until_settled(form_id)
    town.until_state("ok", "")
    assert town.created()[form_id] == 1


def test_an_mserver_that_answers_for_another_unit_gets_no_order_and_freezes_the_direction(town: Town) -> None:
    scenario.fault(town.world, "pohoda", "wrong_ico")
    form_id = town.buy_one()
    town.until_state("frozen", "wrong_unit")
    order = town.until_waits(form_id, "wrong_unit")
    assert (order["state"], order["change"]) == ("waiting", "planned")
    assert town.created()[form_id] == 0

    town.clear("pohoda")
    town.until_settled(form_id)
    town.until_state("ok", "")
    assert town.created()[form_id] == 1


def test_the_neighbour_noticed_nothing(town: Town) -> None:
    bought = town.buy(2, seller=NEIGHBOUR, seed=26)
    town.until(lambda: all(town.others_orders()[form_id] == 1 for form_id in bought), "the neighbour's orders arrive")
    assert set(town.others_orders().values()) == {1}
    assert not set(town.others_orders()) & set(town.created())
    assert {change["data"]["state"] for change in town.neighbour.state_changes()} <= {"ok", "waiting_agent"}
    assert town.neighbour.open_tasks() == []
