"""Each effect of the way back is done and its answer never arrives: both sides agree, and it stands exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.directories import run_directory
from tests.flows.shop import Shop

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

LOST = "apply_then_timeout"
SOON = {"seconds": 1}


class Desk:
    """The shop, and orders that stand in Pohoda and wait for a slip or an invoice."""

    def __init__(self, shop: Shop, orders: list[str]) -> None:
        self.shop = shop
        self.orders = orders
        self.cards = iter(shop.plain_cards())

    def lose(self, sandbox: str, target: str, fault: str = LOST) -> None:
        self.shop.fault(sandbox, fault, times=1, target=target, params=SOON)

    def sell_out(self, card: dict[str, Any]) -> None:
        self.shop.sell(card, int(card["count"] - card["reserved"]))


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with run_directory() as run_dir:
        shop = Shop(run_dir)
        with shop.world:
            shop.open()
            yield Desk(shop, shop.buy(9, seed=9400))


@pytest.fixture(autouse=True)
def calm_afterwards(desk: Desk) -> Iterator[None]:
    yield
    desk.shop.clear()


def fewer_pieces(desk: Desk) -> tuple[str, str]:
    card = next(desk.cards)
    desk.lose("allegro", "PUT /sale/offer-quantity-change-commands")
    desk.shop.sell(card, 2)
    return "offer.quantity", desk.shop.offer_of(card)["id"]


def another_price(desk: Desk) -> tuple[str, str]:
    card = next(desk.cards)
    desk.lose("allegro", "PUT /sale/offer-price-change-commands")
    desk.shop.set_card(card, levels={"Allegro CZ": str(int(float(card["levels"]["Allegro CZ"])) + 7)})
    return "offer.price", desk.shop.offer_of(card)["id"]


def the_last_piece(desk: Desk) -> tuple[str, str]:
    card = next(desk.cards)
    desk.lose("allegro", "PATCH /sale/product-offers")
    desk.sell_out(card)
    return "offer.ended", desk.shop.offer_of(card)["id"]


def pieces_again(desk: Desk) -> tuple[str, str]:
    card = next(desk.cards)
    desk.sell_out(card)
    desk.shop.until_agreed("the offer ended")
    desk.lose("allegro", "PATCH /sale/product-offers")
    desk.shop.receive(card, 7)
    return "offer.activated", desk.shop.offer_of(card)["id"]


def a_status(desk: Desk) -> tuple[str, str]:
    form_id = desk.orders.pop()
    desk.lose("allegro", f"PUT /order/checkout-forms/{form_id}/fulfillment")
    desk.shop.slip(form_id)
    return "fulfillment.set", form_id


def a_parcel(desk: Desk) -> tuple[str, str]:
    form_id = desk.orders.pop()
    desk.lose("allegro", f"POST /order/checkout-forms/{form_id}/shipments")
    desk.shop.slip(form_id, parcel="Z700000001")
    return "shipment.added", form_id


def an_invoice(desk: Desk) -> tuple[str, str]:
    form_id = desk.orders.pop()
    desk.lose("allegro", f"POST /order/checkout-forms/{form_id}/invoices")
    desk.shop.invoice(form_id)
    return "invoice.created", form_id


def an_invoice_behind_a_504(desk: Desk) -> tuple[str, str]:
    form_id = desk.orders.pop()
    desk.lose("allegro", f"POST /order/checkout-forms/{form_id}/invoices", "invoice_corpse")
    desk.shop.invoice(form_id)
    return "invoice.created", form_id


def a_file(desk: Desk) -> tuple[str, str]:
    form_id = desk.orders.pop()
    desk.lose("allegro", f"PUT /order/checkout-forms/{form_id}/invoices")
    desk.shop.invoice(form_id)
    return "invoice.file", form_id


def a_list_of_stock(desk: Desk) -> tuple[str, str]:
    card = next(desk.cards)
    desk.lose("pohoda", "list.stock")
    desk.shop.sell(card)
    return "offer.quantity", desk.shop.offer_of(card)["id"]


def a_list_of_orders(desk: Desk) -> tuple[str, str]:
    form_id = desk.orders.pop()
    desk.lose("pohoda", "list.order")
    desk.shop.slip(form_id)
    return "fulfillment.set", form_id


def a_list_of_invoices(desk: Desk) -> tuple[str, str]:
    form_id = desk.orders.pop()
    desk.lose("pohoda", "list.invoice")
    desk.shop.invoice(form_id)
    return "invoice.file", form_id


def a_print(desk: Desk) -> tuple[str, str]:
    form_id = desk.orders.pop()
    desk.lose("pohoda", "print.invoice")
    desk.shop.invoice(form_id)
    return "invoice.file", form_id


OF_ALLEGRO = (
    fewer_pieces,
    another_price,
    the_last_piece,
    pieces_again,
    a_status,
    a_parcel,
    an_invoice,
    an_invoice_behind_a_504,
    a_file,
)
OF_POHODA = (a_list_of_stock, a_list_of_orders, a_list_of_invoices, a_print)


@pytest.mark.parametrize("act", OF_ALLEGRO + OF_POHODA, ids=lambda act: act.__name__)
def test_what_was_done_unheard_stands_once(desk: Desk, act: Callable[[Desk], tuple[str, str]]) -> None:
    shop, sandbox = desk.shop, "pohoda" if act in OF_POHODA else "allegro"
    fault = "invoice_corpse" if act is an_invoice_behind_a_504 else LOST
    before, fired = len(shop.applied()), shop.fired(sandbox, fault)

    kind, key = act(desk)

    shop.until(lambda: shop.fired(sandbox, fault) > fired, "an answer is lost")
    shop.until_agreed(f"after {act.__name__}")
    applied = shop.applied()
    effects = applied.of_kind(kind, key=key, after=before)
    # Allegro copies a price to the marketplace for companies by itself.
    assert len([one for one in effects if one["data"].get("marketplace") in (None, "allegro-cz")]) == 1
    assert applied.problems() == []
    assert shop.platform.open_tasks() == []
