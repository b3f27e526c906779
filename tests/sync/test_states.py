"""States of directions, and the services of instances that move them."""

import pytest

from connectify.audit.models import Event
from connectify.domain.errors import Rejected
from connectify.instances.models import Instance, InstancePeriod
from connectify.instances.selectors import armed_directions, is_armed
from connectify.instances.services import (
    arm,
    create_connection,
    create_instance,
    disarm,
    pause,
    resume,
    save_settings,
    set_period,
)
from connectify.sync.models import DirectionState
from connectify.sync.states import good, set_state
from tests.factories import UserFactory
from tests.seen import audit_of

State = DirectionState.State


@pytest.fixture
def person(inside):
    return UserFactory()


@pytest.fixture
def instance(person):
    source, target = (create_connection(kind="test.kind", name=name, actor=person) for name in ("from", "to"))
    return create_instance(name="CZ", source=source, target=target, interval_s=300, settings={}, actor=person)


def state(instance):
    return DirectionState.objects.get(instance=instance, direction="orders").state


def actions(instance):
    return [entry.action for entry in audit_of("instance", instance.pk)]


def test_since_moves_and_an_event_is_recorded_only_when_state_or_cause_change(instance):
    first = set_state(instance=instance, direction="orders", state=State.WAITING_AGENT, code="offline")
    same = set_state(
        instance=instance, direction="orders", state=State.WAITING_AGENT, code="offline", params={"minutes": 5}
    )
    assert (same.since, same.params) == (first.since, {"minutes": 5})
    other = set_state(instance=instance, direction="orders", state=State.WAITING_AGENT, code="revoked")
    assert (other.since >= first.since, other.params) == (True, {})
    events = Event.objects.filter(type="direction.state_changed", object_id=instance.pk).order_by("sequence")
    assert [(event.data["before"], event.data["state"], event.data["code"]) for event in events] == [
        ("not_armed", "waiting_agent", "offline"),
        ("waiting_agent", "waiting_agent", "revoked"),
    ]


def test_a_good_cycle_leaves_its_time_and_the_state_alone(instance):
    set_state(instance=instance, direction="orders", state=State.HELD)
    good(instance=instance, direction="orders")
    row = DirectionState.objects.get(instance=instance, direction="orders")
    assert (row.state, row.last_good_at is None) == (State.HELD, False)


def test_a_new_instance_is_armed_for_nothing_and_opens_its_first_period(instance):
    assert armed_directions(instance) == []
    [period] = InstancePeriod.objects.all()
    assert (period.role, period.active, period.until) == ("primary", True, None)
    assert actions(instance) == ["instance.created"]


def test_arming_and_disarming_are_audited_once_each_and_seen_in_the_state(instance, person):
    for _ in range(2):
        arm(instance=instance, direction="orders", actor=person)
    assert (is_armed(instance, "orders"), is_armed(instance, "offers"), state(instance)) == (True, False, State.OK)
    for _ in range(2):
        disarm(instance=instance, direction="orders", actor=person)
    assert (is_armed(instance, "orders"), state(instance)) == (False, State.NOT_ARMED)
    assert actions(instance) == ["instance.created", "direction.armed", "direction.disarmed"]


def test_a_pause_is_seen_in_every_armed_direction_and_ends_the_active_period(instance, person):
    arm(instance=instance, direction="orders", actor=person)
    for _ in range(2):
        pause(instance=instance, actor=person, reason="stocktaking")
    assert (state(instance), Instance.objects.get().paused_at is None) == (State.PAUSED, False)
    for _ in range(2):
        resume(instance=instance, actor=person)
    assert (state(instance), Instance.objects.get().paused_at) == (State.OK, None)
    periods = [(period.active, period.until is None) for period in InstancePeriod.objects.all()]
    assert sorted(periods) == [(False, False), (True, False), (True, True)]
    assert actions(instance) == ["instance.created", "direction.armed", "instance.paused", "instance.resumed"]


def test_a_direction_armed_during_a_pause_waits_for_its_end(instance, person):
    pause(instance=instance, actor=person)
    arm(instance=instance, direction="orders", actor=person)
    assert state(instance) == State.PAUSED
    resume(instance=instance, actor=person)
    assert state(instance) == State.OK


def test_settings_are_versions_and_two_people_do_not_overwrite_each_other(instance, person):
    saved = save_settings(instance=instance, settings={"series": "24"}, actor=person, read_version=1)
    assert saved.settings_version == 2
    assert save_settings(instance=instance, settings={"series": "24"}, actor=person).settings_version == 2
    with pytest.raises(Rejected, match="settings_changed"):
        save_settings(instance=instance, settings={"series": "25"}, actor=person, read_version=1)
    assert Instance.objects.get().settings == {"series": "24"}
    entry = audit_of("instance", instance.pk)[-1]
    assert (entry.before["version"], entry.after) == (1, {"version": 2, "settings": {"series": "24"}})


def test_an_unchanged_period_stays_open(instance):
    set_period(instance=instance, role="primary", active=True)
    assert InstancePeriod.objects.count() == 1
    set_period(instance=instance, role="secondary", active=True)
    assert InstancePeriod.objects.filter(until__isnull=True).get().role == "secondary"
