"""What is looked up in Pohoda, where, and how often."""

import datetime as dt
from decimal import Decimal

from pohoda_bridge.documents import Imported, OrderRecord, Unknown
from pohoda_bridge.protocol import FindOrder
from pohoda_bridge.server.jobs import order_of
from pohoda_bridge.server.models import Job, UnitYear
from tests.allegro_services.cycles import ACCOUNT, UNIT, Town, form


def found(total: str | None, currency: str = "") -> OrderRecord:
    return OrderRecord(
        id=5, number="26001", ext_id=None, number_order="", date=dt.date(2026, 11, 20),
        total=None if total is None else Decimal(total), currency=currency,
    )  # fmt: skip


def lookups(town: Town, record: OrderRecord, rounds: int) -> int:
    """Answers each lookup with this record; → how many there were."""
    for count in range(rounds):
        town.turn(UNIT)
        job = town.hand_out()
        if job is None:
            return count
        town.found(job, record)
    return rounds


def test_an_unwanted_order_without_a_total_is_looked_up_once_and_then_much_later(town: Town):
    town.send(form(1))
    town.answer(Imported(5, "26001"))
    town.turn(UNIT)
    town.offer(form(1, status="CANCELLED"))
    town.turn(ACCOUNT)
    assert town.facts(1) == ("error", "cancelled_after_import")
    assert lookups(town, found(None), 6) == 1


def test_the_same_number_in_another_currency_is_another_total(town: Town):
    town.send(form(1, total="159.00", currency="EUR"))
    town.answer(Imported(5, "26001"))
    assert lookups(town, found("159.00"), 1) == 1
    town.turn(UNIT)
    assert town.facts(1) == ("error", "pohoda_total_differs")
    assert town.order(1).params == {"allegro": "159.00", "pohoda": "159.00", "currency": "EUR"}


def test_whether_an_order_got_in_is_asked_of_the_books_it_was_sent_to(town: Town):
    town.send(form(1))
    sent = order_of(town.answer(Unknown("deadline"))).operation.pin
    UnitYear.objects.update(state="closed")
    UnitYear.objects.create(unit=town.shop.market.unit, year=sent.year + 1, database="next.mdb")
    town.turn(UNIT)
    (lookup,) = Job.objects.filter(operation="find_order")
    asked = order_of(lookup).operation
    assert isinstance(asked, FindOrder)
    assert asked.pin == sent
