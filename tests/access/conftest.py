from collections.abc import Iterator
from typing import NoReturn

import pytest
from django.db import transaction
from django.test import override_settings

from allegro_integration.models import Account
from allegro_integration.setup import mappings
from connectify.domain.errors import NeedsUser
from connectify.sealing.keys import make_key
from tests.access.walking import Walk

# An application at an Allegro that is never called.
ALLEGRO = {
    "ALLEGRO_ENVIRONMENTS": "sandbox",
    "ALLEGRO_CLIENT_ID": "walk",
    "ALLEGRO_CLIENT_SECRET": "walk",
}
QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose


@pytest.fixture(scope="module")
def walk(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Walk]:
    """Two filled companies and all who walk, in one transaction that is rolled back after the module."""
    keys = tmp_path_factory.mktemp("sealing")
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=QUICK, SEALING_KEY_DIR=keys, **ALLEGRO):
        make_key()
        with pytest.MonkeyPatch.context() as patch, transaction.atomic():
            patch.setattr(mappings, "connect", no_allegro)
            yield Walk()
            transaction.set_rollback(True)


def no_allegro(account: Account) -> NoReturn:
    """The token's store commits by itself, which the walk's one transaction does not allow."""
    raise NeedsUser("reauth")
