"""Quarantine: one row per record, its raw payload kept, and a person's word respected."""

import pytest

from connectify.audit.models import Event
from connectify.sync import quarantine
from connectify.sync.models import Quarantined
from connectify.sync.payloads import store_payload
from connectify.tenants.context import tenant_scope
from tests.factories import InstanceFactory, UserFactory
from tests.seen import audit_of


def put(code="unmapped_delivery", **more):
    fields = {"instance": None, "subject_kind": "order", "subject_key": "form-1", "params": {"method": "X"}}
    return quarantine.put(**{**fields, "code": code, **more})


def events():
    return list(Event.objects.order_by("sequence").values_list("type", flat=True))


def test_a_record_that_comes_back_is_counted_and_stays_one_row(inside):
    first = put()
    again = put(params={"method": "Y"})
    assert (again.pk, again.attempts, again.params) == (first.pk, 2, {"method": "Y"})
    assert again.first_seen_at == first.first_seen_at <= again.last_seen_at
    assert events() == ["quarantine.opened"]


def test_its_raw_payload_stays_when_it_comes_back_without_one(inside):
    raw = store_payload(b"<html>", "text/html")
    put(payload=raw)
    assert put().payload == raw


def test_a_new_reason_is_told(inside):
    put()
    put("missing_address")
    assert events() == ["quarantine.opened", "quarantine.opened"]


def test_what_a_person_ignored_stays_ignored(inside):
    person = UserFactory()
    row = put(instance=InstanceFactory())
    quarantine.ignore(quarantined=row, actor=person)
    assert put().state == Quarantined.State.IGNORED
    [entry] = audit_of("quarantined", row.pk)
    assert (entry.action, entry.actor) == ("quarantine.ignored", person)


def test_a_retry_calls_what_the_module_registered_and_a_failure_opens_it_again(inside, monkeypatch):
    tried = []
    monkeypatch.setattr(quarantine, "_on_retry", {})
    quarantine.on_retry("order", lambda quarantined, actor: tried.append((quarantined, actor)))
    row = put()
    person = UserFactory()
    quarantine.retry(quarantined=row, actor=person)
    assert (tried, row.state) == ([(row, person)], Quarantined.State.RETRIED)
    assert put().state == Quarantined.State.OPEN
    assert events() == ["quarantine.opened", "quarantine.retried", "quarantine.opened"]


def test_a_try_of_what_was_decided_while_its_record_was_waited_for_leaves_nothing(inside, monkeypatch):
    def solved_meanwhile(quarantined, actor):
        put("another", subject_key="form-2")
        Quarantined.objects.filter(pk=quarantined.pk).update(state=Quarantined.State.SOLVED)

    monkeypatch.setattr(quarantine, "_on_retry", {})
    quarantine.on_retry("order", solved_meanwhile)
    assert quarantine.retry(quarantined=put(), actor=UserFactory()) is False
    assert events() == ["quarantine.opened"]


def test_a_second_try_of_the_same_row_does_nothing(inside, monkeypatch):
    tried = []
    monkeypatch.setattr(quarantine, "_on_retry", {})
    quarantine.on_retry("order", lambda quarantined, actor: tried.append(quarantined))
    first, second = put(), Quarantined.objects.get()
    assert quarantine.retry(quarantined=first, actor=None) is True
    assert quarantine.retry(quarantined=second, actor=None) is False
    assert tried == [first]


def test_a_record_that_went_through_is_solved_and_one_that_never_was_there_is_no_matter(inside):
    put()
    quarantine.solve(subject_kind="order", subject_key="form-1")
    quarantine.solve(subject_kind="order", subject_key="form-1")
    quarantine.solve(subject_kind="order", subject_key="form-2")
    assert Quarantined.objects.get().state == Quarantined.State.SOLVED
    assert events() == ["quarantine.opened", "quarantine.solved"]


@pytest.mark.parametrize("which", [0, 1])
def test_the_same_record_of_two_tenants_is_two(tenant, other_tenant, which):
    for each in (tenant, other_tenant):
        with tenant_scope(each.pk):
            put()
    with tenant_scope((tenant, other_tenant)[which].pk):
        assert Quarantined.objects.get().attempts == 1
