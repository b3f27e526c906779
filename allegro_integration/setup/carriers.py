"""Carriers and delivery methods as Allegro lists them: asked for when a person wants the list, kept for a day.

Both lists are the same for every seller of an environment, and are kept as plain texts beside the counters (ADR 15).
Until somebody loads the carriers, and after they were lost, the usual ones are offered.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from allegro_integration.client.api import AllegroApi
from allegro_integration.domain.status_settings import OTHER
from allegro_integration.models import Account

KEPT_S: Final = 24 * 3600
# Carrier ids of Allegro that shops in Czechia and Slovakia meet. Source: `GET /order/carriers`.
USUAL: Final = (
    ("ZASILKOVNA", "Zásilkovna"), ("PPL", "PPL"), ("DPD", "DPD"), ("GLS", "GLS"), ("CESKA_POSTA", "Česká pošta"),
    ("INPOST", "InPost"), ("DHL", "DHL"), ("UPS", "UPS"), ("FOXPOST", "Foxpost"),
)  # fmt: skip
ANOTHER: Final = _("another carrier: Allegro shows the name from Pohoda")
Choices = list[tuple[str, str | Promise]]


def carriers_of(account: Account, stored: Iterable[str] = ()) -> Choices:
    """(id, name) to choose from: Allegro's list when it was loaded, else the usual ones; and what is stored."""
    listed: list[tuple[str, str]] = cache.get(_carriers_key(account)) or list(USUAL)
    names = dict(listed)
    # Allegro's own delivery adds its numbers by itself and refuses ours.
    names.pop("ALLEGRO", None)
    names.pop(OTHER, None)
    for carrier_id in stored:
        if carrier_id and carrier_id != OTHER:
            names.setdefault(carrier_id, carrier_id)
    chosen: Choices = [(carrier_id, name or carrier_id) for carrier_id, name in names.items()]
    chosen.sort(key=lambda one: str(one[1]).casefold())
    return [*chosen, (OTHER, ANOTHER)]


def methods_of(account: Account, marketplace: str) -> dict[str, str]:
    """id → name of every delivery method of the marketplace; empty until somebody has loaded them."""
    return dict(cache.get(_methods_key(account, marketplace)) or {})


def load_carriers(account: Account, api: AllegroApi) -> int:
    """Asks Allegro. → how many there are. Not inside of a transaction."""
    listed = [(one.id, one.name) for one in api.carriers()]
    cache.set(_carriers_key(account), listed, KEPT_S)
    return len(listed)


def load_methods(account: Account, marketplace: str, api: AllegroApi) -> int:
    """Asks Allegro. → how many there are. Not inside of a transaction."""
    listed = {one.id: one.name for one in api.delivery_methods(marketplace)}
    cache.set(_methods_key(account, marketplace), listed, KEPT_S)
    return len(listed)


def _carriers_key(account: Account) -> str:
    return f"allegro.carriers.{account.environment}"


def _methods_key(account: Account, marketplace: str) -> str:
    return f"allegro.delivery_methods.{account.environment}.{marketplace}"
