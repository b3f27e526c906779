"""Instances, runs, offers and the inbox for programs."""

from __future__ import annotations

import base64
import datetime as dt
import json

import pytest

from allegro_integration.models import Offer
from connectify.audit.models import AuditEntry
from connectify.dashboard import inbox
from connectify.dashboard.explanations import Explained
from connectify.instances.services import pause
from connectify.sync.models import Run
from connectify.tenants.context import tenant_scope
from tests.api.world import NOW, Company, Program


def test_an_instance_tells_each_directions_state_and_whose_turn_it_is(toys: Company, program: Program) -> None:
    czech, slovak = program.get("instances/").json()["data"]
    assert program.get(f"instances/{czech['id']}/").json() == czech
    orders = czech["directions"][0]
    assert (orders["direction"], orders["state"], orders["armed"], orders["freshness"]) == (
        "orders",
        "ok",
        True,
        "fresh",
    )
    waits = slovak["directions"][0]
    assert (waits["state"], waits["armed"], waits["freshness"]) == ("waiting_agent", False, "down")
    assert waits["cause"]["code"] == "agent_silent"
    assert waits["cause"]["params"] == {"host": "UCETNI-PC"}
    assert "UCETNI-PC" in waits["cause"]["title"]
    assert waits["since"] == "2026-11-23T10:13:00Z"


def test_a_paused_instance_says_so_in_each_direction(toys: Company, program: Program) -> None:
    with tenant_scope(toys.shop.tenant.pk):
        pause(instance=toys.czech.instance, actor=toys.shop.owner)
    found = program.get(f"instances/{toys.instance}/").json()
    assert found["paused_at"] is not None
    assert {(one["state"], one["freshness"]) for one in found["directions"]} == {("paused", "unknown")}


def test_runs_are_found_by_instance_pipeline_and_outcome(toys: Company, program: Program) -> None:
    assert len(program.get("runs/").json()["data"]) == len(toys.rows(Run)) == 2
    assert len(program.get(f"runs/?instance={toys.instance}").json()["data"]) == 2
    (failed,) = program.get("runs/?outcome=retry").json()["data"]
    assert (failed["pipeline"], failed["cause"]["code"]) == ("allegro.offers", "allegro_down")
    (good,) = program.get("runs/?pipeline=allegro.journal").json()["data"]
    assert (good["cause"], good["counts"]) == (None, {"events": 3})


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", ["7700000001", "7700000002"]),
        ("state=error", ["7700000002"]),
        ("code=offer_not_linked", ["7700000002"]),
        ("external_id=KOD-Dvorak", ["7700000001"]),
        ("search=kod-", ["7700000001"]),
        ("search=77000", ["7700000001", "7700000002"]),
        ("state=sent", []),
    ],
)
def test_offers_are_found_by_their_filters(program: Program, query: str, numbers: list[str]) -> None:
    assert [row["offer_id"] for row in program.get(f"offers/?{query}").json()["data"]] == numbers


def test_offers_come_page_by_page(toys: Company, program: Program) -> None:
    page = program.get(f"offers/?limit=1&instance={toys.instance}").json()
    assert program.get(page["next"]).json()["data"][0]["offer_id"] == "7700000002"
    assert program.get(page["next"]).json()["next"] is None


def test_one_offer_explains_each_value(toys: Company, program: Program) -> None:
    offer = toys.rows(Offer, offer_id="7700000001")[0]
    found = program.get(f"offers/{offer.pk}/").json()
    quantity, *prices = found["values"]
    assert (quantity["field"], quantity["wanted"], quantity["shown"], quantity["differs"]) == ("quantity", 5, 3, True)
    assert quantity["reasons"][0]["code"] == "stock_count"
    assert quantity["reasons"][0]["params"] == {"code": "KOD-Dvorak", "count": "5"}
    assert [one["field"] for one in prices] == ["price:allegro-cz", "price:allegro-sk"]
    assert prices[0]["wanted"] == {"amount": "249.00", "currency": "CZK"}
    assert prices[0]["differs"] is False
    assert [(one["field"], one["cause"]["code"]) for one in found["skips"]] == [
        ("price:allegro-sk", "offer_not_linked")
    ]
    assert [(one["kind"], one["state"], one["content"]) for one in found["changes"]] == [
        ("offer.quantity", "planned", {"quantity": 5})
    ]


def test_an_offer_is_read_and_planned_again(toys: Company, program: Program) -> None:
    offer = toys.rows(Offer, offer_id="7700000002")[0]
    assert program.post(f"offers/{offer.pk}/resync/", {"reason": "nová karta"}).status_code == 200
    offer = toys.rows(Offer, offer_id="7700000002")[0]
    assert (offer.needs_reading, offer.needs_plan) == (True, True)
    (entry,) = toys.rows(AuditEntry, action="offer.resynced")
    assert (entry.via, entry.reason) == ("api:Sklad", "nová karta")


class Basket:
    """A source with one group of three records, one of which can be acted on alone."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, str]] = []

    def find(self) -> list[inbox.InboxGroup]:
        approve = (inbox.Act("approve", "Approve"),)
        record = inbox.InboxRecord("7700000001", key="one/7700000001", acts=approve)
        why = Explained("mass_zero", "Many offers would end.")
        group = inbox.InboxGroup("basket", "whole/1", why, "Allegro", "offers", NOW, 3, (record,), acts=approve)
        return [group]

    def act(self, key: str, act: str, actor: object) -> int:
        self.done.append((key, act, str(actor)))
        return 3 if key.startswith("whole") else 1


@pytest.fixture
def basket(monkeypatch) -> Basket:
    found = Basket()
    monkeypatch.setitem(inbox._sources, "basket", found)
    return found


def test_the_inbox_has_what_waits_by_cause(toys: Company, program: Program, basket: Basket) -> None:
    groups = program.get("inbox/").json()["data"]
    (ours,) = [group for group in groups if group["source"] == "basket"]
    assert (ours["key"], ours["count"], ours["cause"]["code"]) == ("whole/1", 3, "mass_zero")
    assert ours["acts"] == [{"name": "approve", "label": "Approve"}]
    assert [record["key"] for record in ours["records"]] == ["one/7700000001"]
    unmapped = [group for group in groups if "unmapped_delivery" in group["codes"]]
    assert [group["count"] for group in unmapped] == [1]


class Shelf:
    """As many groups as asked for, of which many came at one moment; `find` gives them in no order."""

    def __init__(self, count: int) -> None:
        self.count = count

    def find(self) -> list[inbox.InboxGroup]:
        why = Explained("mass_zero", "Many offers would end.")
        return [
            inbox.InboxGroup("shelf", f"k/{number}", why, "Allegro", "offers", NOW - dt.timedelta(minutes=number // 3),
                             1, tone=inbox.TONES[number % 3])
            for number in sorted(range(self.count), key=lambda one: one * 7 % 11)
        ]  # fmt: skip

    def act(self, key: str, act: str, actor: object) -> int:
        return 0


def test_the_inbox_comes_in_pages_that_go_on_behind_the_last_group(program: Program, monkeypatch) -> None:
    shelf = Shelf(10)
    monkeypatch.setattr(inbox, "_sources", {"shelf": shelf})
    whole = program.get("inbox/").json()
    assert (len(whole["data"]), whole["next"]) == (10, None)
    tones = [group["tone"] for group in whole["data"]]
    assert tones == sorted(tones, key=inbox.TONES.index)
    found, address = [], "inbox/?limit=3"
    while address:
        page = program.get(address).json()
        assert len(page["data"]) == min(3, 10 - len(found))
        found += page["data"]
        address = page["next"]
    assert found == whole["data"]
    second = program.get("inbox/?limit=3").json()["next"]
    shelf.count = 12  # what comes meanwhile shifts nothing that is left
    rest = [group["key"] for group in program.get(second.replace("limit=3", "limit=200")).json()["data"]]
    assert [key for key in rest if key in {group["key"] for group in found}] == [group["key"] for group in found[3:]]


@pytest.mark.parametrize(
    "place",
    [["0", "shelf"], ["x", "shelf", "k"], ["0", NOW.isoformat(), "shelf", "k"], "x"],
)
def test_a_cursor_that_is_none_is_refused(program: Program, place: object) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    found = program.get(f"inbox/?cursor={cursor}")
    assert (found.status_code, found.json()["errors"][0]["field"]) == (400, "cursor")


def test_an_act_moves_a_group_or_one_of_its_records(toys: Company, program: Program, basket: Basket) -> None:
    assert program.post("inbox/basket/whole/1/approve/").json() == {"moved": 3}
    assert program.post("inbox/basket/one/7700000001/approve/").json() == {"moved": 1}
    who = str(toys.shop.owner)
    assert basket.done == [("whole/1", "approve", who), ("one/7700000001", "approve", who)]


@pytest.mark.parametrize("address", ["nobody/whole/1/approve", "basket/whole/2/approve", "basket/whole/1/delete"])
def test_what_the_inbox_does_not_offer_does_not_exist(program: Program, basket: Basket, address: str) -> None:
    assert program.post(f"inbox/{address}/").status_code == 404
    assert basket.done == []
