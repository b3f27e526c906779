"""The stock card an order's item points to, and what the order does to its reservation."""

from decimal import Decimal

from pohoda_bridge.sandbox.codelists import Refused
from pohoda_bridge.sandbox.database import Connection, Row, select
from pohoda_bridge.sandbox.envelope import NS, Element, text_of
from pohoda_bridge.sandbox.unit import visible_store

KEYS = (("typ:id", "k.ID"), ("typ:ids", "k.IDS"), ("typ:EAN", "k.EAN"), ("typ:PLU", "k.PLU"))


def find_card(connection: Connection, item: Element, xpath: str) -> Row | None:
    """The card by id, code, EAN or PLU (in this order), within the store if one is named. None: a text item."""
    reference = item.find("ord:stockItem", NS)
    if reference is None:
        return None
    card = reference.find("typ:stockItem", NS)
    store = text_of(reference, "typ:store/typ:ids")
    own = None if _sees_all(reference) else visible_store(connection)
    store_id = text_of(reference, "typ:store/typ:id")
    for path, column in KEYS:
        value = text_of(card, path)
        if value is None:
            continue
        sql = (
            "SELECT k.* FROM SKz k LEFT JOIN sSklad s ON k.RefSklad = s.ID"
            " WHERE (? IS NULL OR s.IDS = ?) AND (? IS NULL OR s.ID = ?) AND (? IS NULL OR s.IDS = ?)"
        )
        stores = (store, store, store_id, store_id, own, own)
        found = select(connection, f"{sql} AND {column} = ? ORDER BY k.ID", *stores, value)
        if not found:
            raise Refused(f"Zásoba {value} nebyla na skladu {store or '(libovolný)'} nalezena.", xpath, value)
        return found[0]
    raise Refused("Položka neurčuje zásobu.", xpath)


def _sees_all(reference: Element) -> bool:
    """Whether the document sets the user's filter on the store aside, on the reference or on the card in it."""
    name = "applyUserSettingsFilterOnTheStore"
    return any(element.get(name) in ("false", "0") for element in (reference, *reference))


def reserve(
    connection: Connection, card_id: int, quantity: Decimal, reserved: bool, touched_at: str | None = None
) -> None:
    """Count a received order in (positive) or out (negative): as reservation, or as ordered without one.

    `touched_at`: local time, where this counts as a change of the card.
    """
    column = "Rezer" if reserved else "ObjedP"
    connection.execute(
        f"UPDATE SKz SET {column} = COALESCE({column}, 0) + ?, DatSave = COALESCE(?, DatSave) WHERE ID = ?",  # noqa: S608
        (float(quantity), touched_at, card_id),
    )
