"""What the tests of set-up pages share."""

from __future__ import annotations

import pytest

from tests.setup_pages.connecting import allegro, company, neighbour, ready, site

__all__ = ["allegro", "company", "neighbour", "ready", "site"]

HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS
