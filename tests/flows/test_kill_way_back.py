"""A real worker or agent dies at each named step of the way back; both sides agree, and no effect stands twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from connectify.domain.crashpoints import INVOICE, OFFER_PUSH, STATUS_PUSH
from tests.directories import run_directory
from tests.flows.shop import Shop

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

ORDERS = len(STATUS_PUSH) + len(INVOICE)
# The answer of the effect waits there until the file exists, so that the process dies after Allegro has done it.
GATED = {
    "P3.s09.applied": "/sale/offer-quantity-change-commands",
    "P4.s05.applied": "/order/checkout-forms",
    "P5.s11.applied": "/order/checkout-forms",
}
# At these a parcel number goes first, so that the process dies around it and not around the status.
WITH_PARCEL = ("P4.s02.planned", "P4.s04.sent", "P4.s06.answered")


@dataclass
class Town:
    """The shop, and orders that stand in Pohoda and wait for a slip or an invoice."""

    shop: Shop
    orders: list[str]


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with run_directory() as run_dir:
        shop = Shop(run_dir, ALLEGRO_CALL_S="2")
        with shop.world:
            shop.open()
            yield Town(shop, shop.buy(ORDERS, seed=9300))


def arm(shop: Shop, point: str, target: str = "") -> None:
    """The next process that reaches the point dies there, once; a gated one once Allegro has done the effect."""
    world = shop.world
    gate = world.run_dir / "gates" / point
    gate.parent.mkdir(exist_ok=True)
    if point in GATED:
        params = {"path": str(gate), "seconds": 4}
        shop.fault("allegro", "gate_after_apply", times=1, target=target or GATED[point], params=params)
    (world.crash_dir / "armed").write_text(f"{point}@{gate}" if point in GATED else point)


def until_died(shop: Shop, point: str) -> None:
    shop.until((shop.world.crash_dir / point).exists, f"somebody reaches {point}")


@pytest.mark.parametrize("point", OFFER_PUSH)
def test_stock_and_price_arrive_once_whoever_dies_on_their_way(town: Town, point: str) -> None:
    shop, number = town.shop, OFFER_PUSH.index(point)
    sold, priced = shop.plain_cards()[number : number + 2]
    before = len(shop.applied())
    arm(shop, point)
    shop.sell(sold)
    if point not in GATED:
        shop.change_price(priced, "1.06")

    until_died(shop, point)
    shop.until_agreed(f"after {point}")

    applied = shop.applied()
    offer = shop.offer_of(sold)
    assert [one["data"]["quantity"] for one in applied.of_kind("offer.quantity", key=offer["id"], after=before)] == [
        offer["stock"]
    ]
    assert applied.problems() == []


@pytest.mark.parametrize("point", STATUS_PUSH)
def test_a_status_and_its_parcel_arrive_once_whoever_dies_on_their_way(town: Town, point: str) -> None:
    shop, form_id = town.shop, town.orders.pop()
    parcel = {"parcel": f"Z{STATUS_PUSH.index(point):09d}"} if point in WITH_PARCEL else {}
    before = len(shop.applied())
    arm(shop, point, f"/order/checkout-forms/{form_id}")
    shop.slip(form_id, **parcel)

    until_died(shop, point)
    shop.until_agreed(f"after {point}")

    applied = shop.applied()
    statuses = [one["data"]["status"] for one in applied.of_kind("fulfillment.set", key=form_id, after=before)]
    assert statuses == ["SENT"]
    parcels = [one["data"]["waybill"] for one in applied.of_kind("shipment.added", key=form_id)]
    assert parcels == list(parcel.values())
    assert applied.problems() == []


@pytest.mark.parametrize("point", INVOICE)
def test_an_invoice_is_attached_once_whoever_dies_on_its_way(town: Town, point: str) -> None:
    shop, form_id = town.shop, town.orders.pop()
    # Allegro's look at the files of the points before is what the last one waits for.
    target = f"PUT /order/checkout-forms/{form_id}/invoices"
    arm(shop, point, target)
    number = shop.invoice(form_id)

    until_died(shop, point)
    shop.until_agreed(f"after {point}")

    applied = shop.applied()
    assert [one["data"]["number"] for one in applied.of_kind("invoice.created", key=form_id)] == [number]
    assert [one["data"]["number"] for one in applied.of_kind("invoice.file", key=form_id)] == [number]
    assert applied.problems() == []


def test_in_the_end_allegro_has_accepted_every_file(town: Town) -> None:
    shop = town.shop
    shop.until_agreed("every file is accepted", scanned=True, limit_s=120)
    made = shop.world.control("pohoda", "GET", "invoices")["invoices"]
    assert len(shop.applied().of_kind("invoice.file")) == len(made) >= 1
    assert shop.platform.open_tasks() == []


def test_the_points_are_the_33_of_the_reliability_plan() -> None:
    assert (len(OFFER_PUSH), len(STATUS_PUSH), len(INVOICE)) == (13, 7, 13)
    assert len({*OFFER_PUSH, *STATUS_PUSH, *INVOICE}) == 33
