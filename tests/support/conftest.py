"""The worlds of the services' tests, and signed-in browsers as the pages' tests have them."""

from tests.allegro_services.conftest import neighbour, shop, site, site_api, town
from tests.allegro_services.offers.conftest import neighbours_offer, stall
from tests.dashboard.conftest import browser_of, now, owner, quick_passwords, toys

__all__ = [
    "browser_of", "neighbour", "neighbours_offer", "now", "owner", "quick_passwords", "shop", "site", "site_api",
    "stall", "town", "toys",
]  # fmt: skip
