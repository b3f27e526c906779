"""The trigger of the database and the table of the domain are the same, pair by pair."""

import itertools
import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from connectify.domain.change import EDGES, ChangeState, Evidence
from connectify.sync.models import Change
from tests.factories import ChangeFactory, InstanceFactory

S, E = ChangeState, Evidence

# How each state is reached from a new row: (state, evidence) after (state, evidence).
PATHS = {
    S.PLANNED: [],
    S.HELD: [(S.HELD, E.NONE)],
    S.SUPERSEDED: [(S.SUPERSEDED, E.NONE)],
    S.INTENT: [(S.INTENT, E.NONE)],
    S.CONFIRMED: [(S.INTENT, E.NONE), (S.CONFIRMED, E.ANSWER)],
    S.REFUSED: [(S.INTENT, E.NONE), (S.REFUSED, E.ANSWER)],
    S.UNKNOWN: [(S.INTENT, E.NONE), (S.UNKNOWN, E.NONE)],
    S.QUARANTINED: [(S.INTENT, E.NONE), (S.UNKNOWN, E.NONE), (S.QUARANTINED, E.LOOKUP)],
}


def move(change_id, after, evidence, *, content=None):
    """One UPDATE past the services, as a careless programmer would write it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sync_change SET state = %s, evidence = %s, content_sha256 = COALESCE(%s, content_sha256), "
            "attempt = attempt + (%s AND state <> %s)::int WHERE id = %s",
            [after, evidence, content, after == S.INTENT, S.INTENT, change_id],
        )


def change_in(state):
    change = ChangeFactory(instance=InstanceFactory())
    for after, evidence in PATHS[state]:
        move(change.pk, after, evidence)
    return change


def passes(change_id, after, evidence, **more) -> bool:
    try:
        with transaction.atomic():
            move(change_id, after, evidence, **more)
            transaction.set_rollback(True)
    except DatabaseError as error:
        if error.__cause__.sqlstate != "CF001":
            raise
        return False
    return True


def test_every_state_has_a_path():
    assert set(PATHS) == set(S)


@pytest.mark.parametrize("before", list(S))
def test_the_database_opens_exactly_the_edges_of_the_domain(inside, before):
    change = change_in(before)
    tried = 0
    for after, evidence in itertools.product(S, E):
        if after == before:
            continue
        fresh = uuid.uuid4().hex * 2 if evidence is E.NEW_CONTENT else None
        expected = evidence in EDGES.get((before, after), frozenset())
        assert passes(change.pk, after, evidence, content=fresh) is expected, (before, after, evidence)
        tried += 1
    assert tried == 7 * len(E)


def test_evidence_that_nobody_knows_opens_nothing(inside):
    for before in S:
        change = change_in(before)
        assert not any(passes(change.pk, after, "rumour") for after in S if after != before)


@pytest.mark.parametrize("state", list(S))
def test_content_is_fixed_once_a_change_has_left(inside, state):
    change = change_in(state)
    assert passes(change.pk, state, E.NONE, content="f" * 64) is (state in (S.PLANNED, S.HELD))


def test_a_refused_change_needs_really_new_content(inside):
    change = change_in(S.REFUSED)
    assert not passes(change.pk, S.PLANNED, E.NEW_CONTENT)
    assert passes(change.pk, S.PLANNED, E.NEW_CONTENT, content="f" * 64)


@pytest.mark.parametrize("state", [state for state in S if state not in (S.PLANNED, S.HELD)])
def test_a_change_is_born_planned_or_held_only(inside, state):
    with pytest.raises(DatabaseError, match="starts planned or held"), transaction.atomic():
        ChangeFactory(instance=InstanceFactory(), state=state)


def test_a_change_is_not_born_with_attempts(inside):
    with pytest.raises(DatabaseError, match="starts planned or held"), transaction.atomic():
        ChangeFactory(instance=InstanceFactory(), attempt=1)


@pytest.mark.parametrize(
    ("assignment", "sqlstate"),
    [
        ("key = key || 'x'", "CF001"),
        ("kind = 'other'", "CF001"),
        ("attempt = 0", "CF001"),
        ("attempt = attempt + 1", "CF001"),
        ("epoch = epoch - 1", "CF002"),
    ],
)
def test_key_attempts_and_epoch_do_not_go_back(inside, assignment, sqlstate):
    change = change_in(S.INTENT)
    Change.objects.filter(pk=change.pk).update(epoch=5)
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE sync_change SET {assignment} WHERE id = %s", [change.pk])
    assert caught.value.__cause__.sqlstate == sqlstate


def test_an_intent_that_is_not_counted_is_refused(inside):
    change = change_in(S.PLANNED)
    with pytest.raises(DatabaseError, match="counts as one attempt"), transaction.atomic():
        Change.objects.filter(pk=change.pk).update(state=S.INTENT, evidence="")


@pytest.mark.parametrize("state", list(S))
def test_a_change_is_never_deleted(inside, state):
    change = change_in(state)
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        Change.objects.filter(pk=change.pk).delete()
