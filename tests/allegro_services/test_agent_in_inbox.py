"""What the inbox says of a unit's agent after the unit's turn: one still to be set up stands behind real errors."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db.models.functions import Now

from connectify.dashboard.inbox import InboxGroup, all_groups
from connectify.sync.quarantine import put
from pohoda_bridge.server.models import Agent
from pohoda_bridge.server.selectors import DOWN_AFTER, agent_status
from tests.allegro_services.cycles import UNIT, Town

LATE, DOWN = DOWN_AFTER - dt.timedelta(minutes=1), DOWN_AFTER + dt.timedelta(minutes=1)


def after_a_turn(town: Town, **agent: Any) -> list[InboxGroup]:
    """The inbox where a record that was refused waits as well."""
    Agent.objects.update(**agent)
    order, instance = str(uuid.uuid4()), town.shop.market.instance
    put(instance=instance, subject_kind="order", subject_key=order, code="pohoda_refused", params={})
    town.turn(UNIT)
    return all_groups()


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        ({"state": Agent.State.REVOKED}, "no_agent"),
        ({"last_seen_at": None}, "agent_never_seen"),
        ({"last_seen_at": Now() - LATE}, "agent_silent"),
    ],
)
def test_an_agent_to_be_set_up_or_late_waits_behind_what_was_refused(town: Town, agent: dict[str, Any], code: str):
    groups = after_a_turn(town, **agent)
    assert [(group.codes, group.tone) for group in groups] == [(("pohoda_refused",), "bad"), ((code,), "wait")]
    assert agent_status(town.shop.market.unit).tone == "wait"


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        ({"last_seen_at": Now() - DOWN}, "agent_silent"),
        ({"state": Agent.State.STANDBY}, "agent_standby"),
    ],
)
def test_an_agent_that_worked_and_does_not_any_more_is_an_error(town: Town, agent: dict[str, Any], code: str):
    tones = {group.codes: group.tone for group in after_a_turn(town, **agent)}
    assert tones == {("pohoda_refused",): "bad", (code,): "bad"}
    assert agent_status(town.shop.market.unit).tone == "bad"


def test_one_that_came_back_after_the_turn_is_no_error_any_more(town: Town):
    after_a_turn(town, last_seen_at=Now() - DOWN)
    Agent.objects.update(last_seen_at=Now())
    assert {group.codes: group.tone for group in all_groups()}[("agent_silent",)] == "wait"
