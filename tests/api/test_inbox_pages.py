"""The inbox page by page: the walk ends and each group comes once, while time goes on and groups change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models.functions import Now

from connectify import clock
from connectify.dashboard import inbox
from connectify.dashboard.explanations import Explained
from connectify.instances.models import Connection
from connectify.sync.models import DirectionState, Quarantined
from connectify.tenants.context import tenant_scope
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.models import Agent
from tests.api.world import NOW, Company, Program

ENOUGH = 40  # pages: several times as many as there are groups


@pytest.fixture
def spare(toys: Company) -> Agent:
    """The unit has a spare agent and no active one; no direction has met it yet."""
    with tenant_scope(toys.shop.tenant.pk):
        DirectionState.objects.filter(state="waiting_agent").delete()
        unit = toys.czech.unit
        agent = Agent.objects.create(unit=unit, host="UCETNI-PC", public_key=b"x", state=Agent.State.STANDBY)
        Agent.objects.filter(pk=agent.pk).update(last_seen_at=Now())
        agent.refresh_from_db()
    return agent


def walk(program: Program, meanwhile: Callable[[int], None] = lambda _turn: None) -> Iterator[dict[str, Any]]:
    """Page by page, an hour apart."""
    address = "inbox/?limit=1"
    for turn in range(ENOUGH):
        with clock.fixed(NOW + dt.timedelta(hours=turn)):
            page = program.get(address).json()
        yield from page["data"]
        if page["next"] is None:
            return
        address = page["next"]
        meanwhile(turn)
    raise AssertionError("the inbox has no end")


def name_of(group: dict[str, Any]) -> tuple[str, tuple[str, ...], str]:
    return group["source"], tuple(group["codes"]), group["place"]


def test_a_unit_with_a_spare_agent_alone_does_not_keep_a_walk_from_its_end(
    toys: Company, program: Program, spare: Agent
) -> None:
    groups = list(walk(program))
    found = [name_of(group) for group in groups]
    assert len(found) == len(set(found)) >= 3
    codes = [group["codes"][0] for group in groups]
    assert {"agent_standby", "unmapped_delivery"} <= set(codes)
    (standby,) = [group for group in groups if group["codes"] == ["agent_standby"]]
    assert dt.datetime.fromisoformat(standby["since"]) == spare.enrolled_at


def test_since_is_no_time_of_looking(toys: Company, program: Program, spare: Agent) -> None:
    """Also of what has no moment of its own: the offer that was never planned waits as long as its account is there."""
    before = program.get("inbox/").json()
    with clock.fixed(NOW + dt.timedelta(days=1)):
        assert program.get("inbox/").json() == before
    (unlinked,) = [group for group in before["data"] if group["codes"] == ["offer_not_linked"]]
    (account,) = toys.rows(Connection, kind="allegro.account")
    assert dt.datetime.fromisoformat(unlinked["since"]) == account.created_at


def test_groups_that_records_join_and_leave_come_once(toys: Company, program: Program) -> None:
    """Their keys name what was shown, so these change; their places do not."""

    def put_aside(turn: int) -> None:
        """One more of each cause, and the first one of each gone; the export that is held was read once more."""
        with tenant_scope(toys.shop.tenant.pk):
            for code in ("form_not_read", "form_too_large"):
                rows = Quarantined.objects.filter(code=code).order_by("first_seen_at")
                if turn >= 0:
                    rows.filter(pk=rows[0].pk).update(state=Quarantined.State.SOLVED)
                Quarantined.objects.create(
                    instance=toys.czech.instance, subject_kind="form", subject_key=f"{code}:{turn}", code=code,
                    first_seen_at=NOW + dt.timedelta(minutes=turn),
                )  # fmt: skip
            held = {"held_at": NOW, "held_code": "export_shorter", "held_params": {"records": str(turn)}}
            MirrorRead.objects.filter(agenda="stock").update(**held)

    put_aside(-2)
    put_aside(-1)
    found = [name_of(group) for group in walk(program, put_aside)]
    assert len(found) == len(set(found))
    assert {codes for _source, codes, _place in found} >= {("form_not_read",), ("form_too_large",), ("export_shorter",)}


class Moving:
    """Groups whose oldest record goes, or is joined by an older one, each time somebody looks."""

    def __init__(self) -> None:
        self.looks = 0

    def find(self) -> list[inbox.InboxGroup]:
        self.looks += 1
        why = Explained("mass_zero", "Many offers would end.")
        return [
            inbox.InboxGroup("moving", f"k/{number}/{self.looks}", why, f"place {number}", "offers",
                             NOW - dt.timedelta(minutes=(number * 7 + self.looks * 5) % 11), 1, identity=str(number))
            for number in range(8)
        ]  # fmt: skip

    def act(self, key: str, act: str, actor: object) -> int:
        return 0


def test_a_group_keeps_its_place_whatever_happens_to_its_oldest_record(program: Program, monkeypatch) -> None:
    monkeypatch.setattr(inbox, "_sources", {"moving": Moving()})
    assert sorted(group["place"] for group in walk(program)) == [f"place {number}" for number in range(8)]
