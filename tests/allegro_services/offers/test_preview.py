"""What a plan with other settings would do, shown and not stored."""

from __future__ import annotations

from allegro_integration.models import Offer
from allegro_integration.services.offers.preview import preview
from allegro_integration.services.offers.scope import parse_settings, scope_of, with_settings
from connectify.sync.models import Change, Link
from pohoda_bridge.server.mirror.selectors import snapshot_of
from tests.allegro_services.offers.stall import LEVEL, Stall, offer


def test_it_is_the_plan_that_the_next_cycle_would_make_and_stores_nothing(stall: Stall) -> None:
    stall.sell(*(offer(str(number)) for number in range(101, 113)))
    for number in range(101, 113):
        stall.card(f"KOD{number}", 5)
    stall.settle()
    before = [list(model.objects.order_by("pk").values()) for model in (Offer, Change, Link)]
    scope, stock = scope_of(stall.account), snapshot_of(stall.unit)
    assert scope is not None
    assert stock is not None
    steps = [*LEVEL, {"step": "multiply", "factor": "1.1"}]
    wished = parse_settings({"stores": ["HLAVNI"], "price_steps": steps, "safety_stock": 5})
    found = preview(with_settings(scope, {str(stall.instance.pk): wished}), stock, shown=4)
    assert (found.offers, len(found.changes)) == (12, 4)
    assert found.counts == {"offer.end": 12, "offer.price": 12, "held": 12}
    assert [step.code for step in found.alarms] == ["mass_zero"]
    price = next(change for change in found.changes if change.field == "price:allegro-cz")
    assert (str(price.content.amount), price.held) == ("274.00", ())
    assert [step.code for step in price.trace] == [
        "price_from_level",
        "price_multiplied",
        "price_fits_market",
        "price_result",
    ]
    assert [list(model.objects.order_by("pk").values()) for model in (Offer, Change, Link)] == before


def test_some_offers_alone_may_be_asked_for(stall: Stall) -> None:
    stall.sell(offer("101"), offer("102", "unknown"))
    stall.card("KOD101", 7)
    stall.turn()
    scope, stock = scope_of(stall.account), snapshot_of(stall.unit)
    assert scope is not None
    assert stock is not None
    found = preview(scope, stock, offers=["102"])
    assert (found.offers, found.changes) == (1, ())
    assert [(skip.offer_id, skip.code) for skip in found.skips] == [("102", "offer_not_linked")]
