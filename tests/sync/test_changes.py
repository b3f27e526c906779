"""The change ledger's services: what replaces what, and what each step rests on."""

import uuid

import pytest

from connectify.domain.change import ChangeState, Evidence, ForbiddenEdge
from connectify.instances.services import arm, disarm, pause, resume
from connectify.sync import changes, killswitch
from connectify.sync.directions import UnknownKind
from connectify.sync.models import Change
from connectify.tenants.context import NoTenant, tenant_scope
from tests.factories import InstanceFactory, UserFactory
from tests.seen import audit_of

pytestmark = pytest.mark.usefixtures("clean_registries")

S, E = ChangeState, Evidence
RESOURCE = uuid.UUID(int=7)


@pytest.fixture
def instance(inside):
    return InstanceFactory()


def plan(instance, content=None, key="order-1", **more):
    return changes.plan_change(
        instance=instance,
        kind="test.write",
        key=key,
        subject_kind="thing",
        subject_id=uuid.UUID(int=1),
        resource_kind="test.resource",
        resource_id=RESOURCE,
        content=content or {"value": "1"},
        **more,
    )


def to_do(limit=10):
    found = changes.to_do(resource_kind="test.resource", resource_id=RESOURCE, kinds=["test.write"], limit=limit)
    return [change.key for change in found]


def test_planning_twice_under_one_key_leaves_one_change_with_the_latest_content(instance):
    first = plan(instance, {"value": "1"}, trace=["a"])
    again = plan(instance, {"value": "2"}, trace=["b"])
    assert again.pk == first.pk
    assert (again.content, again.trace, again.state) == ({"value": "2"}, ["b"], S.PLANNED)
    assert Change.objects.count() == 1


def test_an_older_revision_never_replaces_a_newer_one(instance):
    plan(instance, {"value": "2"}, revision=5)
    assert plan(instance, {"value": "1"}, revision=4).content == {"value": "2"}


def test_a_kind_that_nobody_registered_is_refused(instance):
    with pytest.raises(UnknownKind):
        changes.plan_change(
            instance=instance, kind="unheard.of", key="k", subject_kind="thing", subject_id=RESOURCE,
            resource_kind="test.resource", resource_id=RESOURCE, content={},
        )  # fmt: skip


def test_money_cannot_enter_a_change_as_a_float(instance):
    with pytest.raises(TypeError):
        plan(instance, {"price": 3.49})


def test_a_change_under_way_keeps_its_content(instance):
    change = plan(instance)
    changes.begin(change.pk, epoch=1)
    again = plan(instance, {"value": "2"})
    assert (again.state, again.content) == (S.INTENT, {"value": "1"})


def test_an_intent_counts_an_attempt_and_carries_the_epoch(instance):
    begun = changes.begin(plan(instance).pk, epoch=9)
    assert (begun.state, begun.attempt, begun.epoch) == (S.INTENT, 1, 9)
    assert begun.intent_at is not None


def test_an_intent_cannot_be_begun_twice(instance):
    change = changes.begin(plan(instance).pk, epoch=1)
    with pytest.raises(ForbiddenEdge):
        changes.begin(change.pk, epoch=1)


def test_an_unknown_change_goes_nowhere_without_a_lookup(instance):
    change = changes.begin(plan(instance).pk, epoch=1)
    changes.mark_unknown(change.pk, code="timeout", detail="60 s")
    for evidence in (E.NONE, E.ANSWER, E.NOT_SENT, E.PERSON, E.NEW_CONTENT):
        with pytest.raises(ForbiddenEdge):
            changes.confirm(change.pk, evidence=evidence, proof={})
        with pytest.raises(ForbiddenEdge):
            changes.back_to_planned(change.pk, evidence=evidence, code="", detail="", retry_in_s=0)
    assert changes.confirm(change.pk, evidence=E.LOOKUP, proof={"id": "1"}).state == S.CONFIRMED


def test_an_unknown_change_is_listed_for_its_lookup_even_when_the_instance_is_paused(instance):
    change = changes.begin(plan(instance).pk, epoch=1)
    changes.mark_unknown(change.pk, code="timeout", detail="")
    pause(instance=instance, actor=None)
    found = changes.unknown(resource_kind="test.resource", resource_id=RESOURCE, kinds=["test.write"])
    assert [row.pk for row in found] == [change.pk]


def test_a_refused_change_goes_again_only_with_other_content(instance):
    change = changes.begin(plan(instance).pk, epoch=1)
    changes.refuse(change.pk, code="errno_603", detail="no such currency", proof={"note": "x"})
    assert plan(instance).state == S.REFUSED
    again = plan(instance, {"value": "2"})
    assert (again.state, again.evidence, again.content) == (S.PLANNED, E.NEW_CONTENT, {"value": "2"})
    assert (again.code, again.attempt) == ("", 1)


def test_a_confirmed_change_is_never_planned_again(instance):
    change = changes.begin(plan(instance).pk, epoch=1)
    changes.confirm(change.pk, evidence=E.ANSWER, proof={"id": "1"})
    assert plan(instance, {"value": "2"}).state == S.CONFIRMED
    with pytest.raises(ForbiddenEdge):
        changes.retry_by_person(change.pk, actor=UserFactory())


def test_a_person_takes_a_quarantined_change_out_and_the_audit_says_who(instance):
    change = changes.begin(plan(instance).pk, epoch=1)
    changes.mark_unknown(change.pk, code="timeout", detail="")
    changes.quarantine(change.pk, code="too_many_attempts", detail="")
    assert plan(instance, {"value": "2"}).state == S.QUARANTINED
    person = UserFactory()
    assert changes.retry_by_person(change.pk, actor=person).state == S.PLANNED
    [entry] = audit_of("change", change.pk)
    assert (entry.actor, entry.before, entry.after) == (person, {"state": "quarantined"}, {"state": "planned"})


def test_a_held_change_waits_and_goes_when_the_plan_no_longer_holds_it(instance):
    arm(instance=instance, direction="orders", actor=None)
    assert plan(instance, hold=True).state == S.HELD
    assert to_do() == []
    assert plan(instance, hold=True).state == S.HELD
    assert plan(instance).state == S.PLANNED
    assert to_do() == ["order-1"]


def test_what_a_person_approved_is_not_held_again_until_its_content_changes(instance):
    change = plan(instance, hold=True)
    changes.retry_by_person(change.pk, actor=UserFactory())
    assert plan(instance, hold=True).state == S.PLANNED
    assert plan(instance, {"value": "2"}, hold=True).state == S.HELD


def test_a_superseded_change_never_goes(instance):
    arm(instance=instance, direction="orders", actor=None)
    change = plan(instance)
    changes.supersede(change.pk, code="cancelled")
    assert to_do() == []
    assert plan(instance, {"value": "2"}).state == S.SUPERSEDED


def test_nothing_goes_before_its_direction_is_armed(instance):
    plan(instance)
    assert to_do() == []
    arm(instance=instance, direction="offers", actor=None)
    assert to_do() == []
    arm(instance=instance, direction="orders", actor=None)
    assert to_do() == ["order-1"]
    disarm(instance=instance, direction="orders", actor=None)
    assert to_do() == []


def test_nothing_of_a_paused_instance_goes_until_it_is_resumed(instance):
    arm(instance=instance, direction="orders", actor=None)
    plan(instance)
    pause(instance=instance, actor=None)
    assert to_do() == []
    resume(instance=instance, actor=None)
    assert to_do() == ["order-1"]


@pytest.mark.parametrize(
    "scope", ["all", "direction:orders", "kind:test.write", "tenant:{tenant}", "instance:{instance}"]
)
def test_each_scope_of_a_kill_switch_stops_writes_at_once(instance, scope):
    arm(instance=instance, direction="orders", actor=None)
    change = plan(instance)
    scope = scope.format(tenant=instance.tenant_id, instance=instance.pk)
    assert to_do() == ["order-1"]
    killswitch.turn_off(scope, reason="test")
    assert to_do() == []
    assert not changes.may_write(change)
    killswitch.turn_on(scope)
    assert to_do() == ["order-1"]
    assert changes.may_write(change)


def test_a_kill_switch_of_another_instance_stops_nothing_here(instance):
    arm(instance=instance, direction="orders", actor=None)
    plan(instance)
    killswitch.turn_off(f"instance:{InstanceFactory().pk}", reason="test")
    assert to_do() == ["order-1"]


def test_a_retry_waits_for_its_time(instance):
    arm(instance=instance, direction="orders", actor=None)
    change = changes.begin(plan(instance).pk, epoch=1)
    changes.back_to_planned(change.pk, evidence=E.NOT_SENT, code="refused", detail="", retry_in_s=3600)
    assert to_do() == []
    Change.objects.filter(pk=change.pk).update(next_at=change.planned_at)
    assert to_do() == ["order-1"]


def test_the_longest_waiting_go_first_and_only_so_many(instance):
    arm(instance=instance, direction="orders", actor=None)
    for key in ("a", "b", "c"):
        change = plan(instance, key=key)
        Change.objects.filter(pk=change.pk).update(next_at=change.planned_at.replace(year=2020 + "cba".index(key)))
    assert to_do(limit=2) == ["c", "b"]


def test_a_barred_instance_does_not_hide_the_work_of_another_one_behind_it(instance):
    open_instance = InstanceFactory()
    arm(instance=open_instance, direction="orders", actor=None)
    for number in range(3):
        plan(instance, key=f"barred-{number}")
    plan(open_instance, key="open")
    assert to_do(limit=1) == ["open"]


def test_interrupted_intents_of_an_older_epoch_become_unknown_and_newer_ones_stay(instance):
    old = changes.begin(plan(instance, key="old").pk, epoch=1)
    new = changes.begin(plan(instance, key="new").pk, epoch=2)
    args = {"resource_kind": "test.resource", "resource_id": RESOURCE, "kinds": ["test.write"]}
    assert changes.strand(**args, epoch=2) == 1
    assert Change.objects.get(pk=old.pk).state == S.UNKNOWN
    assert Change.objects.get(pk=new.pk).state == S.INTENT


def test_one_key_in_two_tenants_is_two_changes(tenant, other_tenant):
    for each in (tenant, other_tenant):
        with tenant_scope(each.pk):
            plan(InstanceFactory(), {"value": each.name})
    with tenant_scope(tenant.pk):
        assert [row.content for row in Change.objects.all()] == [{"value": tenant.name}]


def test_the_ledger_cannot_be_read_without_a_tenant(db):
    with pytest.raises(NoTenant):
        changes.to_do(resource_kind="test.resource", resource_id=RESOURCE, kinds=["test.write"], limit=1)
