"""The unit's own life: tick by tick it sells, takes goods in, changes prices, ships orders and invoices them.

What a tick does depends on the seed, the number of the tick and the books alone, so a run can be repeated; the number
is kept in the state file and goes on after a restart.
"""

import json
import random
import sqlite3
import sys
import threading
from decimal import ROUND_HALF_UP, Decimal

from connectify.sandbox.ledger import Ledger
from pohoda_bridge.sandbox.database import Connection, Database, Row, first, insert, select
from pohoda_bridge.sandbox.invoices import make_invoice
from pohoda_bridge.sandbox.movements import Books, NotPossible, receive, sell, set_card
from pohoda_bridge.sandbox.settings import Settings
from pohoda_bridge.sandbox.slips import make_slip
from pohoda_bridge.sandbox.transfer import undelivered
from pohoda_bridge.sandbox.unit import read_unit

SHIP_AFTER, INVOICE_AFTER = 2, 4  # ticks since an order was first seen
DOCUMENTS_A_TICK = 5
RECEIPT_CHANCE, PRICE_CHANCE = 0.3, 0.25
REORDER_BELOW = 3
DELIVERY = 12  # pieces of a receipt
PRICE_STEPS = (-5, -4, -3, -2, 2, 3, 4, 5)  # per cent


class Life:
    """Ticks over one unit: on a thread of its own every `settings.life_every` seconds, or one by one by `tick`."""

    def __init__(self, settings: Settings, database: Database, ledger: Ledger) -> None:
        self.settings = settings
        self.database = database
        self.ledger = ledger
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self.settings.life_every > 0:
            self._thread = threading.Thread(target=self._run, name="life", daemon=True)
            self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.wait(self.settings.life_every):
            try:
                self.tick()
            except (NotPossible, KeyError, sqlite3.Error) as error:
                print(f"a tick of the unit's life failed: {error!r}", file=sys.stderr, flush=True)

    def tick(self) -> list[str]:
        """One tick, in one transaction; says what was done, e.g. "sale 26PD00001"."""
        with self.database.writing() as connection:
            unit = read_unit(connection, self.settings)
            books = Books(connection, unit, self.settings.now().isoformat(timespec="seconds"))
            number = _next_tick(connection)
            done = _trade(books, random.Random(f"{self.settings.seed}/{number}"))  # noqa: S311 - repeatable
            done += _serve_orders(books, number)
        self.database.flush_effects(self.ledger)
        return done


def _next_tick(connection: Connection) -> int:
    row = first(connection, "SELECT value FROM _config WHERE key = 'life_tick'")
    number: int = json.loads(row["value"]) + 1 if row else 1
    connection.execute("INSERT OR REPLACE INTO _config VALUES ('life_tick', ?)", (json.dumps(number),))
    return number


def _trade(books: Books, draw: random.Random) -> list[str]:
    """A counter sale of what nobody has reserved, sometimes a receipt, sometimes a price that moves."""
    done = []
    free = "SELECT ID FROM SKz WHERE StavZ - COALESCE(Rezer, 0) >= 1 AND Odbyt ORDER BY ID"
    if (card := _drawn(books, draw, free)) is not None:
        most = min(3, int((card["StavZ"] or 0) - (card["Rezer"] or 0)))
        done.append(f"sale {sell(books, card, Decimal(draw.randint(1, most)))}")
    low = f"SELECT ID FROM SKz WHERE StavZ - COALESCE(Rezer, 0) < {REORDER_BELOW} AND Odbyt ORDER BY ID"  # noqa: S608
    if draw.random() < RECEIPT_CHANCE and (card := _drawn(books, draw, low)) is not None:
        done.append(f"receipt {receive(books, card, Decimal(DELIVERY))}")
    every = "SELECT ID FROM SKz WHERE Odbyt ORDER BY ID"
    if draw.random() < PRICE_CHANCE and (card := _drawn(books, draw, every)) is not None:
        set_card(books, card, _new_prices(books, card, draw.choice(PRICE_STEPS)))
        done.append(f"price {card['IDS']}")
    return done


def _drawn(books: Books, draw: random.Random, ids: str) -> Row | None:
    found = select(books.connection, ids)
    if not found:
        return None
    sql = "SELECT k.*, s.IDS AS Sklad FROM SKz k LEFT JOIN sSklad s ON k.RefSklad = s.ID WHERE k.ID = ?"
    return first(books.connection, sql, draw.choice(found)["ID"])


def _new_prices(books: Books, card: Row, per_cent: int) -> Row:
    """The base price and every level moved alike: crowns stay whole, euros keep their cents."""
    sql = (
        "SELECT c.IDS, c.RefCM, n.ProdejC FROM SKzCn n JOIN SkCeny c ON n.RefSkCeny = c.ID"
        " WHERE n.RefAg = ? ORDER BY n.ID"
    )
    levels = {
        row["IDS"]: _moved(row["ProdejC"], per_cent, whole=row["RefCM"] is None)
        for row in select(books.connection, sql, card["ID"])
    }
    return {"price": _moved(card["ProdejDPH"], per_cent, whole=True), "levels": levels}


def _moved(price: Decimal, per_cent: int, *, whole: bool) -> str:
    step = Decimal(1) if whole else Decimal("0.10")
    moved = price * (100 + per_cent) / 100
    return str(max((moved / step).quantize(Decimal(1), ROUND_HALF_UP) * step, step))


def _serve_orders(books: Books, number: int) -> list[str]:
    """Ship and invoice the orders that have waited long enough, oldest first."""
    open_orders = (
        "SELECT o.*, l.tick FROM OBJ o LEFT JOIN _life l ON l.id = o.ID"
        " WHERE o.RelTpObj = 1 AND o.DatStorn IS NULL AND (l.invoiced IS NULL OR NOT l.invoiced) ORDER BY o.ID"
    )
    done: list[str] = []
    for order in select(books.connection, open_orders):
        if order["tick"] is None:
            insert(books.connection, "_life", {"id": order["ID"], "tick": number, "invoiced": False}, replace=True)
            continue
        age = number - order["tick"]
        if len(done) >= DOCUMENTS_A_TICK:
            break
        if age >= SHIP_AFTER and (left := undelivered(books, order)):
            _make_ready(books, [(portion.item["RefSKz"], portion.quantity) for portion in left])
            slip = make_slip(books, order, parcel=f"Z{books.unit.year % 100:02d}{order['ID']:08d}")
            done.append(f"slip {slip['number']}")
        elif age >= INVOICE_AFTER:
            books.connection.execute("UPDATE _life SET invoiced = 1 WHERE id = ?", (order["ID"],))
            if _uninvoiced(books, order):
                done.append(f"invoice {make_invoice(books, order)['number']}")
    return done


def _make_ready(books: Books, wanted: list[tuple[int | None, Decimal]]) -> None:
    """Take in what an order needs and the stock lacks."""
    for card_id, quantity in wanted:
        sql = "SELECT k.*, s.IDS AS Sklad FROM SKz k LEFT JOIN sSklad s ON k.RefSklad = s.ID WHERE k.ID = ?"
        card = first(books.connection, sql, card_id)
        if card is not None and (missing := quantity - Decimal(str(card["StavZ"] or 0))) > 0:
            receive(books, card, missing + DELIVERY)


def _uninvoiced(books: Books, order: Row) -> bool:
    sql = (
        "SELECT d.ID FROM FApol i JOIN FA d ON i.RefAg = d.ID JOIN OBJpol o ON i.RefPol = o.ID"
        " WHERE i.RelAgID = 11 AND d.RelTpFak = 1 AND d.RelStorn IS NULL AND o.RefAg = ? LIMIT 1"
    )
    return first(books.connection, sql, order["ID"]) is None
