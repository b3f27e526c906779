"""What the platform could know when it wrote: when it last read Pohoda's stock and Allegro's journal."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Entry = dict[str, Any]
COMMANDS = "-change-commands/"
PATCHES = "/sale/product-offers/"
# An export that was cut is not stored: what is decided meanwhile rests on the one before.
WHOLE = "responsePack>"


@dataclass(frozen=True)
class Readings:
    """Moments as the ledgers write them, each list in order; `writes` by command, or by offer that was patched; `told`
    by checkout form, when the journal first spoke of it.
    """

    stock: list[str]
    journal: list[str]
    writes: dict[str, list[str]]
    told: dict[str, str]

    def behind(self, effect: Entry) -> str:
        """When the stock was read that the effect may rest on.

        Written after the last look into the journal, which came after a reading of the stock that was stored by then:
        the one before the last, as the last may still have been on its way.
        """
        written_as = effect["data"]["id"] if effect["data"]["by"] == "command" else effect["key"]
        written = _last(self.writes.get(written_as, []), effect["at"])
        assert written, f"no write made this: {effect}"
        looked = _last(self.journal, written)
        before = self.stock[: bisect_left(self.stock, looked)]
        assert before, f"written before any stock was read: {effect}"
        return before[-2] if len(before) > 1 else ""


def read_readings(directory: Path) -> Readings:
    writes: dict[str, list[str]] = defaultdict(list)
    journal, told = list[str](), dict[str, str]()
    for one in _exchanges(directory / "allegro.jsonl"):
        method, path = one["method"], one["path"]
        if (method, path) == ("GET", "/order/events"):
            journal.append(one["at"])
            events = json.loads(one["response_body"])["events"] if one["status"] == 200 else []
            for event in events:
                told.setdefault(event["order"]["checkoutForm"]["id"], one["at"])
        elif (method == "PUT" and COMMANDS in path) or (method == "PATCH" and path.startswith(PATCHES)):
            writes[path.rsplit("/", 1)[1]].append(one["at"])
    asked = [one for one in _exchanges(directory / "pohoda.jsonl") if "<lStk:listStockRequest" in one["request_body"]]
    stock = [one["at"] for one in asked if one["response_body"].rstrip().endswith(WHOLE)]
    return Readings(sorted(stock), sorted(journal), {key: sorted(moments) for key, moments in writes.items()}, told)


def _exchanges(path: Path) -> list[Entry]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _last(moments: list[str], before: str) -> str:
    """The last of the moments before that one; "" when there is none."""
    return max((moment for moment in moments if moment <= before), default="")
