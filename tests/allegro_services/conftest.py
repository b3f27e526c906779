"""Two companies with the same order of the same id: whatever one does, the other's rows stay as they were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from allegro_integration.pipelines import orders as pipeline
from allegro_integration.services import form_effects
from pohoda_bridge.server.keys import make_pair
from tests.allegro_services.cycles import Town
from tests.allegro_services.shop import Shop


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
