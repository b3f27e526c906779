from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client

from connectify.sealing.keys import make_key
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Membership, Role, Tenant
from connectify.tenants.services import add_member
from connectify.users.models import User
from tests.factories import PASSWORD, TenantFactory, UserFactory


@dataclass
class Company:
    """A company with one member of each role. `people` by role."""

    tenant: Tenant
    people: dict[str, User]

    def scope(self):
        return tenant_scope(self.tenant.pk)

    def membership_of(self, user: User) -> Membership | None:
        with self.scope():
            return Membership.objects.filter(user=user).first()

    def address_of(self, user: User) -> str:
        return f"/company/members/{self.membership_of(user).pk}/"


def make_company(name: str) -> Company:
    company = Company(TenantFactory(name=name), {})
    with company.scope():
        for role in Role:
            person = UserFactory(full_name=f"{role.value.title()} {name}")
            add_member(user=person, role=role)
            company.people[role.value] = person
    return company


@pytest.fixture(autouse=True)
def people_settings(settings, tmp_path) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose
    settings.SEALING_KEY_DIR = tmp_path / "sealing"
    make_key()
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def alfa(db) -> Company:
    return make_company("Alfa")


@pytest.fixture
def beta(db) -> Company:
    return make_company("Beta")


@pytest.fixture
def guest(db) -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def browser_of():
    """A signed-in client of a user, with English pages."""

    def make(user: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def owner(alfa, browser_of) -> Client:
    return browser_of(alfa.people["owner"])


@pytest.fixture
def admin(alfa, browser_of) -> Client:
    return browser_of(alfa.people["admin"])


@pytest.fixture
def password() -> str:
    return PASSWORD
