"""What the module tells the platform's part of the API."""

from __future__ import annotations

import uuid

from allegro_integration.models import Market
from connectify.api.runs import register_resources


def register() -> None:
    """Idempotent."""
    register_resources("allegro", _resources_of)


def _resources_of(instance_id: uuid.UUID) -> list[uuid.UUID]:
    """An instance's work is done on its account and its unit."""
    rows = Market.objects.filter(instance=instance_id).values_list("account_id", "unit_id")
    return [one for row in rows for one in row]
