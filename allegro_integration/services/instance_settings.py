"""Saving one part of an instance's settings (orders, offers, statuses, invoices); what it decides is planned anew."""

from __future__ import annotations

from typing import Any, Final

from allegro_integration.models import Market, Order
from connectify.instances.models import Instance
from connectify.instances.services import save_settings
from connectify.sync import due
from connectify.users.models import User

PARTS: Final = ("orders", "offers", "statuses", "invoices")


def save_part(
    *, market: Market, part: str, content: dict[str, Any], actor: User | None, read_version: int | None = None
) -> Instance:
    """Stores `content` as `settings[part]`, audited, and lets the account's next turn plan with it at once.

    Raises Rejected("settings_changed") when they moved on since `read_version`.
    """
    if part not in PARTS:
        raise ValueError(part)
    instance = Instance.objects.select_for_update().get(pk=market.instance_id)
    settings = {**instance.settings, part: content}
    saved = save_settings(instance=instance, settings=settings, actor=actor, read_version=read_version)
    if part in ("statuses", "invoices"):
        # Offers and orders look at the settings by themselves; these are planned when their record is marked.
        Order.objects.filter(instance=saved).exclude(pohoda_number="").update(needs_plan=True)
    due.nudge("allegro.account", market.account_id)
    return saved
