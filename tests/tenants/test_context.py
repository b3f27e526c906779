"""The first of the two locks: managers bound to the tenant in force, and the scope that sets it."""

import pytest
from django.apps import apps
from django.db import connection, transaction

from connectify.instances.models import Connection, Instance
from connectify.sync.models import Payload
from connectify.tenants.context import NoTenant, OtherTenant, tenant_scope
from connectify.tenants.managers import TenantManager
from connectify.tenants.models import Tenant, TenantModel
from tests.factories import InstanceFactory, TenantFactory
from tests.seen import tenant_in_force


@pytest.fixture
def two(db):
    tenants = TenantFactory(), TenantFactory()
    for tenant in tenants:
        with tenant_scope(tenant.pk):
            InstanceFactory(name=tenant.name)
    return tenants


def setting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant', true)")
        return cursor.fetchone()[0] or ""


def test_every_tenant_model_raises_without_a_tenant(db):
    models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    assert len(models) > 20
    for model in models:
        for manager in (model._default_manager, model._base_manager):
            assert isinstance(manager, TenantManager), model
            for ask in (manager.count, manager.first, manager.create, lambda m=manager: m.get_or_create(pk=None)):
                with pytest.raises(NoTenant):
                    ask()


def test_a_manager_sees_the_rows_of_the_tenant_in_force_alone(two):
    for tenant in two:
        with tenant_scope(tenant.pk):
            assert [instance.name for instance in Instance.objects.all()] == [tenant.name]
            assert [instance.name for instance in Instance.of(tenant.pk)] == [tenant.name]


def test_asking_for_another_tenants_rows_by_name_is_refused(two):
    mine, theirs = two
    with tenant_scope(mine.pk), pytest.raises(PermissionError):
        Instance.of(theirs.pk)


def test_even_raw_sql_sees_one_tenant(two):
    with tenant_scope(two[0].pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM instances_instance")
        assert cursor.fetchone() == (1,)


def test_new_rows_belong_to_the_tenant_in_force_however_they_are_made(two):
    with tenant_scope(two[0].pk):
        saved = Payload(media_type="a", sha256="1", body=b"")
        saved.save()
        [bulk] = Payload.objects.bulk_create([Payload(media_type="a", sha256="2", body=b"")])
        made, _ = Payload.objects.get_or_create(sha256="3", defaults={"media_type": "a", "body": b""})
        updated, _ = Payload.objects.update_or_create(sha256="4", defaults={"media_type": "a", "body": b""})
        assert {row.tenant_id for row in (saved, bulk, made, updated)} == {two[0].pk}


def test_a_tenant_sees_its_own_company_only(two):
    with tenant_scope(two[0].pk):
        assert [tenant.pk for tenant in Tenant.objects.all()] == [two[0].pk]
    assert not Tenant.objects.exists()


def test_a_relation_does_not_reach_into_another_tenant(two):
    mine, theirs = two
    with tenant_scope(theirs.pk):
        instance = Instance.objects.get()
    with tenant_scope(mine.pk), pytest.raises(Connection.DoesNotExist):
        _ = instance.source


def test_the_scope_ends_as_it_began(two):
    with tenant_scope(two[0].pk):
        assert (tenant_in_force(), setting()) == (two[0].pk, str(two[0].pk))
    assert (tenant_in_force(), setting()) == (None, "")


def test_the_scope_ends_also_when_its_work_fails(two):
    with pytest.raises(ZeroDivisionError), tenant_scope(two[0].pk):
        _ = 1 / 0
    assert (tenant_in_force(), setting()) == (None, "")


def test_the_scope_ends_also_when_its_work_is_rolled_back_without_an_error(two):
    with tenant_scope(two[0].pk):
        InstanceFactory()
        transaction.set_rollback(True)
    assert (tenant_in_force(), setting()) == (None, "")
    with tenant_scope(two[0].pk):
        assert Instance.objects.count() == 1


def test_the_same_tenant_may_be_entered_again_inside_and_another_one_may_not(two):
    mine, theirs = two
    with tenant_scope(mine.pk):
        with tenant_scope(mine.pk):
            InstanceFactory()
        assert setting() == str(mine.pk)
        with pytest.raises(OtherTenant), tenant_scope(theirs.pk):
            pass
        assert (tenant_in_force(), Instance.objects.count()) == (mine.pk, 2)


def test_a_committed_scope_leaves_nothing_on_the_connection(committed_db):
    tenant = TenantFactory()
    with tenant_scope(tenant.pk):
        pid = connection.connection.info.backend_pid
    assert setting() == ""
    assert connection.connection.info.backend_pid == pid
