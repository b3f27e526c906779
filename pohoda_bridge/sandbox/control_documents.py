"""What an accountant does at the desk, as control routes under /_sandbox/ (JSON in, JSON out).

    GET  stocks                        {"stocks": [...]}: id, code, store, ean, name, count, reserved, ordered (in
                                       orders without a reservation), price (CZK with VAT), levels, vat, changed
    POST stocks/{code}/sell            {quantity, store?}: a counter sale
    POST stocks/{code}/receive         {quantity, store?}
    POST stocks/{code}/set             {count?, price?, levels?, ean?, name?, fields?, store?}
    POST orders/{order}/slip           {parcel?, executed? (true), quantities? (pieces by code)}
    POST orders/{order}/invoice        {kind? (issuedInvoice), corrected? (ID or number), executed? (true), again?}
    POST orders/{order}/cancel
    POST orders/{order}/set            {executed?, fields?}: by hand, without a document
    GET  invoices                      {"invoices": [...]}: id, number, kind, orders, numberOrder, date, total,
                                       currency, cancelled, cancels, paid
    POST invoices/{invoice}/cancel, POST invoices/{invoice}/pay   {amount?}
    GET  slips                         {"slips": [...]}: id, number, date, orders, parcels
    POST life                          {ticks? (1)}: let the unit live so many ticks now

`{order}` is an ID, an external id, a document number or the customer's number; `{invoice}` an ID or a number. What the
books do not allow is answered with 400 and why, an unknown thing with 404.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from connectify.sandbox.ledger import Ledger
from pohoda_bridge.sandbox.control_routes import route_table
from pohoda_bridge.sandbox.database import Database, Row
from pohoda_bridge.sandbox.deletion import cancel_order
from pohoda_bridge.sandbox.invoices import cancel_invoice, find_invoice, make_invoice, pay_invoice, view_invoices
from pohoda_bridge.sandbox.life import Life
from pohoda_bridge.sandbox.movements import Books, find_card, receive, sell, set_card, view_stocks
from pohoda_bridge.sandbox.settings import Settings
from pohoda_bridge.sandbox.slips import make_slip, view_slips
from pohoda_bridge.sandbox.transfer import find_order, set_order
from pohoda_bridge.sandbox.unit import read_unit

Action = Callable[[Books, Row, dict[str, Any]], Any]


class DocumentControl:
    """Runs what the routes ask for, each in a transaction of its own."""

    def __init__(self, settings: Settings, database: Database, ledger: Ledger, life: Life) -> None:
        self.settings = settings
        self.database = database
        self.ledger = ledger
        self.life = life

    def act(self, action: Action) -> Callable[[Row, Request], Any]:
        """An endpoint that carries an action out with the address's parameters."""

        def endpoint(body: Row, request: Request) -> Any:
            with self.database.writing() as connection:
                unit = read_unit(connection, self.settings)
                books = Books(connection, unit, self.settings.now().isoformat(timespec="seconds"))
                result = action(books, body, request.path_params)
            self.database.flush_effects(self.ledger)
            return result

        return endpoint

    def get_stocks(self, body: Row, request: Request) -> Any:
        with self.database.reading() as connection:
            return {"stocks": view_stocks(connection)}

    def get_invoices(self, body: Row, request: Request) -> Any:
        with self.database.reading() as connection:
            return {"invoices": view_invoices(connection)}

    def get_slips(self, body: Row, request: Request) -> Any:
        with self.database.reading() as connection:
            return {"slips": view_slips(connection)}

    def live(self, body: Row, request: Request) -> Any:
        return {"done": [line for _ in range(int(body.get("ticks", 1))) for line in self.life.tick()]}


def document_routes(settings: Settings, database: Database, ledger: Ledger, life: Life) -> list[Route]:
    control = DocumentControl(settings, database, ledger, life)
    return route_table(
        ("GET", "stocks", control.get_stocks),
        ("POST", "stocks/{code}/sell", control.act(_sell)),
        ("POST", "stocks/{code}/receive", control.act(_receive)),
        ("POST", "stocks/{code}/set", control.act(_set_card)),
        ("POST", "orders/{order}/slip", control.act(_slip)),
        ("POST", "orders/{order}/invoice", control.act(_invoice)),
        ("POST", "orders/{order}/cancel", control.act(_cancel_order)),
        ("POST", "orders/{order}/set", control.act(_set_order)),
        ("GET", "invoices", control.get_invoices),
        ("POST", "invoices/{invoice}/cancel", control.act(_cancel_invoice)),
        ("POST", "invoices/{invoice}/pay", control.act(_pay)),
        ("GET", "slips", control.get_slips),
        ("POST", "life", control.live),
    )


def _sell(books: Books, body: Row, path: dict[str, Any]) -> Any:
    card = find_card(books.connection, path["code"], body.get("store"))
    return {"number": sell(books, card, Decimal(str(body["quantity"])))}


def _receive(books: Books, body: Row, path: dict[str, Any]) -> Any:
    card = find_card(books.connection, path["code"], body.get("store"))
    return {"number": receive(books, card, Decimal(str(body["quantity"])))}


def _set_card(books: Books, body: Row, path: dict[str, Any]) -> Any:
    card = find_card(books.connection, path["code"], body.pop("store", None))
    set_card(books, card, body)
    return {"code": card["IDS"]}


def _slip(books: Books, body: Row, path: dict[str, Any]) -> Any:
    return make_slip(books, find_order(books, path["order"]), **body)


def _invoice(books: Books, body: Row, path: dict[str, Any]) -> Any:
    return make_invoice(books, find_order(books, path["order"]), **body)


def _cancel_order(books: Books, body: Row, path: dict[str, Any]) -> Any:
    order = find_order(books, path["order"])
    cancel_order(books, order)
    return {"number": order["Cislo"]}


def _set_order(books: Books, body: Row, path: dict[str, Any]) -> Any:
    order = find_order(books, path["order"])
    set_order(books, order, **body)
    return {"number": order["Cislo"]}


def _cancel_invoice(books: Books, body: Row, path: dict[str, Any]) -> Any:
    return cancel_invoice(books, find_invoice(books.connection, path["invoice"]))


def _pay(books: Books, body: Row, path: dict[str, Any]) -> Any:
    amount = body.get("amount")
    invoice = find_invoice(books.connection, path["invoice"])
    return pay_invoice(books, invoice, None if amount is None else Decimal(str(amount)))
