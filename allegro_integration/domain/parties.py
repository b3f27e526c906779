"""Who pays and where the parcel goes, out of what people typed into Allegro. Nothing is guessed; oddities are noted."""

from __future__ import annotations

import re
from typing import Final

from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.domain.delivery import Company, Delivery, DeliveryAddress, InvoiceAddress, PickupPoint
from allegro_integration.domain.explain import Code, Trace, Waits
from pohoda_bridge.documents import Party, ShipTo

_SHAPES: Final = {
    "CZ_ICO": re.compile(r"\d{8}", re.ASCII),
    "SK_ICO": re.compile(r"\d{8}", re.ASCII),
    "CZ_DIC": re.compile(r"CZ\d{8,10}", re.ASCII),
    "SK_IC_DPH": re.compile(r"SK\d{10}", re.ASCII),
    "PL_NIP": re.compile(r"(PL)?\d{10}", re.ASCII),
    "HU_ADOSZAM": re.compile(r"(HU)?\d{8}(\d{3})?|\d{8}-\d-\d{2}", re.ASCII),
    "VAT_EU": re.compile(r"[A-Z]{2}[0-9A-Z]{2,13}", re.ASCII),
}
_FIELDS: Final = {
    "CZ_ICO": "ico",
    "SK_ICO": "ico",
    "CZ_DIC": "dic",
    "PL_NIP": "dic",
    "HU_ADOSZAM": "dic",
    "SK_IC_DPH": "ic_dph",
    "VAT_EU": "dic",
}
# A country's own number goes before the EU number, which is usually the same again.
_ORDER: Final = ("CZ_ICO", "SK_ICO", "CZ_DIC", "SK_IC_DPH", "PL_NIP", "HU_ADOSZAM", "VAT_EU")


def buyer_party(form: CheckoutForm, trace: Trace) -> Party:
    """Who pays: the invoice address, else the buyer's profile, else the delivery address."""
    contact = {"phone": _phone(form), "email": form.buyer.email}
    invoice = form.invoice.address if form.invoice else None
    if invoice is not None:
        trace.step(Code.BUYER_FROM_INVOICE)
        return _invoice_party(invoice, form, contact, trace)
    own = form.buyer.address
    if own is not None and (own.street or own.city):
        trace.step(Code.BUYER_FROM_PROFILE)
        return Party(
            company=_text(form.buyer.company_name),
            name=_buyer_name(form),
            street=_text(own.street),
            city=_text(own.city),
            zip=_text(own.post_code),
            country=_text(own.country_code),
            **contact,
        )
    trace.step(Code.BUYER_FROM_DELIVERY)
    address = (form.delivery.address if form.delivery else None) or DeliveryAddress()
    return Party(
        company=_text(form.buyer.company_name),
        name=_buyer_name(form) or _full_name(address.first_name, address.last_name),
        street=_text(address.street),
        city=_text(address.city),
        zip=_text(address.zip_code),
        country=_text(address.country_code),
        **contact,
    )


def ship_to(form: CheckoutForm, delivery: Delivery, trace: Trace) -> ShipTo:
    """Where the parcel goes. Raises Waits when there is no address to send it to."""
    address = delivery.address
    if address is None:
        raise Waits(Code.NO_DELIVERY_ADDRESS, missing="address")
    point = delivery.pickup_point
    if point is not None and (point.id or point.name):
        return _point(form, point, address, trace)
    parts = {"street": address.street, "city": address.city, "zip": address.zip_code}
    missing = [name for name, value in parts.items() if not _text(value)]
    if missing:
        raise Waits(Code.NO_DELIVERY_ADDRESS, missing=",".join(missing))
    trace.step(Code.SHIP_TO_ADDRESS)
    return ShipTo(
        company=_text(address.company_name),
        name=_full_name(address.first_name, address.last_name),
        street=_text(address.street),
        city=_text(address.city),
        zip=_text(address.zip_code),
        country=_text(address.country_code),
        phone=_phone(form),
        email=form.buyer.email,
    )


def _point(form: CheckoutForm, point: PickupPoint, address: DeliveryAddress, trace: Trace) -> ShipTo:
    name, id_ = _text(point.name), _text(point.id)
    trace.step(Code.SHIP_TO_POINT, point_id=id_, point_name=name)
    at = point.address
    return ShipTo(
        company=f"{name} ({id_})" if name and id_ else name or id_,
        name=_full_name(address.first_name, address.last_name) or _buyer_name(form),
        street=_text(at.street if at else address.street),
        city=_text(at.city if at else address.city),
        zip=_text(at.zip_code if at else address.zip_code),
        country=_text((at.country_code if at else None) or address.country_code),
        phone=_phone(form),
        email=form.buyer.email,
    )


def _invoice_party(invoice: InvoiceAddress, form: CheckoutForm, contact: dict[str, str], trace: Trace) -> Party:
    company, person = invoice.company, invoice.natural_person
    numbers = _numbers(company, trace) if company else {}
    if company:
        name = ""
    elif person:
        name = _full_name(person.first_name, person.last_name)
    else:
        name = _buyer_name(form)
    return Party(
        company=_text(company.name) if company else "",
        name=name,
        street=_text(invoice.street),
        city=_text(invoice.city),
        zip=_text(invoice.zip_code),
        country=_text(invoice.country_code),
        ico=numbers.get("ico", ""),
        dic=numbers.get("dic", ""),
        ic_dph=numbers.get("ic_dph", ""),
        **contact,
    )


def _numbers(company: Company, trace: Trace) -> dict[str, str]:
    """Company numbers by Pohoda's field. By type, never by position; what has no field is noted."""
    found: dict[str, str] = {}
    ids = sorted(company.ids or (), key=lambda one: _ORDER.index(one.type) if one.type in _ORDER else len(_ORDER))
    for one in ids:
        value = re.sub(r"\s+", "", one.value).upper()
        if not value:
            continue
        target = _FIELDS.get(one.type)
        if target is None or found.get(target, value) != value:
            trace.note(Code.TAX_ID_UNUSED, type=one.type, value=one.value)
            continue
        if not _SHAPES[one.type].fullmatch(value):
            trace.note(Code.TAX_ID_ODD, type=one.type, value=one.value)
        found[target] = value
    if not found:
        trace.note(Code.COMPANY_WITHOUT_ID, company=_text(company.name))
    return found


def _phone(form: CheckoutForm) -> str:
    address = form.delivery.address if form.delivery else None
    return _text(address.phone_number if address else None) or _text(form.buyer.phone_number)


def _buyer_name(form: CheckoutForm) -> str:
    return _full_name(form.buyer.first_name, form.buyer.last_name)


def _full_name(first: str | None, last: str | None) -> str:
    return f"{_text(first)} {_text(last)}".strip()


def _text(value: str | None) -> str:
    return (value or "").strip()
