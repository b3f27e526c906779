"""Reading instances."""

from __future__ import annotations

from connectify.instances.models import Arming, Instance


def is_armed(instance: Instance, direction: str) -> bool:
    """Whether this direction of the instance may write."""
    return Arming.objects.filter(instance=instance, direction=direction, armed_at__isnull=False).exists()


def armed_directions(instance: Instance) -> list[str]:
    rows = Arming.objects.filter(instance=instance, armed_at__isnull=False)
    return list(rows.order_by("direction").values_list("direction", flat=True))
