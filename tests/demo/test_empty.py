"""The demo that a person sets up on the pages: what it finds is enough for orders that Pohoda takes."""

from __future__ import annotations

import httpx

from allegro_integration.demo import seeding
from allegro_integration.demo.world import SELLER, STORE, Options, World
from connectify.instances.models import Instance
from connectify.sandbox.catalogue import load_catalogue
from connectify.tenants.context import tenant_scope
from connectify.tenants.selectors import memberships_of
from connectify.users.models import User
from pohoda_bridge.server.models import Unit
from tests.setup_pages.connecting import allegro, site

__all__ = ["allegro", "site"]

GOODS = 60


def test_an_empty_company_sells_goods_of_the_store_that_its_orders_are_to_name(db, allegro):
    httpx.put(f"{allegro.server.url}/_sandbox/sellers/{SELLER}", json={"login": "dilna"}, trust_env=False)
    facts = seeding.seed(
        seller=SELLER, ico="27604977", year=2026, interval_s=5, directions=(), one_store=True, empty=True
    )  # fmt: skip
    assert facts["unit"] == ""
    offers = httpx.get(f"{allegro.server.url}/_sandbox/sellers/{SELLER}/offers", trust_env=False).json()["offers"]
    stores = {good.code: good.store for good in load_catalogue()}
    assert {stores[offer["external"]] for offer in offers} == {STORE}
    with tenant_scope(memberships_of(User.objects.get(email=seeding.OWNER).pk)[0].tenant_id):
        assert not Unit.objects.exists()
        assert not Instance.objects.exists()


def test_of_a_large_catalogue_every_good_of_the_store_is_kept(db, allegro):
    goods = load_catalogue(GOODS)
    address = f"{allegro.server.url}/_sandbox/sellers/{SELLER}"
    offers = [
        {"id": str(at), "external": good.code, "name": good.name, "prices": {"allegro-cz": "99.00"}}
        for at, good in enumerate(goods, 7_000_000_000)
    ]
    httpx.put(address, json={"login": "dilna", "offers": offers}, trust_env=False).raise_for_status()
    seeding.sell_from_one_store(SELLER, GOODS)
    kept = httpx.get(f"{address}/offers", trust_env=False).json()["offers"]
    assert {offer["external"] for offer in kept} == {good.code for good in goods if good.store == STORE}


def test_the_empty_world_asks_for_one_store_and_the_full_one_for_both(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(World, "manage", lambda world, *arguments, **_: asked.append(arguments) or "{}")
    for empty in (True, False):
        with World(tmp_path, Options(empty=empty, goods=GOODS, isolated=True)) as world:
            world.prepare()
    assert [("--one-store" in one, "--goods" in one) for one in asked] == [(True, True), (False, True)]
