"""Instances made on the pages, by a company that has an account and a unit."""

from __future__ import annotations

from typing import Any

from allegro_integration.models import Account, Market
from pohoda_bridge.server.models import Unit
from tests.setup_pages.companies import Company

NEW = "/setup/instances/new/"
SINCE = "2026-11-01T08:30"


def values(company: Company, marketplace: str = "allegro-cz", **changed: Any) -> dict[str, Any]:
    with company.inside():
        account, unit = Account.objects.get(), Unit.objects.order_by("ico").first()
        assert unit is not None
        place = f"{account.pk}:{marketplace}"
        home = {"unit_country": "CZ", "home_currency": "CZK"}
        given = {"place": place, "unit": str(unit.pk), "name": "", "store": "ZBOZI", "orders_since": SINCE}
        return {**given, **home, **changed}


def create(company: Company, marketplace: str = "allegro-cz", **changed: Any) -> str:
    """→ the address of the instance's page."""
    return str(company.browser().post(NEW, values(company, marketplace, **changed))["Location"])


def market_of(company: Company, page: str) -> Market:
    with company.inside():
        markets = Market.objects.select_related("instance", "account", "unit__connection")
        return markets.get(instance_id=page.strip("/").rpartition("/")[2])
