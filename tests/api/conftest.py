import datetime as dt
from collections.abc import Iterator

import pytest
from django.core.cache import cache

from connectify import clock
from tests.api.world import NOW, Company, Program, make_company

HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    cache.clear()


@pytest.fixture
def now() -> Iterator[dt.datetime]:
    with clock.fixed(NOW):
        yield NOW


@pytest.fixture
def neighbour(db, now) -> Company:
    """Another company, filled as the first one is."""
    return make_company(email="petr@sousedi.cz", word="SOUSEDCANARY")


@pytest.fixture
def toys(db, now, neighbour) -> Company:
    return make_company(email="jana@hracky-dvorak.cz", word="Dvorak")


@pytest.fixture
def program(toys) -> Program:
    """May do everything in its company."""
    return toys.program()
