"""A stall in the sandbox; the neighbour has an offer of the same id, which nobody may touch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from allegro_integration.client.api import AllegroApi
from allegro_integration.models import Offer
from allegro_integration.pipelines import offers as pipeline
from allegro_integration.services.offers import wiring
from connectify.sync import pipelines
from tests.allegro_client.conftest import Allegro
from tests.allegro_services.offers.stall import Stall
from tests.allegro_services.shop import Shop


@pytest.fixture
def neighbours_offer(neighbour: Shop) -> Iterator[Offer]:
    with neighbour.inside():
        offer = Offer.objects.create(
            account=neighbour.market.account, offer_id="101", external_id="KOD101", stock=5, status="ACTIVE"
        )
        before = Offer.objects.values().get(pk=offer.pk)
    yield offer
    with neighbour.inside():
        assert Offer.objects.values().get(pk=offer.pk) == before


@pytest.fixture
def stall(
    neighbours_offer: Offer, shop: Shop, site: Allegro, site_api: AllegroApi, settings, monkeypatch
) -> Iterator[Stall]:
    settings.ALLEGRO_CALL_S = 5.0
    monkeypatch.setattr(pipelines, "_pipelines", {})
    wiring.register()
    stall = Stall(shop, site, site_api)
    monkeypatch.setattr(pipeline, "connect", stall.connect)
    site.control("DELETE", "faults")
    yield stall
    site.control("DELETE", "faults")
