"""How many pieces to offer: available less sold and not yet in Pohoda, less the safety stock (DESIGN §4.10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from msgspec import Struct

from allegro_integration.domain.offer_settings import Availability, OfferSettings
from allegro_integration.domain.offer_values import AccountSnapshot, Card, OfferView
from connectify.domain.trace import Step

SKIPPED_CODES: Final = frozenset({"before_start"})
MERGED_CODES: Final = frozenset({"merged", "merged_after_import"})
_ZERO: Final = Decimal(0)


class SoldPiece(Struct, frozen=True, kw_only=True):
    """Pieces of one line of a known form. `status` is the form's at Allegro.

    `order_state` and `order_code` are ours ("" before there is an order); `confirmed_at` is when Pohoda confirmed the
    order. `reserved_in_pohoda`: Pohoda's availability knows of the order (reserved, delivered or cancelled there).
    """

    form_id: str
    offer_id: str
    quantity: int
    status: str
    is_fulfilled_by_allegro: bool = False
    order_state: str = ""
    order_code: str = ""
    confirmed_at: dt.datetime | None = None
    reserved_in_pohoda: bool = True


class Outstanding(Struct, frozen=True):
    """Sold pieces that Pohoda's stock does not show yet, by offer; and why, also what was released."""

    pieces: dict[str, int]
    trace: dict[str, tuple[Step, ...]]


def outstanding(pieces: Iterable[SoldPiece], *, snapshot_began: dt.datetime) -> Outstanding:
    """Pieces to take off what Pohoda showed when the snapshot began.

    Counted: forms bought, filled in or ready whose order Pohoda had not confirmed by then, whatever keeps it back (an
    error, a missing instance, a status we do not know), and confirmed orders that Pohoda's availability leaves out.
    Released: a cancelled form (what Pohoda has of it, Pohoda's own reservation holds until a person cancels it), a form
    merged into another (that one counts), a form skipped because it is older than the start, and what Allegro ships
    from its own warehouse. Lines without a positive quantity count nothing.
    """
    counted: dict[str, int] = {}
    trace: dict[str, list[Step]] = {}
    for piece in pieces:
        code, counts = _verdict(piece, snapshot_began)
        if piece.quantity < 1 or not code:
            continue
        if counts:
            counted[piece.offer_id] = counted.get(piece.offer_id, 0) + piece.quantity
        shown = {"form_id": piece.form_id, "quantity": str(piece.quantity)}
        if code == "pieces_sold":
            shown["status"] = piece.status
        trace.setdefault(piece.offer_id, []).append(Step(code, shown))
    return Outstanding(counted, {offer_id: tuple(steps) for offer_id, steps in trace.items()})


def _verdict(piece: SoldPiece, snapshot_began: dt.datetime) -> tuple[str, bool]:
    """The code of the explanation ("" where Pohoda's stock already shows it) and whether the pieces count."""
    if piece.is_fulfilled_by_allegro:
        return "pieces_released_allegro", False
    if piece.confirmed_at is not None and piece.confirmed_at <= snapshot_began and piece.reserved_in_pohoda:
        return "", False
    if piece.order_code in MERGED_CODES:
        return "pieces_released_merged", False
    if piece.status == "CANCELLED":
        return "pieces_released_cancelled", False
    if piece.order_code in SKIPPED_CODES:
        return "pieces_released_skipped", False
    if piece.confirmed_at is not None and piece.confirmed_at <= snapshot_began:
        return "pieces_not_reserved", True
    return "pieces_sold", True


class Quantity(Struct, frozen=True, gc=False):
    """What to offer. `uncapped` is the same before the most that may be offered."""

    quantity: int
    uncapped: int
    trace: tuple[Step, ...]


def wanted_quantity(cards: Sequence[Card], settings: OfferSettings, sold: int, *, explain: bool = True) -> Quantity:
    """Whole pieces, never below zero, never above what the cards have less `sold` and the safety stock."""
    available = sum((_available(card, settings.availability) for card in cards), _ZERO)
    left = available - sold - settings.safety_stock
    uncapped = max(int(left.to_integral_value(ROUND_FLOOR)), 0)
    trace = tuple(_quantity_trace(cards, settings, sold, available)) if explain else ()
    return Quantity(min(uncapped, settings.most), uncapped, trace)


def _quantity_trace(cards: Sequence[Card], settings: OfferSettings, sold: int, available: Decimal) -> Iterator[Step]:
    for card in cards:
        yield _card_step(card, settings.availability)
    if available < 0:
        yield Step("stock_negative", {"available": _shown(available)})
    if sold:
        yield Step("sold_not_in_pohoda", {"pieces": str(sold)})
    if settings.safety_stock:
        yield Step("safety_kept", {"pieces": str(settings.safety_stock)})
    left = available - sold - settings.safety_stock
    whole = left.to_integral_value(ROUND_FLOOR)
    if whole != left and left > 0:
        yield Step("whole_pieces", {"available": _shown(left), "quantity": _shown(whole)})
    if whole > settings.most:
        yield Step("quantity_capped", {"most": str(settings.most)})


class SoldByCard:
    """Outstanding pieces of every stock card: all offers of one card, also of other accounts, sell the same pieces."""

    def __init__(self, snapshot: AccountSnapshot) -> None:
        self._elsewhere = snapshot.outstanding_elsewhere
        self._own = snapshot.outstanding
        self._offers: dict[tuple[str, str], list[str]] = {}
        if self._own:
            for offer in snapshot.offers:
                if self._own.get(offer.offer_id, 0) > 0:
                    for card in offer.cards:
                        self._offers.setdefault((card.store, card.code), []).append(offer.offer_id)

    def of(self, offer: OfferView, cards: Iterable[Card]) -> int:
        """Pieces to take off the availability of these cards, each offer's pieces once."""
        if not self._own and not self._elsewhere:
            return 0
        sold, offers = 0, {offer.offer_id}
        for card in cards:
            key = (card.store, card.code)
            sold += max(self._elsewhere.get(key, 0), 0)
            offers.update(self._offers.get(key, ()))
        return sold + sum(max(self._own.get(offer_id, 0), 0) for offer_id in offers)


def _available(card: Card, availability: Availability) -> Decimal:
    match availability:
        case "reservation":
            return card.count - card.reservation
        case "received_orders":
            return card.count - card.received_orders
        case "count":
            return card.count


def _card_step(card: Card, availability: Availability) -> Step:
    shown = {"store": card.store, "code": card.code, "available": _shown(_available(card, availability))}
    match availability:
        case "reservation":
            shown |= {"count": _shown(card.count), "reservation": _shown(card.reservation)}
            return Step("stock_after_reservation", shown)
        case "received_orders":
            shown |= {"count": _shown(card.count), "received_orders": _shown(card.received_orders)}
            return Step("stock_after_received_orders", shown)
        case "count":
            return Step("stock_count", shown)


def _shown(pieces: Decimal) -> str:
    """Pieces without trailing zeros: Pohoda writes 12.0, a person reads 12."""
    text = f"{pieces:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
