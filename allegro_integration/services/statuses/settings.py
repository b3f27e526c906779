"""An instance's stored settings of statuses, parsed into what the planner takes."""

from __future__ import annotations

import msgspec

from allegro_integration.domain.status_settings import StatusSettings
from allegro_integration.models import Market
from connectify.domain.errors import NeedsUser


def status_settings(market: Market) -> StatusSettings:
    """Raises NeedsUser("settings_unreadable") when what was stored does not parse any more."""
    try:
        return msgspec.convert(market.instance.settings.get("statuses", {}), type=StatusSettings, strict=False)
    except msgspec.ValidationError as error:
        raise NeedsUser("settings_unreadable", str(error), instance=str(market.instance_id)) from error
