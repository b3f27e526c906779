"""What a checkout form's content says about itself: may it be imported, did it change, was it merged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from allegro_integration.domain.checkout import CheckoutForm


class FormState(StrEnum):
    """What to do with a form. Events only hint: the form's own `status` and content decide."""

    READY = "ready"
    NOT_READY = "not_ready"  # bought or filled in: its pieces are sold, but nothing is paid
    INCOMPLETE = "incomplete"  # READY_FOR_PROCESSING, yet the delivery is not there; Allegro shows it a moment later
    CANCELLED = "cancelled"
    FULFILLED_BY_ALLEGRO = "fulfilled_by_allegro"  # shipped from Allegro's warehouse, so not from the unit's stock
    UNKNOWN_STATUS = "unknown_status"


def form_state(form: CheckoutForm) -> FormState:
    """Whether the form is an order to import."""
    if form.status == "CANCELLED":
        return FormState.CANCELLED
    if _provider(form) == "ALLEGRO":
        return FormState.FULFILLED_BY_ALLEGRO
    if form.status in {"BOUGHT", "FILLED_IN"}:
        return FormState.NOT_READY
    if form.status != "READY_FOR_PROCESSING":
        return FormState.UNKNOWN_STATUS
    return FormState.READY if form.delivery else FormState.INCOMPLETE


def content_hash(form: CheckoutForm) -> str:
    """SHA-256 (hex) over what an order in Pohoda is made of.

    The revision, times, fulfilment status and payments are left out: they change without changing the order.
    """
    parts = (
        form.id,
        form.status,
        _provider(form),
        form.buyer,
        [(line.id, line.offer, line.quantity, line.price, line.deposit, line.selected_additional_services, line.tax)
         for line in sorted(form.line_items, key=lambda line: line.id)],
        _delivery_parts(form),
        form.invoice,
        form.payment and (form.payment.type, form.payment.provider),
        form.marketplace,
        form.message_to_seller,
        form.summary,
    )  # fmt: skip
    return hashlib.sha256(_CANONICAL.encode(parts)).hexdigest()


def _plain(value: object) -> str:
    """An amount without its trailing zeros: "10" and "10.00" are the same price."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    raise TypeError(type(value).__name__)


_CANONICAL: Final = msgspec.json.Encoder(order="deterministic", enc_hook=_plain)


def superseded_forms(form: CheckoutForm, known_lines: Mapping[str, str]) -> tuple[str, ...]:
    """Forms that this one replaces because the buyer paid several purchases together.

    `known_lines` maps a line item id to the form it was last seen in. Allegro deletes the earlier forms (404), the line
    items keep their ids.
    """
    earlier = {known_lines[line.id] for line in form.line_items if line.id in known_lines}
    return tuple(sorted(earlier - {form.id}))


def joint_form(lines: frozenset[str], others: Mapping[str, frozenset[str]]) -> str:
    """The form that already took over all of these line items and holds more, or "": then this one is the older.

    Allegro may still answer with an earlier form for a moment after the joint one is there.
    """
    return next((form_id for form_id, theirs in sorted(others.items()) if lines and lines < theirs), "")


def _provider(form: CheckoutForm) -> str:
    if form.fulfillment is None or form.fulfillment.provider is None:
        return "SELLER"
    return form.fulfillment.provider.id


def _delivery_parts(form: CheckoutForm) -> object:
    delivery = form.delivery
    if delivery is None:
        return None
    address = delivery.address and msgspec.structs.replace(delivery.address, modified_at=None)
    return address, delivery.method, delivery.pickup_point, delivery.cost, delivery.smart
