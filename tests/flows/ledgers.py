"""What the sandboxes really did, replayed: each effect beside what the other side could give at that very moment."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

from connectify.sandbox.catalogue import load_catalogue
from tests.flows.readings import Readings

Entry = dict[str, Any]
T = TypeVar("T")
RANKS: Final = ("NEW", "PROCESSING", "READY_FOR_SHIPMENT", "READY_FOR_PICKUP", "SENT", "PICKED_UP")
OURS: Final = frozenset({"command", "patch"})
ISSUED: Final = frozenset({"slip", "invoice", "cancel"})
OF_OFFERS: Final = frozenset({"offer.quantity", "offer.price", "offer.price_held", "offer.ended", "offer.activated"})


@dataclass(frozen=True)
class Applied:
    """Effects of both sandboxes in the order they happened; `offers` as Allegro has them now."""

    entries: list[Entry]
    goods: int
    offers: list[Entry] = field(repr=False)

    def __len__(self) -> int:
        return len(self.entries)

    def of_kind(self, kind: str, *, key: str = "", after: int = 0) -> list[Entry]:
        return [one for one in self.entries[after:] if one["kind"] == kind and key in ("", one["key"])]

    def written_to_offers(self, *, after: int = 0) -> list[Entry]:
        """What we did to offers, by command or patch; what buyers and Allegro itself did is not in it."""
        return [one for one in self.entries[after:] if one["kind"] in OF_OFFERS and one["data"]["by"] in OURS]

    def problems(self) -> list[str]:
        """Everything that must never be in a ledger; empty when all is well."""
        return [*self.doubled(), *self.beyond_both_sides()]

    def doubled(self) -> list[str]:
        """Effects that stand twice, and statuses that went back."""
        return [
            *_twice("order created", (one["key"] for one in self.of_kind("order.created"))),
            *_twice("invoice created", ((e["key"], e["data"]["number"]) for e in self.of_kind("invoice.created"))),
            *_twice("file uploaded", ((e["key"], e["data"]["number"]) for e in self.of_kind("invoice.file"))),
            *_twice("parcel added", ((e["key"], e["data"]["waybill"]) for e in self.of_kind("shipment.added"))),
            *_statuses_not_forward(self.of_kind("fulfillment.set")),
        ]

    def beyond_both_sides(self, readings: Readings | None = None) -> list[str]:
        """More pieces than Pohoda could give at that moment, and prices that its levels do not make.

        With `readings`, while people go on buying and selling: at no moment since what the effect may rest on was read.
        """
        return _Replay(self, readings).problems()


def read_applied(directory: Path, goods: int, offers: list[Entry]) -> Applied:
    lines = (directory / "applied.jsonl").read_text(encoding="utf-8").splitlines()
    return Applied([json.loads(line) for line in lines], goods, offers)


def _twice(what: str, keys: Iterator[Any]) -> list[str]:
    return [f"{what} {count} times: {key}" for key, count in Counter(keys).items() if count > 1]


def _statuses_not_forward(effects: list[Entry]) -> list[str]:
    """Each status of an order is written once and further on than the one before."""
    reached: dict[str, int] = {}
    problems = []
    for effect in effects:
        rank = RANKS.index(effect["data"]["status"])
        if rank <= reached.get(effect["key"], 0):
            problems.append(f"{effect['key']}: {effect['data']['status']} after {RANKS[reached[effect['key']]]}")
        reached[effect["key"]] = max(rank, reached.get(effect["key"], 0))
    return problems


class _Replay:
    """Walks through the effects and knows of each card at that moment what is on hand, sold, issued and its prices.

    What may be offered is what is on hand less what was sold at Allegro and has not left the store yet, whether Pohoda
    knows of the order or not. Pieces of a purchase that the journal never told are not known to be sold until the sweep
    finds it: by as many may be offered too much.
    """

    def __init__(self, applied: Applied, readings: Readings | None = None) -> None:
        goods = load_catalogue(applied.goods)
        self.applied = applied
        self.readings = readings
        self.could_give: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self.wanted: dict[str, list[tuple[str, dict[str, Decimal]]]] = defaultdict(list)
        self.count = {good.code: Decimal(good.stock) for good in goods}
        self.levels = {good.code: {"Allegro CZ": good.price_czk, "Allegro SK": good.price_eur} for good in goods}
        self.sold: Counter[str] = Counter()
        self.lost: dict[str, list[Entry]] = {}
        self.issued: dict[str, Decimal] = {}
        eans = {good.ean: good.code for good in goods}
        self.codes = {offer["id"]: offer["external"] or eans.get(offer["ean"], "") for offer in applied.offers}
        self.rules = {offer["id"]: offer["rules"] for offer in applied.offers}
        for code in self.count:
            self._note("", code)

    def problems(self) -> list[str]:
        return [problem for entry in self.applied.entries for problem in self._step(entry)]

    def _step(self, entry: Entry) -> Iterator[str]:
        data = entry["data"]
        match entry["kind"]:
            case "stock.changed":
                self._moved(data)
                self._note(entry["at"], data["code"])
            case "price.changed" if data["level"] in ("Allegro CZ", "Allegro SK"):
                self.levels[data["code"]][data["level"]] = Decimal(data["after"])
                self._note(entry["at"], data["code"])
            case "offer.quantity" if data["by"] in ("purchase", "cancellation"):
                self.sold[entry["key"]] += data["was"] - data["quantity"]
                self._note(entry["at"], self.codes[entry["key"]])
            case "journal.lost":
                self.lost[entry["key"]] = data["lines"]
            case "offer.quantity" if data["by"] in OURS:
                yield from self._too_many(entry)
            case "offer.price" if data["by"] in OURS:
                yield from self._not_planned(entry)

    def _moved(self, data: Entry) -> None:
        before, after = Decimal(data["before"]), Decimal(data["after"])
        self.count[data["code"]] = after
        if data["by"] in ISSUED:
            self.issued[data["code"]] = self.issued.get(data["code"], Decimal(0)) + before - after

    def _too_many(self, entry: Entry) -> Iterator[str]:
        offer, quantity = entry["key"], entry["data"]["quantity"]
        code = self.codes[offer]
        can_give = max(self._since(entry, self.could_give[code]))
        untold = sum(line["quantity"] for line in self._untold(entry["at"]) if self.codes[line["offer"]["id"]] == code)
        if quantity > can_give + untold:
            yield f"{entry['at']} offer {offer} ({code}): {quantity} pieces, Pohoda could give {can_give} (+{untold})"

    def _untold(self, at: str) -> Iterator[Entry]:
        """Lines of purchases of which the journal has said nothing by then: of most, one event of several was lost."""
        told = self.readings.told if self.readings else {}
        for form, lines in self.lost.items():
            if form not in told or told[form] > at:
                yield from lines

    def _not_planned(self, entry: Entry) -> Iterator[str]:
        offer, data = entry["key"], entry["data"]
        if data["marketplace"] in self.rules[offer]:
            return
        place = {"allegro-business-cz": "allegro-cz"}.get(data["marketplace"], data["marketplace"])
        wanted = [prices.get(place) for prices in self._since(entry, self.wanted[self.codes[offer]])]
        if Decimal(data["amount"]) not in wanted:
            yield f"{entry['at']} offer {offer}: {data['amount']} on {place}, {wanted[-1]} by Pohoda"

    def _note(self, at: str, code: str) -> None:
        """What Pohoda could give and what its levels make, from this moment on."""
        if code not in self.count:
            return
        sold = sum(pieces for offer, pieces in self.sold.items() if self.codes[offer] == code)
        free = self.count[code] - sold + self.issued.get(code, Decimal(0))
        self.could_give[code].append((at, max(0, int(free.to_integral_value(ROUND_FLOOR)))))
        self.wanted[code].append((at, wanted_prices(self.levels[code])))

    def _since(self, entry: Entry, noted: list[tuple[str, T]]) -> list[T]:
        """What held when the effect's ground was read and whatever came after; without readings, what holds now."""
        start = self.readings.behind(entry) if self.readings else entry["at"]
        earlier = [at for at, _ in noted if at <= start]
        return [value for _, value in noted[max(len(earlier) - 1, 0) :]]


def wanted_prices(levels: dict[str, Decimal]) -> dict[str, Decimal]:
    """What the demo's price steps make of a card's levels, worked out by itself."""
    whole = (levels["Allegro SK"] * Decimal("1.05") - Decimal("0.90")).to_integral_value(ROUND_HALF_UP)
    return {
        "allegro-cz": levels["Allegro CZ"].to_integral_value(ROUND_CEILING),
        "allegro-sk": max(whole, Decimal(0)) + Decimal("0.90"),
    }
