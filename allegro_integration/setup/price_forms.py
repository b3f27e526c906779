"""The builder of price steps: rows of a form, parsed, moved and checked without a script.

A form posts every row; `edit` in the POST names one change of the rows ("add", "up:2", "remove:0"), which is shown and
not stored. A row keeps the kind it was added as.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from allegro_integration.setup.price_numbers import typed, typed_percent
from allegro_integration.setup.price_reading import UnfitStep, read_step
from allegro_integration.setup.price_words import KINDS, MONEY, SELLING_PRICE, Choices, Input, StepKind
from connectify.domain.price_steps import FromLevel, Multiply, PriceStep, ToCurrency

FROM_LEVEL: Final = "from_level"
FINISHING: Final = frozenset({"round_to", "ending", "floor", "ceiling"})
MAX_STEPS: Final = 30
_MAX_TYPED: Final = 80


class StepsInvalid(ValueError):
    """The rows cannot be stored as they are; each says why in its `problem`."""


@dataclass
class StepRow:
    """One step as typed, by the names of its inputs."""

    kind: str
    values: dict[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class ShownInput:
    """One field as the template writes it. `choices` (value, label, is chosen) is empty for a number."""

    name: str
    label: str | Promise
    value: str
    unit: str
    choices: tuple[tuple[str, str | Promise, bool], ...]
    is_focused: bool


@dataclass(frozen=True)
class ShownStep:
    """`focus`: "up" or "down" where the last edit leads to that button."""

    row: StepRow
    at: int
    number: int
    kind: StepKind
    start: str
    inputs: tuple[ShownInput, ...]
    may_up: bool
    may_down: bool
    focus: str


@dataclass
class StepRows:
    """The rows of one form. `levels` are price levels really seen, `currencies` those to choose from, ours first."""

    rows: list[StepRow]
    levels: Sequence[str] = ()
    currencies: Sequence[str] = ("CZK",)
    focus: str = ""
    prefix: str = "steps"

    @classmethod
    def of(cls, steps: Iterable[PriceStep], **page: Any) -> StepRows:
        """The rows of stored steps."""
        return cls([_row_of(step) for step in steps], **page)

    @classmethod
    def from_post(cls, post: QueryDict, **page: Any) -> StepRows:
        """The rows as they were posted; what does not belong to the form is not looked at."""
        rows = cls([], **page)
        count = post.get(f"{rows.prefix}-count", "")
        for at in range(min(int(count), MAX_STEPS) if count.isascii() and count.isdecimal() and len(count) < 4 else 0):
            kind = post.get(f"{rows.prefix}-{at}-kind", "")
            if kind in KINDS:
                names = [one.name for one in KINDS[kind].inputs]
                values = {name: post.get(f"{rows.prefix}-{at}-{name}", "").strip()[:_MAX_TYPED] for name in names}
                rows.rows.append(StepRow(kind, values))
        return rows

    def apply_edit(self, edit: str, *, new_kind: str = "") -> None:
        """Changes the rows as a button asks. `new_kind` is what "add" without a kind adds."""
        name, _colon, what = edit.partition(":")
        if name == "add":
            self._add(what or new_kind)
        elif what.isascii() and what.isdecimal() and len(what) < 4 and int(what) < len(self.rows):
            at = int(what)
            if name == "remove":
                del self.rows[at]
                self.focus = "add"
            elif name in ("up", "down"):
                self._move(at, at + (1 if name == "down" else -1), name)

    def _add(self, kind: str) -> None:
        if kind in KINDS and len(self.rows) < MAX_STEPS:
            at = 0 if kind == FROM_LEVEL else self._end() if kind not in FINISHING else len(self.rows)
            self.rows.insert(at, StepRow(kind, {one.name: one.default for one in KINDS[kind].inputs}))
            self.focus = f"{at}-{KINDS[kind].inputs[0].name}"

    def _end(self) -> int:
        """Before the roundings and limits that stand last: they are to finish the price whatever is added."""
        at = len(self.rows)
        while at and self.rows[at - 1].kind in FINISHING:
            at -= 1
        return at

    def _move(self, at: int, to: int, name: str) -> None:
        if 0 <= to < len(self.rows):
            self.rows[at], self.rows[to] = self.rows[to], self.rows[at]
            self.focus = f"{to}-{name}"

    # --- what they mean -----------------------------------------------------------------------------------------

    def steps(self) -> tuple[PriceStep, ...]:
        """The steps of the rows. Raises StepsInvalid; then each row says what is wrong with it."""
        found: list[PriceStep] = []
        for row in self.rows:
            row.problem = ""
            try:
                found.append(read_step(row.kind, row.values))
            except UnfitStep as unfit:
                row.problem = str(unfit)
        if any(row.problem for row in self.rows):
            raise StepsInvalid
        return tuple(found)

    def readable(self) -> tuple[tuple[PriceStep, ...], bool]:
        """The steps that can be read so far, and whether these are all; says nothing in the rows."""
        found: list[PriceStep] = []
        for row in self.rows:
            with contextlib.suppress(UnfitStep):
                found.append(read_step(row.kind, row.values))
        return tuple(found), len(found) == len(self.rows)

    def as_json(self) -> list[dict[str, Any]]:
        """The steps as they are stored, numbers as text. Raises StepsInvalid."""
        stored: list[dict[str, Any]] = msgspec.to_builtins(self.steps())
        return stored

    @property
    def problems(self) -> list[str]:
        """After `steps()`: "2. Round: …", in the order of the rows."""
        return [
            f"{number}. {KINDS[row.kind].label}: {row.problem}"
            for number, row in enumerate(self.rows, 1)
            if row.problem
        ]

    # --- as the template writes them ----------------------------------------------------------------------------------

    @property
    def shown(self) -> list[ShownStep]:
        units = self._currencies_before()
        return [self._shown(at, row, units[at]) for at, row in enumerate(self.rows)]

    @property
    def may_add(self) -> bool:
        return len(self.rows) < MAX_STEPS

    @property
    def has_source(self) -> bool:
        return bool(self.rows) and self.rows[0].kind == FROM_LEVEL

    @property
    def new_kinds(self) -> list[tuple[str, Promise]]:
        """What may be added now: a price begins with a price from Pohoda, once."""
        names = [name for name in KINDS if name != FROM_LEVEL] if self.has_source else [FROM_LEVEL]
        return [(name, KINDS[name].label) for name in names]

    @property
    def currency(self) -> str:
        """The currency that the price has after the last step."""
        return self._currencies_before()[-1]

    def _currencies_before(self) -> list[str]:
        """The price's currency before each step, and after the last."""
        currency, found = self.currencies[0], []
        for row in self.rows:
            found.append(currency)
            if row.kind in (FROM_LEVEL, "to_currency"):
                currency = row.values.get("currency") or self.currencies[0]
        return [*found, currency]

    def _shown(self, at: int, row: StepRow, currency: str) -> ShownStep:
        kind, start = KINDS[row.kind], f"{self.prefix}-{at}"
        lowest = 1 if self.has_source else 0
        part = self.focus.removeprefix(f"{at}-") if self.focus.startswith(f"{at}-") else ""
        inputs = tuple(self._input(one, row, start, currency, part) for one in kind.inputs)
        may_move = at >= lowest
        return ShownStep(
            row, at, at + 1, kind, start, inputs, may_move and at > lowest, may_move and at < len(self.rows) - 1, part
        )  # fmt: skip

    def _input(self, one: Input, row: StepRow, start: str, currency: str, focus: str) -> ShownInput:
        value = row.values.get(one.name, "")
        choices = tuple((key, label, key == value) for key, label in self._choices(one, row, value))
        unit = currency if one.unit == MONEY else one.unit
        return ShownInput(f"{start}-{one.name}", one.label, value, unit, choices, focus == one.name)

    def _choices(self, one: Input, row: StepRow, value: str) -> Choices:
        if one.choices is None:
            return ()
        if one.name == "level":
            names = dict.fromkeys((*self.levels, *([value] if value else [])))
            unseen = _("%(level)s (on no card)")
            seen = ((name, name if name in self.levels else unseen % {"level": name}) for name in names)
            return (("", SELLING_PRICE), *seen)
        if one.name == "currency":
            own = "" if row.kind == FROM_LEVEL else self.currencies[0]
            others = dict.fromkeys((*self.currencies[1:], *([value] if value and value != own else [])))
            return ((own, self.currencies[0]), *((name, name) for name in others))
        return one.choices


def _row_of(step: PriceStep) -> StepRow:
    stored: dict[str, Any] = msgspec.to_builtins(step)
    kind = stored.pop("step")
    values = {name: _typed(value) for name, value in stored.items()}
    match step:
        case Multiply(factor=factor):
            values = {"percent": typed_percent(factor)}
        case FromLevel(with_vat=with_vat):
            values["with_vat"] = "yes" if with_vat else "no"
        case ToCurrency(amount=amount):
            values["amount"] = str(amount)
        case _:
            pass
    return StepRow(kind, values)


def _typed(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    return typed(Decimal(text)) if text.lstrip("-").replace(".", "", 1).isdecimal() else text
