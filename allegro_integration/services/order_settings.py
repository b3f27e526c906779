"""An instance's stored settings and mapping rows, parsed into the frozen values the planner takes."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.domain.settings import DeliveryMapping, OrderMappings, OrderSettings, PaymentMapping
from allegro_integration.models import DeliveryMapping as DeliveryRow
from allegro_integration.models import Market, Offer
from allegro_integration.models import PaymentMapping as PaymentRow
from connectify.domain.errors import NeedsUser
from pohoda_bridge.documents import StockRef


def settings_of(market: Market) -> OrderSettings:
    """Raises NeedsUser: "orders_not_set" before a store is chosen, "settings_unreadable" when what was stored does not
    parse any more."""
    account = market.account
    if not market.instance.settings.get("orders", {}).get("store"):
        raise NeedsUser("orders_not_set", "no store is set", instance=str(market.instance_id))
    stored = {
        **market.instance.settings.get("orders", {}),
        "environment": account.environment,
        "seller_id": account.seller_id,
    }
    try:
        return msgspec.convert(stored, type=OrderSettings, strict=False)
    except msgspec.ValidationError as error:
        raise NeedsUser("settings_unreadable", str(error), instance=str(market.instance_id)) from error


def mappings_of(market: Market, *forms: CheckoutForm) -> OrderMappings:
    """The tables these forms need. What an offer is linked to tells store and code of its lines."""
    deliveries = {
        row.method_id: DeliveryMapping(method_id=row.method_id, carrier=row.carrier, text=row.line_text)
        for row in DeliveryRow.objects.filter(instance=market.instance)
    }
    payments = tuple(
        PaymentMapping(type=row.payment_type, form=row.form_of_payment)
        for row in PaymentRow.objects.filter(instance=market.instance).order_by("payment_type")
    )
    return OrderMappings(deliveries=deliveries, payments=payments, stock=_stock_links(market, forms))


def _stock_links(market: Market, forms: Iterable[CheckoutForm]) -> dict[str, StockRef]:
    linked = Offer.objects.filter(
        account=market.account,
        offer_id__in={item.offer.id for form in forms for item in form.line_items},
        card__unit=market.unit,
    )
    rows = linked.values_list("offer_id", "card__store", "card__code")
    return {offer_id: StockRef(store, code) for offer_id, store, code in rows}
