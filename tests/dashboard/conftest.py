import datetime as dt
from collections.abc import Iterator

import pytest
from django.test import Client

from connectify import clock
from connectify.tenants.context import tenant_scope
from tests.dashboard import shop

HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose
NOW = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS


@pytest.fixture
def now() -> Iterator[dt.datetime]:
    with clock.fixed(NOW):
        yield NOW


@pytest.fixture
def toys(db, now) -> shop.Shop:
    """A shop with an order in each state."""
    return shop.fill(shop.make_shop(), now=now, more=3)


@pytest.fixture
def bare(db, now) -> shop.Shop:
    """A company in which all is well."""
    return shop.make_shop()


@pytest.fixture
def inside(bare):
    with tenant_scope(bare.tenant.pk):
        yield bare


@pytest.fixture
def browser_of():
    """A signed-in client of a user; its pages are Czech unless said otherwise."""

    def make(user, language: str = "cs") -> Client:
        client = Client(headers={"accept-language": language})
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def owner(toys, browser_of) -> Client:
    return browser_of(toys.owner)
