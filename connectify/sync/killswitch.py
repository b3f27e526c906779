"""Switches that stop something for everybody, or for one tenant or instance (RELIABILITY M19).

Scopes: `all`, `direction:<name>`, `kind:<change kind>`, `hop:<name>`, `tenant:<id>`, `instance:<id>`. Read where
work is picked up, each time, so that they hold from the next pick on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from connectify.sync.models import KillSwitch

logger = logging.getLogger(__name__)


def is_off(*scopes: str) -> bool:
    """True when one of these, or everything, is switched off."""
    return bool(off_among(scopes))


def off_among(scopes: Iterable[str]) -> frozenset[str]:
    """Those of `scopes` that are off; all of them when everything is."""
    asked = frozenset(scopes)
    off = frozenset(KillSwitch.objects.filter(scope__in=[*asked, "all"]).values_list("scope", flat=True))
    return asked | off if "all" in off else off


def turn_off(scope: str, *, reason: str) -> None:
    KillSwitch.objects.update_or_create(scope=scope, defaults={"reason": reason})
    logger.warning("switched off: %s (%s)", scope, reason)


def turn_on(scope: str) -> None:
    KillSwitch.objects.filter(scope=scope).delete()
    logger.warning("switched on: %s", scope)
