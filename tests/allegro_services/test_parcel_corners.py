"""What becomes of the status that waits for a parcel number which Allegro did not take."""

from __future__ import annotations

from allegro_integration.services.statuses import planning
from connectify.domain.change import ChangeState
from connectify.sync.models import Quarantined
from connectify.sync.quarantine import ignore
from tests.allegro_services.way_back import WayBack


def refused(back: WayBack):
    """A sent order whose parcel number Allegro has refused."""
    order = back.buy()
    back.state(order, is_executed=True, carrier="PPL", fields={"VPrBalik": "-?-"})
    back.push()
    assert back.changes(planning.PARCEL, order) == [(ChangeState.REFUSED, "refused")]
    back.time_passes()
    back.push()
    assert back.status(order) == "NEW"
    return order


def test_a_refused_number_that_pohoda_no_longer_names_holds_the_status_no_more(back: WayBack):
    order = refused(back)
    back.state(order, is_executed=True, carrier="PPL")
    back.time_passes()
    back.push()
    assert (back.status(order), back.api.shipments(order.number)) == ("SENT", ())
    assert back.task("order_parcel") == ("parcel_refused", "solved")


def test_a_refused_number_that_a_person_ignores_holds_the_status_no_more(back: WayBack):
    order = refused(back)
    ignore(quarantined=Quarantined.objects.get(subject_kind="order_parcel"), actor=None)
    back.time_passes()
    back.push()
    assert (back.status(order), back.api.shipments(order.number)) == ("SENT", ())
