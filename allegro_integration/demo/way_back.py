"""What went back from Pohoda to Allegro, compared on both sides: offers, statuses, invoices.

Reads the sandboxes' own records only, never our database, and works values out by itself: it is the second opinion.
"""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, Final

import pypdf

Json = dict[str, Any]
UNSETTLED: Final = frozenset({"BOUGHT", "FILLED_IN", "READY_FOR_PROCESSING"})
WAYBILL_OF: Final = "waybill"


@dataclass(frozen=True)
class Flow:
    """How many records of a flow were compared, and what differs: (record, what)."""

    name: str
    compared: int
    problems: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Sides:
    """The sandboxes' records: `attached` are invoices and shipments by form id."""

    offers: list[Json]
    stocks: list[Json]
    forms: Mapping[str, Json]
    orders: list[Json]
    invoices: list[Json]
    attached: Mapping[str, Json]


def compare(sides: Sides) -> list[Flow]:
    return [_offers(sides), _statuses(sides), _invoices(sides)]


def table(flows: Iterable[Flow]) -> str:
    """One line a flow, and one for each difference."""
    lines = []
    for flow in flows:
        lines.append(f"{flow.compared} {flow.name}, {flow.compared - len({key for key, _ in flow.problems})} agree")
        lines += [f"    {key}: {what}" for key, what in flow.problems[:20]]
        kinds = Counter(what.split(":")[0] for _, what in flow.problems)
        lines += [f"    {count} × {what}" for what, count in kinds.items() if count > 1]
    return "\n".join(lines)


# --- offers ---------------------------------------------------------------------------------------------------------


def _offers(sides: Sides) -> Flow:
    """Every offer that the seller has not ended by hand: pieces, and prices where no rule of Allegro's holds them."""
    codes = {card["code"]: card for card in sides.stocks}
    eans = Counter(card["ean"] for card in sides.stocks)
    by_ean = {card["ean"]: card for card in sides.stocks if card["ean"] and eans[card["ean"]] == 1}
    sold = _pieces_not_in_pohoda(sides)
    problems: list[tuple[str, str]] = []
    compared = 0
    for offer in sides.offers:
        card = codes.get(offer.get("external") or "") or by_ean.get(offer.get("ean") or "")
        if card is None or offer.get("fulfillment") or _is_left_alone(offer):
            continue
        compared += 1
        problems += [(offer["id"], what) for what in _offer_differs(offer, card, sold[offer["id"]])]
    return Flow("offers", compared, problems)


def _offer_differs(offer: Json, card: Json, sold: int) -> Iterable[str]:
    free = Decimal(str(card["count"])) - Decimal(str(card["reserved"])) - sold
    wanted = max(0, int(free.to_integral_value(ROUND_FLOOR)))
    if offer["stock"] != wanted:
        yield f"pieces: {offer['stock']} at Allegro, {wanted} by Pohoda"
    if offer["status"] != ("ACTIVE" if wanted else "ENDED"):
        yield f"state: {offer['status']} with {wanted} pieces"
    rules = offer.get("rules") or {}
    for marketplace, price in (("allegro-cz", _crowns(card)), ("allegro-sk", _euros(card))):
        shown = offer["prices"].get(marketplace)
        if (
            wanted
            and price is not None
            and marketplace not in rules
            and (shown is None or Decimal(str(shown)) != price)
        ):
            yield f"price: {shown} on {marketplace}, {price} by Pohoda"


def _crowns(card: Json) -> Decimal | None:
    level = card["levels"].get("Allegro CZ")
    return Decimal(level).to_integral_value(ROUND_CEILING) if level else None


def _euros(card: Json) -> Decimal | None:
    """The level for Slovakia and five per cent, to the nearest price that ends in 0.90."""
    level = card["levels"].get("Allegro SK")
    if not level:
        return None
    whole = (Decimal(level) * Decimal("1.05") - Decimal("0.90")).to_integral_value(ROUND_HALF_UP)
    return max(whole, Decimal(0)) + Decimal("0.90")


def _is_left_alone(offer: Json) -> bool:
    """Drafts, and offers that somebody else than an empty stock has ended."""
    return offer["status"] == "INACTIVE" or (offer["status"] == "ENDED" and offer.get("ended_by") != "EMPTY_STOCK")


def _pieces_not_in_pohoda(sides: Sides) -> Counter[str]:
    there = {order["extId"] for order in sides.orders if order["extId"]}
    sold: Counter[str] = Counter()
    for form_id, form in sides.forms.items():
        if form["status"] in UNSETTLED and form_id not in there:
            for line in form["lineItems"]:
                sold[line["offer"]["id"]] += line["quantity"]
    return sold


# --- statuses -------------------------------------------------------------------------------------------------------


def _statuses(sides: Sides) -> Flow:
    """Every order that Pohoda has: the seller's status says how far Pohoda is, and the parcel is known."""
    problems: list[tuple[str, str]] = []
    compared = 0
    for order in sides.orders:
        form = sides.forms.get(order["extId"] or "")
        if form is None or form["status"] != "READY_FOR_PROCESSING":
            continue
        compared += 1
        wanted = _wanted_status(order)
        status = (form.get("fulfillment") or {}).get("status") or "NEW"
        if status != wanted:
            problems.append((order["extId"], f"status: {status} at Allegro, {wanted} by Pohoda"))
        waybills = [one.get(WAYBILL_OF) for one in _attached(sides, order)["shipments"]]
        if order["parcel"] and waybills != [order["parcel"]]:
            problems.append((order["extId"], f"parcel: {waybills} at Allegro, {order['parcel']} in Pohoda"))
    return Flow("statuses", compared, problems)


def _wanted_status(order: Json) -> str:
    if order["executed"] or order["parcel"]:
        return "SENT"
    return "READY_FOR_SHIPMENT" if order["slips"] or order["invoices"] else "PROCESSING"


# --- invoices -------------------------------------------------------------------------------------------------------


def _invoices(sides: Sides) -> Flow:
    """Every final invoice of an order of ours: attached once, accepted, and its text names it and its total."""
    problems: list[tuple[str, str]] = []
    compared = 0
    by_number = {number: order for order in sides.orders if order["extId"] for number in order["invoices"]}
    for invoice in sides.invoices:
        order = by_number.get(invoice["number"])
        if order is None or invoice["kind"] != "issuedInvoice" or invoice["cancelled"] or invoice["cancels"]:
            continue
        compared += 1
        attached = [one for one in _attached(sides, order)["invoices"] if one["number"] == invoice["number"]]
        if len(attached) != 1:
            problems.append((invoice["number"], f"attached: {len(attached)} times"))
        problems += [(invoice["number"], what) for one in attached for what in _file_differs(one, invoice)]
    return Flow("invoices", compared, problems)


def _file_differs(attached: Json, invoice: Json) -> Iterable[str]:
    if attached["scan"] != "ACCEPTED" or not attached["file"]:
        yield f"file: {attached['scan'] or 'missing'}"
        return
    text = _text_of(attached["file"])
    if invoice["number"] not in text:
        yield "file: does not name the invoice"
    plain = re.sub(r"(?<=\d)[\s\u00a0.,](?=\d{3}(?!\d))", "", text).replace(",", ".")
    if f"{Decimal(invoice['total']):.2f}" not in plain:
        yield f"file: does not name the total {invoice['total']}"


@lru_cache(maxsize=256)
def _text_of(file: str) -> str:
    """What a PDF (in base64) says; whoever waits for both sides to agree asks many times."""
    reader = pypdf.PdfReader(io.BytesIO(base64.b64decode(file)))
    return " ".join(page.extract_text() for page in reader.pages)


def _attached(sides: Sides, order: Json) -> Json:
    return sides.attached.get(order["extId"]) or {"invoices": [], "shipments": []}
