"""Fixtures of the pages that connect: a running Allegro, keys, two companies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from allegro_integration import connections
from allegro_integration.client.http import AllegroHttp, Timeouts
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from connectify.sealing.keys import make_key
from tests.allegro_client.conftest import AGENT, Allegro
from tests.allegro_services.conftest import site
from tests.factories import AccountFactory, UnitFactory
from tests.setup_pages.companies import Company, decide, leaving_address, make_company

__all__ = ["allegro", "company", "connect", "neighbour", "ready", "site"]


@pytest.fixture
def allegro(site: Allegro, settings, tmp_path, monkeypatch) -> Iterator[Allegro]:
    """The installation's application is registered at the running sandbox."""
    settings.SEALING_KEY_DIR = tmp_path / "sealing"
    make_key()
    settings.ALLEGRO_CLIENT_ID = site.settings.client_id
    settings.ALLEGRO_CLIENT_SECRET = site.settings.client_secret
    settings.ALLEGRO_CUSTOM_API_URL = settings.ALLEGRO_CUSTOM_AUTH_URL = site.server.url
    settings.ALLEGRO_ENVIRONMENTS = ""
    with AllegroHttp(user_agent=AGENT, timeouts=Timeouts(connect=5, read=5, total=10)) as http:
        monkeypatch.setattr(connections, "shared_http", lambda: http)
        yield site


@pytest.fixture
def company(db: None) -> Company:
    return make_company("Dilna")


@pytest.fixture
def neighbour(db: None) -> Company:
    return make_company("Zahrada")


@pytest.fixture
def ready(company: Company) -> Company:
    """The company has an account and a unit, and nothing else."""
    with company.inside():
        AccountFactory(login="dilna", connection__name="Dílna na Allegru")
        UnitFactory(connection__name="Účetnictví")
    return company


def connect(company: Company, *, seller: str = DEFAULT_SELLER, role: str = "owner") -> str:
    """A person connects an account. → the address of its page."""
    browser = company.browser(role)
    back = decide(leaving_address(browser.post("/setup/accounts/connect/")), seller=seller)
    return str(browser.get(back)["Location"])
