"""To ignore one problem of a record is not to ignore the next one."""

from connectify.audit.models import Event
from connectify.sync.models import Quarantined
from connectify.sync.quarantine import ignore, put

State = Quarantined.State


def put_order(code):
    return put(instance=None, subject_kind="order", subject_key="1", code=code, params={})


def opened():
    return Event.objects.filter(type="quarantine.opened").count()


def test_the_ignored_problem_stays_ignored_however_often_it_comes_back(inside):
    ignore(quarantined=put_order("refused"), actor=None)

    assert put_order("refused").state == State.IGNORED
    assert opened() == 1


def test_another_problem_of_an_ignored_record_is_shown(inside):
    ignore(quarantined=put_order("refused"), actor=None)

    row = put_order("missing")

    assert (row.state, row.code) == (State.OPEN, "missing")
    assert opened() == 2
