"""Parcel numbers: added once, before the status that tells the buyer of them, against the real sandbox."""

from __future__ import annotations

import pytest

from allegro_integration.models import Order
from allegro_integration.services.statuses import planning
from connectify.domain.change import ChangeState
from connectify.domain.errors import Retryable
from tests.allegro_services.way_back import WayBack

S = ChangeState
PARCEL = planning.PARCEL


@pytest.fixture
def order(back: WayBack) -> Order:
    return back.buy()


def test_a_parcel_number_goes_before_the_status_that_says_it_was_sent(back: WayBack, order: Order):
    back.state(order, is_executed=True, carrier="PPL", fields={"VPrBalik": "40012345678"})
    back.push()
    (parcel,) = back.api.shipments(order.number)
    assert (parcel.carrier_id, parcel.waybill) == ("PPL", "40012345678")
    assert (back.status(order), back.order(order).parcel) == ("SENT", "40012345678")
    story = back.story(order)
    assert story.index("order.parcel_added") < story.index("order.status_set")
    back.state(order, is_executed=True, carrier="PPL", fields={"VPrBalik": "40099999999"})
    back.push()
    assert len(back.api.shipments(order.number)) == 1


def test_a_number_that_allegro_has_from_anybody_is_not_added_again(back: WayBack, order: Order):
    back.api.add_shipment(order.number, carrier_id="PPL", carrier_name="", waybill="4001 234")
    back.state(order, is_executed=True, carrier="PPL", fields={"VPrBalik": "4001234"})
    back.push()
    assert back.changes(PARCEL, order) == [(S.SUPERSEDED, "parcel_there_already")]
    assert len(back.api.shipments(order.number)) == 1
    assert (back.order(order).parcel, "order.parcel_known" in back.story(order)) == ("4001 234", True)
    back.time_passes()
    back.push()
    assert back.status(order) == "SENT"


def test_a_refused_parcel_number_holds_the_status_until_a_person_has_mended_it(back: WayBack, order: Order):
    back.state(order, is_executed=True, carrier="PPL", fields={"VPrBalik": "-?-"})
    back.push()
    assert back.changes(PARCEL, order) == [(S.REFUSED, "refused")]
    assert back.task("order_parcel") == ("parcel_refused", "open")
    back.time_passes()
    back.push()
    assert back.status(order) == "NEW"
    back.state(order, is_executed=True, carrier="PPL", fields={"VPrBalik": "40012345678"})
    back.time_passes()
    back.push()
    assert back.status(order) == "SENT"
    assert [one.waybill for one in back.api.shipments(order.number)] == ["40012345678"]
    assert back.task("order_parcel") == ("parcel_refused", "solved")


def test_a_carrier_mended_in_the_settings_sends_the_refused_number_again(back: WayBack, order: Order):
    back.configure(statuses={"parcel_field": "VPrBalik", "carriers": {"PPL": "NOBODY"}})
    back.state(order, carrier="PPL", fields={"VPrBalik": "40012345678"})
    back.push()
    assert back.changes(PARCEL, order) == [(S.REFUSED, "refused")]
    back.configure(statuses={"parcel_field": "VPrBalik", "carriers": {"PPL": "PPL"}})
    back.push()
    assert back.changes(PARCEL, order) == [(S.CONFIRMED, "")]


@pytest.mark.parametrize("applied", [True, False])
def test_an_unknown_parcel_is_looked_up_by_its_number(back: WayBack, order: Order, applied: bool):
    where = f"/order/checkout-forms/{order.number}/shipments"
    name = "apply_then_timeout" if applied else "http_500"
    back.allegro.fault(name, target=where if applied else f"POST {where}", times=1, params={"seconds": 0})
    back.state(order, is_executed=True, carrier="PPL", fields={"VPrBalik": "40012345678"})
    with pytest.raises(Retryable):
        back.push()
    assert back.changes(PARCEL, order)[0][0] == S.UNKNOWN
    back.push()
    assert len(back.effects("shipment.added", order)) == 1
    back.time_passes()
    back.push()
    assert (back.status(order), back.order(order).parcel) == ("SENT", "40012345678")
