"""Kinds of records of this module that can be put aside: what they are called, where they are, how they go again."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat, NullIf
from django.utils.translation import gettext as _

from allegro_integration.domain.marketplaces import MARKETPLACES
from allegro_integration.explain_words import in_words
from allegro_integration.inbox_links import address
from allegro_integration.models import Account, InvoiceDocument, Offer, Order
from connectify.dashboard.inbox_quarantined import Cause, Kind, LookUp, named, register_kind_of_record
from connectify.dashboard.templatetags.show import money

# The settings that a cause is mended in: code → (URL name of the instance's tab, what its button says).
_TABS: Final = {
    "parcel_refused": "instance_statuses",
}
# Parameters of a form that was put aside that are each order's own.
OF_EACH_ORDER: Final = frozenset({"form_id", "buyer", "total", "currency"})


def register() -> None:
    """Idempotent."""
    for kind, direction, names in (
        ("order", "orders", ORDERS),
        ("order_status", "statuses", ORDERS),
        ("order_parcel", "statuses", ORDERS),
        ("invoice", "invoices", INVOICES),
    ):
        list_url = _orders_by_code if kind == "order" else _no_list
        register_kind_of_record(kind, Kind(direction, names, words=in_words, list_url=list_url, solve=_solve))
    of_account = {"label": _behind_the_account, "words": in_words, "owners": ACCOUNTS}
    of_order = {"called": _buyer_and_total, "own": OF_EACH_ORDER, "grouped_by": "marketplace"}
    register_kind_of_record("form", Kind("orders", **of_account, **of_order, solve=_solve))
    register_kind_of_record("event", Kind("orders", **of_account))
    register_kind_of_record("offer", Kind("offers", OFFERS, **of_account))


def _orders(order_ids: Collection[str]) -> QuerySet[Any]:
    return named(Order.objects.filter(pk__in=order_ids), key="pk", name=_BUYER_OR_NUMBER, page="pk")


def _orders_of_invoices(invoice_ids: Collection[str]) -> QuerySet[Any]:
    rows = InvoiceDocument.objects.filter(pk__in=invoice_ids)
    name = Coalesce(NullIf("order__buyer", Value("")), "order__number")
    return named(rows, key="pk", name=name, page="order_id")


def _offers(keys: Collection[str]) -> QuerySet[Any]:
    """A key is "account:number of the offer"."""
    numbers: dict[str, list[str]] = {}
    for key in keys:
        account, _colon, number = key.partition(":")
        numbers.setdefault(account, []).append(number)
    wanted = [Q(account=account, offer_id__in=of_it) for account, of_it in sorted(numbers.items())]
    rows = Offer.objects.filter(reduce(or_, wanted))
    key = Concat(Cast("account_id", TextField()), Value(":"), "offer_id", output_field=TextField())
    return named(rows, key=key, name=Coalesce(NullIf("name", Value("")), "offer_id"), page="pk")


def _accounts(account_ids: Collection[str]) -> QuerySet[Any]:
    return named(Account.objects.filter(pk__in=account_ids), key="pk", name="login", page="pk")


_BUYER_OR_NUMBER: Final = Coalesce(NullIf("buyer", Value("")), "number")
ORDERS: Final = LookUp(_orders, "order")
INVOICES: Final = LookUp(_orders_of_invoices, "order")
OFFERS: Final = LookUp(_offers, "offer")
ACCOUNTS: Final = LookUp(_accounts)


def _behind_the_account(key: str) -> str:
    """Forms and journal entries have no page of their own: their id is how Allegro knows them."""
    return key.partition(":")[2]


def _buyer_and_total(params: Mapping[str, Any]) -> str:
    """Whose order it is, where that was read; "" where only its id is known."""
    buyer, total, currency = (str(params.get(name) or "") for name in ("buyer", "total", "currency"))
    try:
        return f"{buyer} · {money(Decimal(total), currency)}" if buyer and total else buyer
    except InvalidOperation:
        return buyer


def _orders_by_code(code: str, instance: uuid.UUID | None) -> str:
    return address("orders", instance=instance or "", code=code)


def _no_list(code: str, instance: uuid.UUID | None) -> str:
    return ""


def _solve(cause: Cause) -> tuple[str, str]:
    """Only where the settings are what mends it; most is mended in Pohoda or at Allegro."""
    if cause.code == "no_instance":
        return _create_instance(cause)
    name = _TABS.get(cause.code, "")
    return (address(name, cause.instance), _("Open the settings")) if name and cause.instance else ("", "")


def _create_instance(cause: Cause) -> tuple[str, str]:
    """With the account and the marketplace chosen; for one that we do not know none can be created."""
    if cause.part not in MARKETPLACES:
        return "", ""
    return address("new_instance", account=cause.owner, marketplace=cause.part), _("Create an instance")
