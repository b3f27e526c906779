"""Events and the audit only grow, also for whoever gets hold of the serving role."""

import pytest
from django.db import ProgrammingError, connection, transaction

from connectify.audit.models import AuditEntry, Event
from connectify.audit.selectors import timeline
from connectify.audit.services import record_audit, record_event
from connectify.clock import new_id
from connectify.sync.models import Payload
from connectify.sync.payloads import store_payload
from connectify.tenants.context import NoTenant, tenant_scope
from tests.factories import TenantFactory, UserFactory
from tests.seen import audit_of


@pytest.fixture
def tenants(db):
    return TenantFactory(), TenantFactory()


@pytest.fixture
def inside(tenants):
    with tenant_scope(tenants[0].pk):
        yield tenants[0]


def test_a_timeline_is_in_order_and_carries_what_was_sent_and_received(inside):
    order = new_id()
    sent, received = store_payload(b"<dataPack/>", "text/xml"), store_payload(b"<responsePack/>", "text/xml")
    record_event(type="order.handed", object_kind="order", object_id=order, sent=sent)
    record_event(type="order.answered", object_kind="order", object_id=order, data={"outcome": "ok"}, received=received)
    record_event(type="order.seen", object_kind="order", object_id=new_id())
    events = timeline("order", order)
    assert [(event.type, event.data, event.sent, event.received) for event in events] == [
        ("order.handed", {}, sent, None),
        ("order.answered", {"outcome": "ok"}, None, received),
    ]
    assert events[0].sequence < events[1].sequence


def test_a_timeline_of_one_object_id_is_another_one_in_another_tenant(tenants):
    order = new_id()
    for tenant in tenants:
        with tenant_scope(tenant.pk):
            record_event(type=f"order.{tenant.name}", object_kind="order", object_id=order)
    for tenant in tenants:
        with tenant_scope(tenant.pk):
            assert [event.type for event in timeline("order", order)] == [f"order.{tenant.name}"]


def test_nothing_is_recorded_without_a_tenant(db):
    with pytest.raises(NoTenant):
        record_event(type="x", object_kind="order", object_id=new_id())
    with pytest.raises(NoTenant):
        record_audit(actor=None, action="x")


def test_an_impersonated_action_names_both_people(inside):
    supporter, customer, target = UserFactory(is_staff=True), UserFactory(), new_id()
    record_audit(
        actor=supporter, on_behalf_of=customer, action="x", object_kind="thing", object_id=target, reason="ticket 17"
    )
    [entry] = audit_of("thing", target)
    assert (entry.actor, entry.on_behalf_of, entry.reason) == (supporter, customer, "ticket 17")


@pytest.mark.parametrize("model", [Event, AuditEntry])
def test_no_row_can_be_changed_or_deleted_even_with_raw_sql(inside, model):
    record_event(type="x", object_kind="order", object_id=new_id())
    record_audit(actor=None, action="x")
    row = model.objects.get()
    table = model._meta.db_table
    statements = (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table}", f"DROP TABLE {table}")
    for statement in statements:
        refused = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    for act in (row.save, row.delete):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            act()
    assert model.objects.get().pk == row.pk


def test_the_same_bytes_are_kept_once_in_a_tenant_and_once_in_another(tenants):
    for tenant in tenants:
        with tenant_scope(tenant.pk):
            first = store_payload(b"{}", "application/json")
            assert store_payload(b"{}", "application/json") == first
            assert store_payload(b"{}", "text/plain") != first
            assert bytes(Payload.objects.get(media_type="text/plain").body) == b"{}"
            assert Payload.objects.count() == 2
