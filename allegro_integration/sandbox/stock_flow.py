"""What purchases do to stock: pieces leave with the purchase, before any payment, and may come back unpaid."""

from collections import Counter

from msgspec.structs import replace

from allegro_integration.sandbox.context import Json, Sandbox
from allegro_integration.sandbox.offer_changes import Cause, change_offer
from allegro_integration.sandbox.offer_rules import with_stock
from allegro_integration.sandbox.offers import find_offer
from allegro_integration.sandbox.shops import shop_of
from allegro_integration.sandbox.state import timestamp


def pieces_bought(sandbox: Sandbox, seller: str, form: Json) -> None:
    """Take the pieces of a purchase off their offers, in a transaction; the last piece ends an offer."""
    marketplace = (form.get("marketplace") or {}).get("id", "")
    for offer_id, pieces in _pieces(form).items():
        _move(sandbox, seller, offer_id, -pieces, marketplace, Cause("purchase", form["id"]))


def pieces_back(sandbox: Sandbox, seller: str, form: Json) -> None:
    """Give the pieces of a cancelled purchase back; an offer that ended stays ended."""
    for offer_id, pieces in _pieces(form).items():
        _move(sandbox, seller, offer_id, pieces, "", Cause("cancellation", form["id"]))


def _move(sandbox: Sandbox, seller: str, offer_id: str, pieces: int, marketplace: str, cause: Cause) -> None:
    found = find_offer(sandbox, offer_id)
    if found is None or found[0] != seller:
        return
    offer = found[1]
    moved = with_stock(offer, max(0, offer.stock + pieces), timestamp(sandbox.state.now()))
    if marketplace:
        moved = replace(moved, sold={**offer.sold, marketplace: offer.sold.get(marketplace, 0) - pieces})
    change_offer(sandbox, shop_of(sandbox, seller), offer, moved, cause)


def _pieces(form: Json) -> Counter[str]:
    pieces: Counter[str] = Counter()
    for line in form.get("lineItems") or []:
        pieces[str(line["offer"]["id"])] += int(line["quantity"])
    return pieces
