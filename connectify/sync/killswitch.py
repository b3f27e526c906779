"""Switches that stop something for everybody, or for one tenant or instance (RELIABILITY M19).

Scopes: `all`, `direction:<name>`, `kind:<change kind>`, `tenant:<id>`, `instance:<id>`. Read where work is picked up,
each time, so that they hold from the next pick on. Every turn of a switch is logged for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from connectify.sync.models import KillSwitch, KillSwitchEntry
from connectify.users.models import User

logger = logging.getLogger(__name__)


def is_off(*scopes: str) -> bool:
    """True when one of these, or everything, is switched off."""
    return bool(off_among(scopes))


def off_among(scopes: Iterable[str]) -> frozenset[str]:
    """Those of `scopes` that are off; all of them when everything is."""
    asked = frozenset(scopes)
    off = frozenset(KillSwitch.objects.filter(scope__in=[*asked, "all"]).values_list("scope", flat=True))
    return asked | off if "all" in off else off


def turn_off(scope: str, *, reason: str, actor: User | None = None) -> None:
    """Again: takes the new reason, and stays off since when it was."""
    KillSwitch.objects.update_or_create(scope=scope, defaults={"reason": reason})
    KillSwitchEntry.objects.create(actor=actor, scope=scope, is_off=True, reason=reason)
    logger.warning("switched off: %s (%s)", scope, reason)


def turn_on(scope: str, *, reason: str = "", actor: User | None = None) -> None:
    """Nothing happens where it is on."""
    deleted, _ = KillSwitch.objects.filter(scope=scope).delete()
    if deleted:
        KillSwitchEntry.objects.create(actor=actor, scope=scope, is_off=False, reason=reason)
        logger.warning("switched on: %s", scope)


def switches_over(scopes: Iterable[str], *, of_instances: bool = False) -> QuerySet[KillSwitch]:
    """Those that are off among these scopes, and the one that stops everything; the oldest first.

    `of_instances`: those of any instance as well, for a caller who does not know its instances yet.
    """
    wanted = Q(scope__in=[*scopes, "all"])
    if of_instances:
        wanted |= Q(scope__startswith="instance:")
    return KillSwitch.objects.filter(wanted).order_by("since", "scope")
