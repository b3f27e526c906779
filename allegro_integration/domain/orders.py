"""From an Allegro checkout form to a received order of Pohoda: a pure function that explains every value it chose."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.domain.delivery import Delivery
from allegro_integration.domain.explain import Code, Explanation, Trace, Waiting, Waits
from allegro_integration.domain.forms import FormState, form_state
from allegro_integration.domain.lines import Planner, delivery_line, deposit_lines, deposit_total, piece_lines
from allegro_integration.domain.marketplaces import MARKETPLACES
from allegro_integration.domain.parties import buyer_party, ship_to
from allegro_integration.domain.settings import OrderMappings, OrderSettings
from allegro_integration.domain.values import Price
from pohoda_bridge.documents import ExternalId, ForeignCurrency, OrderLine, ReceivedOrder

MAX_NUMBER: Final = 32  # Pohoda: `numberOrder`
CURRENCY_AMOUNTS: Final = {"CZK": 1, "EUR": 1, "PLN": 1, "HUF": 100}  # units that one rate is for


class PlannedOrder(Struct, frozen=True, tag="planned"):
    """The order to create, why it looks as it does, and what a person may want to look at."""

    order: ReceivedOrder
    trace: tuple[Explanation, ...]
    notes: tuple[Explanation, ...] = ()


def plan_order(form: CheckoutForm, settings: OrderSettings, mappings: OrderMappings) -> PlannedOrder | Waiting:
    """What to create in Pohoda for `form`, or why it has to wait. The lines add up to Allegro's total, or it waits."""
    trace = Trace()
    try:
        order = _order(form, settings, mappings, trace)
    except Waits as end:
        return end.waiting
    return PlannedOrder(order, tuple(trace.steps), tuple(trace.notes))


def number_order(form_id: str) -> str:
    """The form id as Pohoda's `numberOrder`: without its dashes it fits the 32 characters exactly."""
    number = form_id.replace("-", "")
    if len(number) > MAX_NUMBER:
        raise Waits(Code.FORM_ID_TOO_LONG, form_id=form_id)
    return number


def _order(form: CheckoutForm, settings: OrderSettings, mappings: OrderMappings, trace: Trace) -> ReceivedOrder:
    delivery = _delivery(form)
    _check_marketplace(form)
    currency = _currency(form, settings, trace)
    shipping = ship_to(form, delivery, trace)
    zone = ZoneInfo(settings.timezone)
    date = _date(form, zone)
    planner = Planner(settings, mappings, date, shipping.country.upper(), _vat_free(form, settings), trace)
    carrier, lines = _lines(form, delivery, planner)
    buyer = buyer_party(form, trace)
    dispatch = delivery.time.dispatch if delivery.time else None
    message = (form.message_to_seller or "").strip()
    if message:
        trace.note(Code.MESSAGE_FROM_BUYER)
    return ReceivedOrder(
        ext_id=ExternalId(form.id, settings.ext_system),
        number_order=number_order(form.id),
        date=date,
        text=_header_text(form, settings),
        buyer=buyer,
        lines=tuple(lines),
        ship_to=shipping,
        link_to_address=settings.link_companies and bool(buyer.ico),
        number_series=settings.number_series,
        payment_type=_payment(form, mappings, trace),
        carrier=carrier,
        centre=settings.centre,
        activity=settings.activity,
        note=message,
        internal_note=f"Allegro {_marketplace_id(form)} {form.id} {form.buyer.login}".strip(),
        date_to=dispatch.to.astimezone(zone).date() if dispatch and dispatch.to else None,
        currency=currency,
    )


def _delivery(form: CheckoutForm) -> Delivery:
    state = form_state(form)
    if state is FormState.READY and form.delivery is not None:
        return form.delivery
    match state:
        case FormState.CANCELLED:
            raise Waits(Code.CANCELLED)
        case FormState.FULFILLED_BY_ALLEGRO:
            raise Waits(Code.FULFILLED_BY_ALLEGRO)
        case FormState.UNKNOWN_STATUS:
            raise Waits(Code.UNKNOWN_STATUS, status=form.status)
        case FormState.INCOMPLETE:
            raise Waits(Code.NO_DELIVERY_ADDRESS, missing="delivery")
        case _:
            raise Waits(Code.NOT_READY, status=form.status)


def _marketplace_id(form: CheckoutForm) -> str:
    return form.marketplace.id if form.marketplace else ""


def _check_marketplace(form: CheckoutForm) -> None:
    if _marketplace_id(form) not in MARKETPLACES:
        raise Waits(Code.UNKNOWN_MARKETPLACE, marketplace=_marketplace_id(form))


def _currency(form: CheckoutForm, settings: OrderSettings, trace: Trace) -> ForeignCurrency | None:
    code = form.summary.total_to_pay.currency
    used = {price.currency for price in _prices(form)}
    if used - {code}:
        raise Waits(Code.MIXED_CURRENCIES, currencies=",".join(sorted(used | {code})))
    if code not in CURRENCY_AMOUNTS:
        raise Waits(Code.UNKNOWN_CURRENCY, currency=code)
    if code == settings.home_currency:
        trace.step(Code.HOME_CURRENCY, currency=code)
        return None
    rate = settings.foreign_rate
    trace.step(Code.FOREIGN_CURRENCY, currency=code, rate="" if rate is None else f"{rate:f}")
    return ForeignCurrency(code, rate, CURRENCY_AMOUNTS[code])


def _prices(form: CheckoutForm) -> list[Price]:
    prices = [form.summary.total_to_pay]
    for item in form.line_items:
        prices.append(item.price)
        prices += [service.price for service in item.selected_additional_services or () if service.price]
        if item.deposit:
            prices.append(item.deposit.price)
    if form.delivery and form.delivery.cost:
        prices.append(form.delivery.cost)
    return prices


def _date(form: CheckoutForm, zone: ZoneInfo) -> dt.date:
    """The local day of the first purchase in the form."""
    bought = [item.bought_at for item in form.line_items if item.bought_at]
    at = min(bought) if bought else form.updated_at
    if at is None:
        raise Waits(Code.NO_DATE)
    return at.astimezone(zone).date()


def _vat_free(form: CheckoutForm, settings: OrderSettings) -> bool:
    """Whether the buyer takes it as an intra-community supply. What Allegro could not verify, a person decides."""
    features = (form.invoice.features if form.invoice else None) or ()
    if "VAT_EU_UNVERIFIED" in features:
        raise Waits(Code.VAT_EU, feature="VAT_EU_UNVERIFIED")
    if "VAT_EU_VERIFIED" not in features:
        return False
    if settings.vat_eu_verified == "wait":
        raise Waits(Code.VAT_EU, feature="VAT_EU_VERIFIED")
    return True


def _lines(form: CheckoutForm, delivery: Delivery, planner: Planner) -> tuple[str, list[OrderLine]]:
    if not form.line_items:
        raise Waits(Code.NO_LINES)
    lines = piece_lines(form, planner)
    carrier, line = delivery_line(delivery, planner)
    if line is not None:
        lines.append(line)
    total = form.summary.total_to_pay
    ours = sum((line.unit_price * line.quantity for line in lines), Decimal(0))
    deposits = deposit_total(form)
    if deposits and ours + deposits == total.amount:
        lines += deposit_lines(form, planner)
        ours += deposits
    elif deposits:
        planner.trace.note(Code.DEPOSIT_NOT_CHARGED, amount=f"{deposits:f}", currency=total.currency)
    if ours != total.amount:
        raise Waits(Code.TOTAL_DIFFERS, ours=f"{ours:f}", allegro=f"{total.amount:f}", currency=total.currency)
    planner.trace.step(Code.TOTAL_EQUAL, total=f"{ours:f}", currency=total.currency)
    _compare_paid(form, planner.trace)
    return carrier, lines


def _compare_paid(form: CheckoutForm, trace: Trace) -> None:
    """Paying more or less is legal at Allegro (surcharges, refunds): it is shown and stops nothing."""
    total = form.summary.total_to_pay
    paid = [form.payment.paid_amount] if form.payment and form.payment.paid_amount else []
    paid += [extra.paid_amount for extra in form.surcharges or () if extra.paid_amount]
    amount = sum((price.amount for price in paid), Decimal(0))
    if paid and (amount != total.amount or any(price.currency != total.currency for price in paid)):
        trace.note(Code.PAID_DIFFERS, paid=f"{amount:f}", total=f"{total.amount:f}", currency=total.currency)


def _payment(form: CheckoutForm, mappings: OrderMappings, trace: Trace) -> str:
    if form.payment is None:
        trace.note(Code.PAYMENT_ABSENT)
        return ""
    type_, provider = form.payment.type, form.payment.provider or ""
    pohoda_form = mappings.payment_form(type_, provider)
    if pohoda_form is None:
        raise Waits(Code.UNMAPPED_PAYMENT, type=type_, provider=provider)
    trace.step(Code.PAYMENT_MAPPED, type=type_, provider=provider, form=pohoda_form)
    return pohoda_form


def _header_text(form: CheckoutForm, settings: OrderSettings) -> str:
    text = settings.text_template
    known = {"form_id": form.id, "login": form.buyer.login, "marketplace": _marketplace_id(form)}
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text
