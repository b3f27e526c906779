"""Lines of a received order: pieces, services, deposits and delivery, each with its VAT."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Final

from msgspec import Struct

from allegro_integration.domain.checkout import AdditionalService, CheckoutForm, LineItem
from allegro_integration.domain.delivery import Delivery
from allegro_integration.domain.explain import Code, Trace, Waits
from allegro_integration.domain.settings import OrderMappings, OrderSettings
from allegro_integration.domain.vat import rate_name
from connectify.domain.money import NotANumber, parse_decimal
from pohoda_bridge.documents import OrderLine, StockRef, VatRate

MAX_CODE: Final = 64  # Pohoda: stock code, `typ:string64`


class Planner(Struct, frozen=True):
    """What all lines of one order share."""

    settings: OrderSettings
    mappings: OrderMappings
    date: dt.date
    destination: str
    vat_free: bool
    trace: Trace

    def vat(self, what: str, percent: Decimal) -> tuple[VatRate, Decimal]:
        """Pohoda's name of a percentage of the settings. Raises Waits when the unit has no such rate that day."""
        name, percent = self._named(Decimal(0) if self.vat_free else percent)
        self.trace.step(Code.VAT_FROM_SETTINGS, what=what, percent=_show(percent), name=name)
        return name, percent

    def line_vat(self, item: LineItem) -> tuple[VatRate, Decimal]:
        """The rate of an offer: Allegro's where it is the unit's own country's, else the settings'."""
        what, ours = item.offer.id, self.settings.line_vat
        percent = _percent(item.tax.rate if item.tax else None)
        if percent is None or self.vat_free:
            return self.vat(what, ours)
        abroad = bool(self.destination) and self.destination != self.settings.unit_country
        if abroad:
            if self.settings.vat_abroad == "wait":
                raise Waits(Code.VAT_ABROAD, country=self.destination, unit_country=self.settings.unit_country)
            if percent != ours:
                self.trace.note(Code.VAT_OF_DESTINATION, what=what, allegro=_show(percent), country=self.destination)
            return self.vat(what, ours)
        if percent != ours:
            self.trace.note(Code.VAT_DIFFERS, what=what, allegro=_show(percent), settings=_show(ours))
        name, percent = self._named(percent)
        self.trace.step(Code.VAT_FROM_ALLEGRO, what=what, percent=_show(percent), name=name)
        return name, percent

    def _named(self, percent: Decimal) -> tuple[VatRate, Decimal]:
        country = self.settings.unit_country
        name = rate_name(country, self.date, percent)
        if name is None:
            raise Waits(Code.VAT_RATE_UNKNOWN, percent=_show(percent), country=country, date=self.date.isoformat())
        return name, percent


def piece_lines(form: CheckoutForm, planner: Planner) -> list[OrderLine]:
    """Bought pieces and the services chosen with them."""
    lines: list[OrderLine] = []
    for item in form.line_items:
        lines.append(_piece(item, planner))
        lines += [_service(service, planner) for service in item.selected_additional_services or ()]
    return lines


def deposit_lines(form: CheckoutForm, planner: Planner) -> list[OrderLine]:
    """Returnable deposits as text lines, one per line item that has one."""
    lines: list[OrderLine] = []
    for item in form.line_items:
        if item.deposit is None or not item.deposit.price.amount:
            continue
        price = Decimal(item.deposit.price.amount)
        planner.trace.step(Code.DEPOSIT_LINE, offer_id=item.offer.id, quantity=str(item.quantity), price=_show(price))
        name, percent = planner.vat("deposit", planner.settings.deposit_vat)
        lines.append(
            OrderLine(
                text=item.offer.name, quantity=Decimal(item.quantity), unit_price=price, vat=name, vat_percent=percent
            )
        )
    return lines


def deposit_total(form: CheckoutForm) -> Decimal:
    """Deposits of all pieces."""
    return sum(
        (Decimal(item.deposit.price.amount) * item.quantity for item in form.line_items if item.deposit), Decimal(0)
    )


def delivery_line(delivery: Delivery, planner: Planner) -> tuple[str, OrderLine | None]:
    """The carrier and the delivery line. Raises Waits when the method is not in the mapping table."""
    method = delivery.method
    method_id = (method.id if method else None) or ""
    name = (method.name if method else None) or ""
    mapping = planner.mappings.deliveries.get(method_id)
    if mapping is None:
        raise Waits(Code.UNMAPPED_DELIVERY, method_id=method_id, method_name=name)
    price = Decimal(delivery.cost.amount) if delivery.cost else Decimal(0)
    if price < 0:
        raise Waits(Code.BAD_PRICE, offer_id="delivery", price=_show(price))
    if price == 0:
        planner.trace.step(Code.DELIVERY_FREE, method_id=method_id, smart=str(bool(delivery.smart)).lower())
        if not planner.settings.zero_delivery_line:
            return mapping.carrier, None
    text = mapping.text or name
    planner.trace.step(Code.DELIVERY_LINE, method_id=method_id, text=text, price=_show(price))
    vat_name, percent = planner.vat("delivery", planner.settings.delivery_vat if mapping.vat is None else mapping.vat)
    return mapping.carrier, OrderLine(
        text=text, quantity=Decimal(1), unit_price=price, vat=vat_name, vat_percent=percent
    )


def _piece(item: LineItem, planner: Planner) -> OrderLine:
    offer, price = item.offer, Decimal(item.price.amount)
    if item.quantity < 1:
        raise Waits(Code.BAD_QUANTITY, offer_id=offer.id, quantity=str(item.quantity))
    if price < 0:
        raise Waits(Code.BAD_PRICE, offer_id=offer.id, price=_show(price))
    stock = _stock(item, planner)
    shown = {"offer_id": offer.id, "quantity": str(item.quantity), "price": _show(price)}
    if stock is None:
        planner.trace.step(Code.LINE_AS_TEXT, **shown)
    else:
        planner.trace.step(Code.LINE_FROM_STOCK, code=stock.code, store=stock.store, **shown)
    if item.original_price is not None and item.original_price.amount != price:
        reasons = ",".join(discount.type or "" for discount in item.discounts or ())
        planner.trace.step(
            Code.LINE_DISCOUNTED,
            offer_id=offer.id,
            original=_show(item.original_price.amount),
            price=_show(price),
            reasons=reasons,
        )
    name, percent = planner.line_vat(item)
    return OrderLine(
        text=offer.name,
        quantity=Decimal(item.quantity),
        unit_price=price,
        vat=name,
        vat_percent=percent,
        code=stock.code if stock else "",
        stock=stock,
    )


def _stock(item: LineItem, planner: Planner) -> StockRef | None:
    mapped = planner.mappings.stock.get(item.offer.id)
    if mapped is not None:
        return mapped
    code = item.offer.external_id
    if not code:
        if planner.settings.text_lines_allowed:
            return None
        raise Waits(Code.LINE_WITHOUT_CODE, offer_id=item.offer.id, offer_name=item.offer.name)
    if len(code) > MAX_CODE:
        raise Waits(Code.CODE_TOO_LONG, offer_id=item.offer.id, code=code)
    return StockRef(store=planner.settings.store, code=code)


def _service(service: AdditionalService, planner: Planner) -> OrderLine:
    name = service.name or service.definition_id or ""
    price = Decimal(service.price.amount) if service.price else Decimal(0)
    if service.quantity < 1:
        raise Waits(Code.BAD_QUANTITY, offer_id=name, quantity=str(service.quantity))
    if price < 0:
        raise Waits(Code.BAD_PRICE, offer_id=name, price=_show(price))
    planner.trace.step(Code.SERVICE_LINE, name=name, quantity=str(service.quantity), price=_show(price))
    vat_name, percent = planner.vat("service", planner.settings.service_vat)
    return OrderLine(text=name, quantity=Decimal(service.quantity), unit_price=price, vat=vat_name, vat_percent=percent)


def _percent(text: str | None) -> Decimal | None:
    """A percentage as Allegro writes it ("23.00"); exemptions ("ZW") are not numbers and leave it to the settings."""
    if not text:
        return None
    try:
        return parse_decimal(text)
    except (NotANumber, InvalidOperation):
        return None


def _show(amount: Decimal) -> str:
    return f"{amount:f}"
