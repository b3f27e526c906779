"""Rows for tests, made inside the tenant in force (`with tenant_scope(tenant.pk): InstanceFactory()`)."""

import datetime as dt
from decimal import Decimal

import factory

from allegro_integration.models import Account, InboxForm, Market, Order
from connectify.clock import new_id
from connectify.instances.models import Connection, Instance
from connectify.sync.models import Change
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Membership, Role, Tenant
from connectify.users.models import User
from pohoda_bridge.server.models import Unit, UnitYear

PASSWORD = "correct horse battery staple"
BOUGHT_AT = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)


class TenantFactory(factory.django.DjangoModelFactory):
    """A company; it is entered for the moment of its making."""

    class Meta:
        model = Tenant

    id = factory.LazyFunction(new_id)
    name = factory.Sequence(lambda n: f"Firma {n} s.r.o.")

    @classmethod
    def _create(cls, model_class, *args, **fields):
        with tenant_scope(fields["id"]):
            return super()._create(model_class, *args, **fields)


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    full_name = factory.Sequence(lambda n: f"Person {n}")

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return model_class.objects.create_user(fields.pop("email"), fields.pop("password", PASSWORD), **fields)


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    role = Role.OWNER


class ConnectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Connection

    kind = "test.kind"
    name = factory.Sequence(lambda n: f"Connection {n}")
    state = Connection.State.ACTIVE


class UnitFactory(factory.django.DjangoModelFactory):
    """A unit with its current year."""

    class Meta:
        model = Unit

    connection = factory.SubFactory(ConnectionFactory, kind="pohoda.unit")
    ico = factory.Sequence(lambda n: f"{12345678 + n:08d}")

    @factory.post_generation
    def year(self, create, year, **fields):
        if create:
            year = year or 2026
            UnitYear.objects.create(unit=self, year=year, database=f"{self.ico}_{year}.mdb", **fields)


class AccountFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Account

    connection = factory.SubFactory(ConnectionFactory, kind="allegro.account")
    environment = "custom"
    seller_id = factory.Sequence(lambda n: str(44_000_000 + n))
    login = factory.Sequence(lambda n: f"seller{n}")
    base_marketplace = "allegro-cz"


class InstanceFactory(factory.django.DjangoModelFactory):
    """A bare instance between two connections, without a marketplace."""

    class Meta:
        model = Instance

    name = factory.Sequence(lambda n: f"Instance {n}")
    source = factory.SubFactory(ConnectionFactory)
    target = factory.SubFactory(ConnectionFactory)


class MarketFactory(factory.django.DjangoModelFactory):
    """An instance with its market, between an account and a unit of its own."""

    class Meta:
        model = Market

    account = factory.SubFactory(AccountFactory)
    unit = factory.SubFactory(UnitFactory)
    marketplace = "allegro-cz"
    role = Market.Role.PRIMARY
    instance = factory.SubFactory(
        InstanceFactory,
        source=factory.SelfAttribute("..account.connection"),
        target=factory.SelfAttribute("..unit.connection"),
    )


class InboxFormFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = InboxForm

    account = factory.SubFactory(AccountFactory)
    form_id = factory.LazyFunction(lambda: str(new_id()))
    marketplace = "allegro-cz"
    status = "READY_FOR_PROCESSING"
    state = InboxForm.State.READ


class OrderFactory(factory.django.DjangoModelFactory):
    """An order of an instance; pass `market` for an existing one."""

    class Meta:
        model = Order
        exclude = ("market",)

    market = factory.SubFactory(MarketFactory)
    instance = factory.SelfAttribute("market.instance")
    form = factory.SubFactory(InboxFormFactory, account=factory.SelfAttribute("..market.account"))
    number = factory.SelfAttribute("form.form_id")
    buyer = "Jan Novák"
    total = Decimal("349.00")
    currency = "CZK"
    bought_at = BOUGHT_AT


class ChangeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Change

    instance = factory.SubFactory(InstanceFactory)
    kind = "test.write"
    key = factory.LazyFunction(lambda: str(new_id()))
    subject_kind = "thing"
    subject_id = factory.LazyFunction(new_id)
    resource_kind = "test.resource"
    resource_id = factory.LazyFunction(new_id)
    content = factory.LazyFunction(lambda: {"value": "1"})
    content_sha256 = "0" * 64
