"""What stands still in a direction until a person decides: changes that are held, records that were put aside."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.db.models import CharField, Count, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from connectify.dashboard.directions import DIRECTIONS
from connectify.dashboard.figures import Figure
from connectify.dashboard.inbox_quarantined import direction_of_record
from connectify.domain.change import ChangeState
from connectify.sync.directions import direction_of, kinds_of
from connectify.sync.models import Change, Quarantined

_HELD: Final = "held"
_ASIDE: Final = "aside"
# Only offers are held for a person's yes; an order's change that is held waits for what the order lacks.
_TO_APPROVE: Final = "offers"
_FIRST: Final = next(iter(DIRECTIONS))  # where records of a kind that nobody knows are shown
_WORDS: Final = {_HELD: (_("held"), "wait"), _ASIDE: (_("put aside"), "bad")}


def standing_figures() -> dict[tuple[uuid.UUID, str], list[Figure]]:
    """By (instance id, direction) of the tenant in force; one query. What belongs to no instance is in the inbox."""
    counts: dict[tuple[uuid.UUID, str, str], int] = {}
    held = Change.objects.filter(state=ChangeState.HELD, kind__in=kinds_of(_TO_APPROVE))
    aside = Quarantined.objects.filter(state=Quarantined.State.OPEN, instance__isnull=False)
    for instance, kind, what, count in _counted(held, "kind", _HELD).union(
        _counted(aside, "subject_kind", _ASIDE), all=True
    ):
        direction = (direction_of(kind) if what == _HELD else direction_of_record(kind)) or _FIRST
        place = (instance, direction, what)
        counts[place] = counts.get(place, 0) + count
    found: dict[tuple[uuid.UUID, str], list[Figure]] = {}
    for (instance, direction, what), count in sorted(counts.items(), key=lambda one: one[0][2]):
        label, tone = _WORDS[what]
        figure = Figure(label, count, reverse("inbox"), tone, asks=True)
        found.setdefault((instance, direction), []).append(figure)
    return found


def _counted(rows: Any, kind: str, what: str) -> Any:
    named = rows.order_by().values("instance_id", kind).annotate(what=Value(what, CharField()), count=Count("*"))
    return named.values_list("instance_id", kind, "what", "count")
