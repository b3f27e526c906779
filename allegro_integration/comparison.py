"""Both sides of an order as one table: what Allegro's form says, and what Pohoda's document got or would get."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import msgspec
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from allegro_integration.client.strict_json import NotJson, read
from allegro_integration.domain.checkout import CheckoutForm, LineItem
from allegro_integration.domain.delivery import DeliveryAddress, InvoiceAddress
from allegro_integration.explain_words import payment_in_words
from allegro_integration.models import Order
from connectify.dashboard.templatetags.show import minute, money
from pohoda_bridge.documents import OrderLine, Party, ReceivedOrder, ShipTo


@dataclass(frozen=True)
class Row:
    """One fact. `differs`: both sides have it, and it is not the same."""

    label: str
    allegro: str
    pohoda: str
    differs: bool = False


@dataclass(frozen=True)
class Section:
    title: str
    rows: list[Row]


def compare(order: Order, document: dict[str, Any] | None) -> list[Section]:
    """The table's sections; none where the form was not read, or neither side can be understood.

    `document` is the content of the order's creation: a `ReceivedOrder` as plain values.
    """
    form, planned = _form(order), _planned(document)
    if form is None:
        return []
    parts = (
        Section(_("Buyer"), list(_buyer(form, planned))),
        Section(_("Delivery"), list(_delivery(form, planned))),
        Section(_("Items"), list(_lines(form, planned, order.currency))),
        Section(_("Payment and total"), list(_totals(form, planned, order))),
    )
    return [part for part in parts if part.rows]


def _form(order: Order) -> CheckoutForm | None:
    if order.form.raw is None:
        return None
    try:
        return read(bytes(order.form.raw.body), CheckoutForm)
    except (NotJson, msgspec.ValidationError, ValueError):
        return None


def _planned(document: dict[str, Any] | None) -> ReceivedOrder | None:
    if not document:
        return None
    try:
        return msgspec.convert(document, type=ReceivedOrder)
    except msgspec.ValidationError:
        return None


def _row(label: str, allegro: str | None, pohoda: str | None) -> Iterator[Row]:
    if allegro or pohoda:
        yield Row(label, allegro or "–", pohoda or "–")


def _buyer(form: CheckoutForm, planned: ReceivedOrder | None) -> Iterator[Row]:
    wanted = form.invoice.address if form.invoice and form.invoice.address else None
    delivery = form.delivery.address if form.delivery else None
    company = wanted.company if wanted else None
    buyer = planned.buyer if planned else Party()
    ids = {one.type: one.value for one in (company.ids or () if company else ())}
    person = _joined(form.buyer.first_name, form.buyer.last_name) or form.buyer.login
    yield from _row(_("Company"), company.name if company else form.buyer.company_name, buyer.company)
    yield from _row(pgettext("of a person", "Name"), person, buyer.name)
    yield from _row(_("Address"), _address(wanted or delivery), _address(buyer))
    yield from _row(_("Company number"), ids.get("CZ_ICO") or ids.get("SK_ICO"), buyer.ico)
    tax = ids.get("CZ_DIC") or ids.get("SK_IC_DPH") or ids.get("VAT_EU") or ids.get("PL_NIP")
    yield from _row(_("VAT number"), tax or (company.tax_id if company else None), buyer.dic or buyer.ic_dph)
    yield from _row(_("Phone"), form.buyer.phone_number or (delivery.phone_number if delivery else None), buyer.phone)
    yield from _row(_("E-mail"), form.buyer.email, buyer.email)


def _delivery(form: CheckoutForm, planned: ReceivedOrder | None) -> Iterator[Row]:
    delivery = form.delivery
    method = delivery.method.name if delivery and delivery.method else None
    point = delivery.pickup_point if delivery else None
    address = delivery.address if delivery else None
    ship_to = (planned.ship_to if planned else None) or ShipTo()
    person = _joined(address.first_name, address.last_name) if address else ""
    yield from _row(_("Method and carrier"), method, planned.carrier if planned else None)
    yield from _row(_("Recipient"), person, ship_to.name)
    company = address.company_name if address else None
    yield from _row(_("Pickup point or company"), _joined(point.name, point.id) if point else company, ship_to.company)
    yield from _row(_("Address"), _address(address), _address(ship_to))
    yield from _row(_("Phone"), address.phone_number if address else None, ship_to.phone)
    yield from _row(_("Message"), form.message_to_seller, planned.note if planned else None)


def _lines(form: CheckoutForm, planned: ReceivedOrder | None, currency: str) -> Iterator[Row]:
    """Allegro's lines beside those of the document, which keeps their order; the rest of the document follows."""
    ours = list(planned.lines) if planned else []
    for number, (item, line) in enumerate(zip_longest(_items(form), ours), 1):
        yield Row(f"{number}.", item or "–", _line(line, currency) if line else "–")


def _items(form: CheckoutForm) -> Sequence[str]:
    rows = []
    for item in form.line_items:
        rows.append(_item_text(item))
        for service in item.selected_additional_services or ():
            if service.price is not None:
                price = _price(service.price.amount, service.price.currency)
                rows.append(f"{service.quantity} × {service.name or '–'} · {price}")
    cost = form.delivery.cost if form.delivery else None
    if cost is not None and Decimal(cost.amount):
        rows.append(f"{_('Delivery')} · {_price(cost.amount, cost.currency)}")
    return rows


def _item_text(item: LineItem) -> str:
    code = f" [{item.offer.external_id}]" if item.offer.external_id else ""
    price = _price(item.price.amount, item.price.currency)
    return f"{item.quantity} × {item.offer.name or item.offer.id}{code} · {price}"


def _line(line: OrderLine, currency: str) -> str:
    code = f" [{line.code}]" if line.code else ""
    return f"{_plain(line.quantity)} × {line.text}{code} · {_price(line.unit_price, currency)}"


def _totals(form: CheckoutForm, planned: ReceivedOrder | None, order: Order) -> Iterator[Row]:
    payment = form.payment
    ours = planned.payment_type if planned else None
    yield from _row(_("Payment"), payment_in_words(payment.type) if payment else None, ours)
    if payment and payment.finished_at:
        yield from _row(_("Paid on"), minute(payment.finished_at), "")
    if order.paid is not None:
        yield from _row(_("Paid"), money(order.paid, order.currency), "")
    total = order.pohoda_total if order.pohoda_total is not None else (planned.total if planned else None)
    label = _("Total") if order.pohoda_total is None else _("Total, as Pohoda says")
    differs = total is not None and total != order.total
    yield Row(label, money(order.total, order.currency), money(total, order.currency), differs)


def _address(place: DeliveryAddress | InvoiceAddress | Party | ShipTo | None) -> str:
    if place is None:
        return ""
    zip_code = getattr(place, "zip_code", None) or getattr(place, "zip", None)
    country = getattr(place, "country_code", None) or getattr(place, "country", None)
    return ", ".join(part for part in (place.street, _joined(zip_code, place.city), country) if part)


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _price(amount: Decimal | str, currency: str) -> str:
    return money(Decimal(amount), currency)


def _plain(number: Decimal) -> str:
    return formats.number_format(f"{number.normalize():f}", use_l10n=True)
