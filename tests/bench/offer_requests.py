"""G4: requests to Allegro for one account's offers, counted by the sandbox: when nothing changed, and when much did.

The account's whole turns run here as in a worker, on the stock that exports brought; the sandbox is a process of its
own. Beside it, as information, the plain way: an edit of the offer for each field that has changed. Offers that end or
start again are edited one by one (ADR 0010); what is read of reports and back from offers is counted apart.
"""

from __future__ import annotations

import datetime as dt
import math
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

from django.db.models import F

from allegro_integration.models import Account, Offer, OfferCommand
from connectify.clock import now
from connectify.domain.change import ChangeState
from connectify.sync import runs
from connectify.sync.models import Change, Run
from connectify.tenants.context import tenant_scope
from tests.bench.mirror import Mirror
from tests.bench.registry import Figure, bench
from tests.bench.seller import ACCOUNT, SELLER, AllegroProcess, Shelf, allegro_process, armed_account

OFFERS: Final = 2000
CYCLES: Final = 4
MOST_TURNS: Final = 60
ENDED: Final = range(7, OFFERS, 250)  # sold out at first, and again in stock later
ENDING: Final = range(11, OFFERS, 250)
READS: Final = ("reports", "journals", "sweep", "offers")
UNDER_WAY: Final = (ChangeState.PLANNED, ChangeState.INTENT, ChangeState.UNKNOWN)


class Seller:
    """The account, its shelf in Pohoda and its offers at Allegro."""

    def __init__(self, allegro: AllegroProcess) -> None:
        self.allegro: Final = allegro
        self.shelf: Final = Shelf(OFFERS)
        self.shelf.counts.update(dict.fromkeys(ENDED, 0))
        self.shelf.export_anew()
        self.mirror: Final = Mirror(self.shelf)
        with tenant_scope(self.mirror.tenant_id):
            self.account: Final = armed_account(allegro, self.mirror.unit)
        allegro.control("PUT", f"sellers/{SELLER}/offers", self.shelf.offers())
        allegro.asked()  # signing in is not part of any cycle

    def export(self) -> None:
        self.shelf.export_anew()
        self.mirror.export()
        self.mirror.absorb()

    def turn(self) -> Counter[str]:
        """One cycle; → its requests by what they are for."""
        assert runs.run_resource(ACCOUNT, self.account.pk, only_due=False)
        with tenant_scope(self.mirror.tenant_id):
            failed = Run.objects.filter(resource_id=self.account.pk).exclude(outcome=Run.Outcome.OK)
            assert not failed.exists(), list(failed.values("pipeline", "outcome", "code", "detail"))
        return Counter(purpose(method, path) for method, path in self.allegro.asked())

    def settle(self) -> Counter[str]:
        """Turns until all is confirmed and nothing is to be done, the waits between them over; → their requests."""
        asked = Counter[str]()
        for _ in range(MOST_TURNS):
            asked += self.turn()
            with tenant_scope(self.mirror.tenant_id):
                if not self._is_under_way():
                    return asked
                OfferCommand.objects.filter(next_poll_at__isnull=False).update(next_poll_at=F("created_at"))
            self.allegro.control("POST", "clock", {"advance": 5})
        raise RuntimeError(f"not settled after {MOST_TURNS} turns: {asked}")

    def _is_under_way(self) -> bool:
        marked = Offer.objects.filter(account=self.account)
        marked = marked.filter(needs_plan=True) | marked.filter(needs_reading=True)
        return marked.exists() or Change.objects.filter(state__in=UNDER_WAY).exists()

    def sweep_is_due(self) -> None:
        with tenant_scope(self.mirror.tenant_id):
            Account.objects.filter(pk=self.account.pk).update(swept_at=now() - dt.timedelta(hours=1))

    def check(self) -> None:
        """A count of requests says nothing unless every offer shows what it should."""
        shown = {one["external"]: one for one in self.allegro.control("GET", f"sellers/{SELLER}/offers")["offers"]}
        for wanted in self.shelf.offers():
            found = shown[wanted["external"]]
            assert found["status"] == wanted.get("status", "ACTIVE"), found
            assert found["stock"] == wanted["stock"], found
            assert float(found["prices"]["allegro-cz"]) == float(wanted["prices"]["allegro-cz"]), found


def purpose(method: str, path: str) -> str:
    if method == "PUT" and "-commands/" in path:
        return "commands"
    if method == "PATCH" and path.startswith("/sale/product-offers/"):
        return "edits"
    if method == "GET" and "-commands/" in path:
        return "reports"
    if method == "GET" and path in ("/order/events", "/sale/offer-events"):
        return "journals"
    if method == "GET" and path == "/order/checkout-forms":
        return "sweep"
    if method == "GET" and path.startswith(("/sale/offers", "/sale/product-offers/")):
        return "offers"
    return f"{method} {path}"


@bench("G4", f"requests to Allegro for an account of {OFFERS} offers")
def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="cfo-", dir="/tmp") as folder, allegro_process(Path(folder)) as allegro:
        seller = Seller(allegro)
        seller.export()
        first = seller.settle()
        assert not _writes(first), first
        changed = _changed(seller)
        return [*changed, *_unchanged(seller)]


def _unchanged(seller: Seller) -> list[Figure]:
    cycles = []
    for _ in range(CYCLES):
        seller.export()
        cycles.append(seller.turn())
    seller.sweep_is_due()
    swept = seller.turn()
    reads = max(cycle.total() for cycle in cycles)
    return [
        Figure("unchanged: writes a cycle", sum(_writes(cycle) for cycle in cycles), "requests", limit=0),
        Figure("unchanged: reads a cycle", reads, "requests", limit=2),
        Figure("unchanged: more in a cycle that sweeps (15 min)", swept.total() - reads, "requests"),
    ]


def _writes(asked: Counter[str]) -> int:
    return sum(count for what, count in asked.items() if what not in READS and not what.startswith("GET "))


def _changed(seller: Seller) -> list[Figure]:
    """Every third quantity and every fourth price are new; some cards have both. Some offers end, some come back."""
    shelf = seller.shelf
    edited = {*ENDED, *ENDING}
    moved = [number for number in range(1, OFFERS + 1, 3) if number not in edited]
    priced = [number for number in range(1, OFFERS + 1, 4) if number not in edited]
    for number in moved:
        shelf.counts[number] += number % 7 + 1 if number % 2 else -(number % 4 + 1)
    for number in priced:
        shelf.selling[number] += 25
    shelf.counts.update(dict.fromkeys(ENDING, 0))
    shelf.counts.update(dict.fromkeys(ENDED, 9))
    seller.export()
    asked = seller.settle()
    seller.check()
    values = len({shelf.quantity(number) for number in moved}) + len({shelf.price(number) for number in priced})
    most = values + math.ceil(OFFERS / 1000)
    return [
        Figure("changed quantities and prices", len(moved) + len(priced), "fields"),
        Figure("distinct new values", values, "values"),
        Figure("writes for them, by command", asked["commands"], "requests", limit=most),
        Figure("ends and restarts, one edit each", asked["edits"], "requests", limit=len(edited)),
        Figure("plain way: an edit a field", len(moved) + len(priced) + len(edited), "requests"),
        Figure("reads of reports and their tasks", asked["reports"], "requests"),
        Figure("reads of offers (read back, named by journal)", asked["offers"], "requests"),
        Figure("reads of journals", asked["journals"], "requests"),
        Figure("anything else", asked.total() - sum(asked[one] for one in ("commands", "edits", *READS)), "requests"),
    ]
