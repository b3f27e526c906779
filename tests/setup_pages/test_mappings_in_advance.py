"""What mapping takes from Allegro: its list of methods, loaded on a click and mapped in advance, and their names."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection

from allegro_integration.client.api import DeliveryMethod
from allegro_integration.client.errors import NotSent
from allegro_integration.connections import AccountConnection
from allegro_integration.setup import mappings
from connectify.tenants.models import Role
from tests.allegro_domain.forms import delivery
from tests.setup_pages.flow_shop import FlowShop, shows
from tests.setup_pages.test_mappings import BOX, box_form, form_of, stored


@pytest.fixture
def shop(db: None) -> Iterator[FlowShop]:
    cache.clear()
    yield FlowShop("instance_mappings")
    cache.clear()


class Lists:
    """Allegro as far as its lists go. `failure`: what it answers instead."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.asked: list[str] = []

    def delivery_methods(self, marketplace: str) -> tuple[DeliveryMethod, ...]:
        assert not connection.in_atomic_block or len(connection.savepoint_ids) <= 1
        self.asked.append(marketplace)
        if self.failure:
            raise self.failure
        return (DeliveryMethod(id="new-1", name="Balíkovna", marketplaces=("allegro-cz",)),)


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> Lists:
    found = Lists()
    monkeypatch.setattr(mappings, "connect", lambda account: AccountConnection(found, None))
    return found


def test_all_methods_of_the_marketplace_can_be_loaded_and_mapped_in_advance(shop: FlowShop, lists: Lists) -> None:
    answer = shop.browser(Role.OPERATOR).post(f"{shop.url}load/")
    assert (answer.status_code, answer["Location"]) == (302, f"{shop.url}?all=1")
    assert lists.asked == ["allegro-cz"]
    page = shop.get(query="?all=1")
    assert [row.label for row in page.context["draft"].deliveries] == ["Balíkovna", "PPL"]
    assert [row.label for row in shop.get().context["draft"].deliveries] == ["PPL"]
    form = form_of(page, **{"delivery-carrier-new-1": "Česká pošta"})
    seen = shop.browser().post(f"{shop.url}?all=1", {**form, "step": "preview"})
    shop.browser().post(f"{shop.url}?all=1", shop.second(form, seen))
    assert stored(shop)["new-1"] == ("Balíkovna", "Česká pošta", "Balíkovna")


def test_an_allegro_that_does_not_answer_is_said(shop: FlowShop, lists: Lists) -> None:
    lists.failure = NotSent("connect_failed", "refused")
    answer = shop.browser().post(f"{shop.url}load/", follow=True)
    assert shows(answer, "Allegro gave us no list:")
    assert json.loads(answer.context["known"])


def test_a_line_without_a_text_takes_as_much_of_the_methods_name_as_pohoda_takes(shop: FlowShop) -> None:
    name = "Z-BOX " * 20
    with shop.inside():
        shop.receive(delivery=delivery(method={"id": BOX, "name": name}))
    assert shop.save(box_form(shop)).status_code == 302
    assert stored(shop)[BOX][1:] == ("Zásilkovna", ("Z-BOX " * 15).strip())
