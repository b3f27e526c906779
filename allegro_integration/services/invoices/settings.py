"""An instance's stored settings of invoices, parsed into what the planner takes."""

from __future__ import annotations

import msgspec

from allegro_integration.domain.invoice_settings import InvoiceSettings
from allegro_integration.models import Market
from connectify.domain.errors import NeedsUser


def invoice_settings(market: Market) -> InvoiceSettings:
    """Raises NeedsUser("settings_unreadable") when what was stored does not parse any more."""
    try:
        return msgspec.convert(market.instance.settings.get("invoices", {}), type=InvoiceSettings, strict=False)
    except msgspec.ValidationError as error:
        raise NeedsUser("settings_unreadable", str(error), instance=str(market.instance_id)) from error
