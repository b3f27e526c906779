"""The form of mappings: only what a person changed is taken, so two people at once undo nothing of one another."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from allegro_integration.models import Market
from allegro_integration.services.mappings import folded, line_text_of, problems_of_delivery, problems_of_payment
from allegro_integration.setup.flow_pages import Invalid
from allegro_integration.setup.mappings_seen import Seen, seen_in
from connectify.dashboard.explanations import explain
from connectify.domain.errors import Rejected

PAYMENTS: Final[dict[str, Promise]] = {
    "ONLINE": pgettext_lazy("payment at Allegro", "paid online"),
    "CASH_ON_DELIVERY": pgettext_lazy("payment at Allegro", "cash on delivery"),
    "WIRE_TRANSFER": pgettext_lazy("payment at Allegro", "bank transfer"),
    "SPLIT_PAYMENT": pgettext_lazy("payment at Allegro", "paid in parts"),
    "EXTENDED_TERM": pgettext_lazy("payment at Allegro", "paid later"),
}
DELIVERY: Final = ("carrier", "text")
PAYMENT: Final = ("form",)


@dataclass
class MappingRow:
    """One method or type: what was seen of it, what is typed, and what the form showed when it was opened."""

    seen: Seen
    label: str
    names: tuple[str, ...]
    typed: tuple[str, ...]
    shown: tuple[str, ...]
    problems: list[str] = field(default_factory=list)
    is_wanted: bool = False

    @property
    def is_mapped(self) -> bool:
        return self.seen.value is not None

    @property
    def is_changed(self) -> bool:
        return self.typed != self.shown

    @property
    def fields(self) -> list[tuple[str, str]]:
        return list(zip(self.names, self.typed, strict=True))

    def show(self, problems: list[Rejected]) -> None:
        """With nothing typed there is nothing to store: the mapping goes."""
        self.problems = [explain(one.code, one.params).title for one in problems] if any(self.typed) else []


class MappingsDraft:
    """One form, stored or posted. `wanted`: the method or type that an order's page leads to."""

    def __init__(
        self, market: Market, post: QueryDict | None = None, *, wanted: str = "", every_method: bool = False
    ) -> None:
        self.market = market
        seen = seen_in(market, every_method=every_method)
        self.seen = seen
        known = _known(post)
        self.deliveries = [_row("delivery", one, one.name, DELIVERY, post, known) for one in seen.deliveries]
        self.payments = [
            _row("payment", one, str(PAYMENTS.get(one.key, one.key)), PAYMENT, post, known) for one in seen.payments
        ]
        for row in (*self.deliveries, *self.payments):
            row.is_wanted = bool(wanted) and row.seen.key == wanted

    def apply_edit(self, edit: str) -> bool:
        """Nothing is added or moved here."""
        return False

    def content(self) -> dict[str, Any]:
        """{"deliveries": {id: [carrier, text, name] or None}, "payments": {type: form or None}} of what was changed.

        None: the mapping goes. Raises Invalid.
        """
        for row in self.deliveries:
            carrier, text = row.typed
            row.show(problems_of_delivery(carrier=carrier, line_text=text))
        for row in self.payments:
            row.show(problems_of_payment(form_of_payment=row.typed[0]))
        if any(row.problems for row in (*self.deliveries, *self.payments)):
            raise Invalid
        return {
            "deliveries": {
                row.seen.key: [row.typed[0], line_text_of(row.typed[1], row.label), row.label]
                if any(row.typed)
                else None
                for row in self.deliveries
                if row.is_changed
            },
            "payments": {row.seen.key: row.typed[0] or None for row in self.payments if row.is_changed},
        }

    def context(self) -> dict[str, Any]:
        shown = {row.names[0]: list(row.shown) for row in (*self.deliveries, *self.payments)}
        unmapped = [row for row in self.deliveries if not row.is_mapped]
        return {
            "draft": self,
            "load_url": reverse("load_methods", args=[self.market.instance_id]),
            "known": json.dumps(shown),
            "delivery_groups": [
                (_("Not mapped: orders with these methods wait"), unmapped),
                (_("Mapped"), [row for row in self.deliveries if row.is_mapped]),
            ],
        }


def _row(
    kind: str, seen: Seen, label: str, fields: tuple[str, ...], post: QueryDict | None, known: dict[str, Any]
) -> MappingRow:  # fmt: skip
    names = tuple(f"{kind}-{name}-{seen.key}" for name in fields)
    stored = seen.value or ("",) * len(fields)
    shown = _as_shown(known.get(names[0]), stored)
    if post is None or names[0] not in post:
        return MappingRow(seen, label, names, stored, stored)
    typed = tuple(folded(post.get(name, "")) for name in names)
    # What the person left as it was follows what is stored by now.
    return MappingRow(seen, label, names, stored if typed == shown else typed, stored if typed == shown else shown)


def _as_shown(found: Any, stored: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(found, list) and len(found) == len(stored) and all(isinstance(one, str) for one in found):
        return tuple(found)
    return stored


def _known(post: QueryDict | None) -> dict[str, Any]:
    """What the form showed when it was opened; without it, everything that differs from the stored is a change."""
    try:
        found = json.loads(post.get("known", "{}")) if post is not None else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
