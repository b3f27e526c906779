"""From a stock card to what the buyer sees: whole cycles against the sandbox."""

from __future__ import annotations

from tests.allegro_services.offers.stall import Stall, offer


def test_a_quantity_and_a_price_go_out_and_are_confirmed(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.card("KOD101", 7, "259")
    stall.settle()
    assert stall.shown("101") == ("ACTIVE", 7, "259.00")
    assert stall.stands("101") == ("sent", "")
    assert stall.changes("101") == [("offer.price", "confirmed"), ("offer.quantity", "confirmed")]
