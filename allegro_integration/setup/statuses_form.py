"""The form of order states: rules, the parcel's field, and which carrier at Allegro a carrier in Pohoda is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from allegro_integration.domain.order_facts import FIELD, ORDER_CATALOGUE, with_fields
from allegro_integration.domain.status_settings import StatusSettings
from allegro_integration.domain.statuses import ASIDE, ORDERED
from allegro_integration.explain_statuses import FACTS
from allegro_integration.explain_words import FULFILMENTS, RULES
from allegro_integration.models import Market
from allegro_integration.services.seen import SeenInOrders, seen_in_orders
from allegro_integration.setup.carriers import carriers_of
from allegro_integration.setup.flow_pages import Invalid
from connectify.dashboard.rule_forms import RuleRows, RulesInvalid
from connectify.domain.rules import Rule

MOST_CARRIERS: Final = 60
MAX_NAME: Final = 64

OUTCOMES: Final = tuple((status, FULFILMENTS[status]) for status in (*ORDERED, *ASIDE))


@dataclass
class CarrierRow:
    """A carrier in Pohoda and its id at Allegro ("" = like all others)."""

    name: str
    carrier_id: str
    problem: str = ""


@dataclass
class CarrierRows:
    """`prefix`: of the fields and of the buttons."""

    rows: list[CarrierRow] = field(default_factory=list)
    prefix: str = "carriers"

    @classmethod
    def of(cls, carriers: dict[str, str], seen: Iterable[str]) -> CarrierRows:
        """Those that are set, then those that orders in Pohoda really have."""
        rows = [CarrierRow(name, carrier_id) for name, carrier_id in carriers.items()]
        rows += [CarrierRow(name, "") for name in seen if name not in carriers]
        return cls(rows)

    @classmethod
    def from_post(cls, post: QueryDict) -> CarrierRows:
        text = post.get("carriers-count", "")
        count = min(int(text), 2 * MOST_CARRIERS) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
        return cls(
            [
                CarrierRow(post.get(f"carriers-{at}-name", "").strip(), post.get(f"carriers-{at}-id", ""))
                for at in range(count)
            ]
        )

    def apply_edit(self, edit: str) -> bool:
        prefix, _colon, what = edit.partition(":")
        if prefix != self.prefix:
            return False
        if what == "add" and len(self.rows) < MOST_CARRIERS:
            self.rows.append(CarrierRow("", ""))
        return True

    def as_json(self, known: Iterable[str]) -> dict[str, str]:
        """Carriers that are set to something. Raises Invalid; then a row says why."""
        found: dict[str, str] = {}
        ids = set(known)
        for row in self.rows:
            row.problem = ""
            if not row.carrier_id:
                continue  # like all others
            if not row.name:
                row.problem = _("Write the name of the carrier as it stands in Pohoda.")
            elif len(row.name) > MAX_NAME:
                row.problem = _("This is too long.")
            elif row.carrier_id not in ids:
                row.problem = _("Choose a carrier from the list.")
            elif row.name in found:
                row.problem = _("This carrier stands here twice.")
            found[row.name] = row.carrier_id
        if any(row.problem for row in self.rows):
            raise Invalid
        return found


class StatusesDraft:
    """One form, stored or posted."""

    def __init__(self, market: Market, post: QueryDict | None = None) -> None:
        self.market, self.stored = market, readable(market)
        self.seen = seen_in_orders(market.unit)
        self.parcel_problem = self.default_problem = ""
        self.known = carriers_of(market.account, {*self.stored.carriers.values(), self.stored.default_carrier})
        words = rule_words(self.stored.rules, self.seen)
        if post is None:
            self.rules = RuleRows.of(self.stored.rules, **words)
            self.carriers = CarrierRows.of(dict(self.stored.carriers), self.seen.carriers)
            self.parcel_field, self.default_carrier = self.stored.parcel_field, self.stored.default_carrier
        else:
            self.rules = RuleRows.from_post(post, **words)
            self.carriers = CarrierRows.from_post(post)
            self.parcel_field, self.default_carrier = post.get("parcel_field", ""), post.get("default_carrier", "")

    @property
    def fields(self) -> list[str]:
        """Optional fields of the unit's orders, and the stored one."""
        stored = [self.stored.parcel_field] if self.stored.parcel_field else []
        return list(dict.fromkeys([*self.seen.fields, *stored]))

    def apply_edit(self, edit: str) -> bool:
        return self.rules.apply_edit(edit) or self.carriers.apply_edit(edit)

    def content(self) -> dict[str, Any]:
        """The settings to store. Raises Invalid."""
        is_valid = True
        rules: list[dict[str, Any]] = []
        carriers: dict[str, str] = {}
        try:
            rules = self.rules.as_json()
        except RulesInvalid:
            is_valid = False
        try:
            carriers = self.carriers.as_json(dict(self.known))
        except Invalid:
            is_valid = False
        if self.parcel_field and self.parcel_field not in self.fields:
            self.parcel_problem, is_valid = _("The unit has no such field."), False
        if self.default_carrier not in dict(self.known):
            self.default_problem, is_valid = _("Choose a carrier from the list."), False
        if not is_valid:
            raise Invalid
        return {
            "rules": rules,
            "parcel_field": self.parcel_field,
            "carriers": carriers,
            "default_carrier": self.default_carrier,
        }

    def context(self) -> dict[str, Any]:
        load_url = reverse("load_carriers", args=[self.market.instance_id])
        return {"draft": self, "rules": self.rules, "load_url": load_url}


def readable(market: Market) -> StatusSettings:
    """The stored settings, or the defaults where they do not parse any more."""
    try:
        return msgspec.convert(market.instance.settings.get("statuses", {}), type=StatusSettings, strict=False)
    except msgspec.ValidationError:
        return StatusSettings()


def rule_words(rules: Iterable[Rule], seen: SeenInOrders) -> dict[str, Any]:
    """What the rule builder takes: the facts of orders with the unit's optional fields, and values really seen."""
    used = [
        one.fact.removeprefix(FIELD) for rule in rules for one in rule.conditions if one.fact.startswith(FIELD)
    ]  # fmt: skip
    return {
        "catalogue": with_fields(ORDER_CATALOGUE, dict.fromkeys([*seen.fields, *used])),
        "outcomes": OUTCOMES,
        "label_of_fact": label_of_fact,
        "names": RULES,
        "suggestions": {"carrier": seen.carriers, "payment_type": seen.payment_types, "labels": seen.labels},
    }


def label_of_fact(key: str) -> str:
    """The words for a fact; an optional field of Pohoda is shown by its own name."""
    if key.startswith(FIELD):
        return _("Field %(name)s") % {"name": key.removeprefix(FIELD)}
    return str(FACTS.get(key, key))
