"""The ledger in bulk: the same edges and evidence as one by one, all of a call or none of it."""

import uuid

import pytest

from connectify.audit.models import AuditEntry
from connectify.domain.change import ChangeState, Evidence, ForbiddenEdge
from connectify.domain.fingerprint import fingerprint
from connectify.sync import many
from connectify.sync.directions import UnknownKind
from connectify.sync.models import Change
from connectify.tenants.context import tenant_scope
from tests.factories import ChangeFactory, InstanceFactory, UserFactory

pytestmark = pytest.mark.usefixtures("clean_registries")

S, E = ChangeState, Evidence


@pytest.fixture
def instance(inside):
    return InstanceFactory()


def new(instance, key, **more):
    return many.NewChange(
        **{
            "instance_id": instance.pk, "kind": "test.write", "key": key, "subject_kind": "thing",
            "subject_id": uuid.UUID(int=1), "resource_kind": "test.resource", "resource_id": uuid.UUID(int=7),
            "content": {"value": key}, **more,
        }
    )  # fmt: skip


def plan(instance, count=3, prefix="k", **more):
    return many.plan_many(new(instance, f"{prefix}{number}", **more) for number in range(count))


def states(ids):
    rows = dict(Change.objects.filter(pk__in=ids).values_list("pk", "state"))
    return [rows[one] for one in ids]


def test_new_changes_are_stored_as_one_by_one_in_their_order(instance):
    ids = plan(instance, trace=[{"code": "why", "params": {}}], revision=4)
    rows = [Change.objects.get(pk=one) for one in ids]
    assert [row.key for row in rows] == ["k0", "k1", "k2"]
    first = rows[0]
    assert (first.state, first.attempt, first.evidence, first.code) == (S.PLANNED, 0, "", "")
    assert (first.content, first.content_sha256) == ({"value": "k0"}, fingerprint({"value": "k0"}))
    assert (first.trace, first.revision, first.proof) == ([{"code": "why", "params": {}}], 4, {})
    assert (first.instance, first.tenant_id) == (instance, instance.tenant_id)
    assert first.planned_at == first.next_at


def test_one_that_a_guard_holds_starts_held_with_its_cause(instance):
    (held,) = plan(instance, 1, held="price_jump")
    row = Change.objects.get(pk=held)
    assert (row.state, row.code) == (S.HELD, "price_jump")


def test_a_known_key_adds_nothing(instance):
    plan(instance, 2)
    assert len(plan(instance, 3)) == 1
    assert Change.objects.count() == 3


def test_more_than_one_statement_holds_are_stored_and_moved_whole(instance):
    ids = plan(instance, many.BATCH + 5)
    many.begin_many(ids, epoch=3)
    assert len(ids) == Change.objects.filter(state=S.INTENT, epoch=3, attempt=1).count() == many.BATCH + 5


def test_a_kind_that_nobody_registered_is_refused(instance):
    with pytest.raises(UnknownKind):
        plan(instance, kind="unheard.of")


def test_money_cannot_enter_as_a_float(instance):
    with pytest.raises(TypeError):
        plan(instance, content={"price": 3.49})


def test_each_is_confirmed_with_its_own_proof(instance):
    ids = plan(instance, 2)
    many.begin_many(ids, epoch=1)
    told = {ids[0]: many.Told(proof={"shown": "5"}), ids[1]: many.Told("held_by_allegro", "it's", {"shown": "7"})}
    many.confirm_many(told, evidence=E.ANSWER)
    first, second = (Change.objects.get(pk=one) for one in ids)
    assert (first.state, first.evidence, first.code, first.proof) == (S.CONFIRMED, E.ANSWER, "", {"shown": "5"})
    assert (second.code, second.detail, second.proof) == ("held_by_allegro", "it's", {"shown": "7"})
    assert first.settled_at is not None


def test_a_refusal_keeps_the_words_of_the_other_side(instance):
    ids = plan(instance, 1)
    many.begin_many(ids, epoch=1)
    many.refuse_many({ids[0]: many.Told("refused", "Cena je příliš nízká")})
    row = Change.objects.get(pk=ids[0])
    assert (row.state, row.code, row.detail) == (S.REFUSED, "refused", "Cena je příliš nízká")


def test_unknown_ones_go_back_or_to_a_person_by_a_lookup_alone(instance):
    ids = plan(instance, 3)
    many.begin_many(ids, epoch=1)
    many.mark_unknown_many(ids, code="answer_lost", detail="")
    with pytest.raises(ForbiddenEdge):
        many.back_to_planned_many(ids, evidence=E.NOT_SENT, code="", detail="", retry_in_s=0)
    many.back_to_planned_many(ids[:1], evidence=E.LOOKUP, code="not_applied", detail="", retry_in_s=60)
    many.quarantine_many({ids[1]: many.Told("refused", "no")})
    many.confirm_many({ids[2]: many.Told()}, evidence=E.LOOKUP)
    assert states(ids) == [S.PLANNED, S.QUARANTINED, S.CONFIRMED]
    row = Change.objects.get(pk=ids[0])
    assert (row.next_at - row.planned_at).total_seconds() > 59


@pytest.mark.parametrize(
    "act",
    [
        lambda ids: many.confirm_many({one: many.Told() for one in ids}, evidence=E.ANSWER),
        lambda ids: many.refuse_many({one: many.Told() for one in ids}),
        lambda ids: many.mark_unknown_many(ids, code="x", detail=""),
        lambda ids: many.lift_many(ids),
        lambda ids: many.approve_many(ids, actor=None, action="a", after={}),
    ],
)
def test_one_that_may_not_go_takes_the_whole_call_with_it(instance, act):
    ids = plan(instance, 3)
    many.begin_many(ids, epoch=1)
    many.mark_unknown_many(ids[1:2], code="x", detail="")
    many.back_to_planned_many(ids[1:2], evidence=E.LOOKUP, code="", detail="", retry_in_s=0)
    with pytest.raises(ForbiddenEdge):
        act(ids)
    assert states(ids) == [S.INTENT, S.PLANNED, S.INTENT]


def test_planned_and_held_ones_are_superseded(instance):
    ids = [*plan(instance, 1), *plan(instance, 1, "h", held="price_jump")]
    many.supersede_many(ids, code="newer_plan")
    assert set(states(ids)) == {S.SUPERSEDED}


def test_a_hold_is_lifted_by_a_plan_and_by_a_person_who_is_named_once(instance):
    ids = plan(instance, 3)
    many.hold_many(ids, code="mass_zero", detail="40 %")
    assert set(Change.objects.values_list("state", "code", "detail")) == {(S.HELD, "mass_zero", "40 %")}
    many.lift_many(ids[:1])
    user = UserFactory()
    many.approve_many(ids[1:], actor=user, action="offers.approved", after={"code": "mass_zero"})
    rows = [Change.objects.get(pk=one) for one in ids]
    assert [(row.state, row.evidence, row.code) for row in rows] == [
        (S.PLANNED, E.NEW_CONTENT, ""), (S.PLANNED, E.PERSON, ""), (S.PLANNED, E.PERSON, ""),
    ]  # fmt: skip
    entry = AuditEntry.objects.get(action="offers.approved")
    assert (entry.actor, entry.after) == (user, {"code": "mass_zero", "count": 2})


def test_another_companys_changes_are_not_there(instance, other_tenant):
    ids = plan(instance, 1)
    many.begin_many(ids, epoch=1)
    assert many.plan_many([]) == []
    foreign = uuid.uuid4()
    with pytest.raises(Change.DoesNotExist):
        many.mark_unknown_many([*ids, foreign], code="x", detail="")
    assert states(ids) == [S.INTENT]


def test_the_neighbours_changes_stay_as_they_were(tenant, other_tenant):
    with tenant_scope(other_tenant.pk):
        change = ChangeFactory()
        before = Change.objects.values().get(pk=change.pk)
    with tenant_scope(tenant.pk), pytest.raises(Change.DoesNotExist):
        many.begin_many([change.pk], epoch=1)
    with tenant_scope(other_tenant.pk):
        assert Change.objects.values().get(pk=change.pk) == before
