"""Two companies with the same order of the same id: whatever one does, the other's rows stay as they were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.governor import Governor
from allegro_integration.client.http import AllegroHttp, Timeouts
from allegro_integration.pipelines import orders as pipeline
from allegro_integration.sandbox.app import build_app
from allegro_integration.sandbox.settings import Settings
from allegro_integration.services import form_effects
from connectify.sandbox.serve import Running
from pohoda_bridge.server.keys import make_pair
from tests.allegro_client.conftest import AGENT, Allegro, Tokens, oauth_of, sign_in
from tests.allegro_services.cycles import Town
from tests.allegro_services.shop import Shop
from tests.allegro_services.way_back import WayBack


@pytest.fixture
def neighbour(db: None) -> Shop:
    shop = Shop()
    with shop.inside():
        shop.receive()
    return shop


@pytest.fixture
def shop(neighbour: Shop) -> Iterator[Shop]:
    """In force during the test; afterwards the neighbour must hold what it held before."""
    with neighbour.inside():
        before = neighbour.everything()
    own = Shop()
    with own.inside():
        yield own
    with neighbour.inside():
        assert neighbour.everything() == before
        assert len(before[0]) == len(before[1]) == len(before[2]) == 1


@pytest.fixture
def town(shop: Shop, settings, tmp_path, monkeypatch) -> Town:
    settings.JOB_SIGNING_KEY_FILE = str(tmp_path / "jobs.key")
    settings.JOB_VERIFY_KEY_FILE = tmp_path / "jobs.pub"
    make_pair(tmp_path / "jobs.key", tmp_path / "jobs.pub")
    town = Town(shop)
    monkeypatch.setattr(pipeline, "connect", town.allegro.connect)
    monkeypatch.setattr(form_effects, "connect", town.allegro.connect)
    return town


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Allegro]:
    """One Allegro sandbox for the tests of a module; each buys its own orders there."""
    folder = tmp_path_factory.mktemp("allegro")
    settings = Settings(folder / "ledger", folder / "state.sqlite3", metadata_pause_s=0.0)
    opened = Allegro(Running(build_app(settings)), settings)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site_api(site: Allegro) -> Iterator[AllegroApi]:
    with AllegroHttp(user_agent=AGENT, timeouts=Timeouts(connect=5, read=5, total=10)) as http:
        tokens = Tokens(sign_in(site, oauth_of(site, http)).access)
        yield AllegroApi(http, site.environment, tokens.seller_id, tokens, Governor(), observer=site.seen.append)


@pytest.fixture
def back(shop: Shop, site: Allegro, site_api: AllegroApi, settings, tmp_path, monkeypatch) -> Iterator[WayBack]:
    settings.JOB_SIGNING_KEY_FILE = str(tmp_path / "jobs.key")
    settings.JOB_VERIFY_KEY_FILE = tmp_path / "jobs.pub"
    make_pair(tmp_path / "jobs.key", tmp_path / "jobs.pub")
    settings.ALLEGRO_CALL_S = 5.0
    back = WayBack(shop, site, site_api)
    monkeypatch.setattr(form_effects, "connect", back.connect)
    yield back
    site.control("DELETE", "faults")
