"""Kinds of records of this module that can be put aside: what they are called, where they are, how they go again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from allegro_integration.explain_words import in_words
from allegro_integration.inbox_links import address
from allegro_integration.models import Account, Offer, Order
from connectify.dashboard.inbox_quarantined import Kind, Named, Row, register_kind_of_record

ORDER_KINDS: Final = ("order", "order_status", "order_parcel")
# The settings that a cause is mended in: code → (URL name of the instance's tab, what its button says).
_TABS: Final = {
    "no_instance": "instances",
    "parcel_refused": "instance_statuses",
}


def register() -> None:
    """Idempotent."""
    for kind, direction in (("order", "orders"), ("order_status", "statuses"), ("order_parcel", "statuses"),
                            ("invoice", "invoices")):  # fmt: skip
        list_url = _orders_by_code if kind == "order" else _no_list
        register_kind_of_record(kind, Kind(direction, name=_of_orders, words=in_words, list_url=list_url, solve=_solve))
    register_kind_of_record("form", Kind("orders", name=_of_accounts, words=in_words, owners=_accounts, solve=_solve))
    register_kind_of_record("event", Kind("orders", name=_of_accounts, words=in_words, owners=_accounts))
    register_kind_of_record("offer", Kind("offers", name=_of_offers, words=in_words, owners=_accounts))


def _of_orders(rows: Sequence[Row]) -> Mapping[uuid.UUID, Named]:
    """Orders, and what hangs on them, lead to the order's page; one query for all."""
    orders = [row.key for row in rows if row.kind in ORDER_KINDS]
    invoices = [row.key for row in rows if row.kind == "invoice"]
    known: dict[str, Named] = {}
    found = Order.objects.filter(Q(pk__in=orders) | Q(invoices__pk__in=invoices))
    for order, invoice, buyer, number in found.values_list("pk", "invoices__pk", "buyer", "number"):
        named = Named(buyer or number, reverse("order", args=[order]))
        known[str(order)] = named
        if invoice:
            known[str(invoice)] = named
    return {row.id: known.get(row.key, Named(row.key)) for row in rows}


def _of_accounts(rows: Sequence[Row]) -> Mapping[uuid.UUID, Named]:
    """Forms and journal entries have no page of their own: their id is how Allegro knows them."""
    return {row.id: Named(row.key.partition(":")[2]) for row in rows}


def _of_offers(rows: Sequence[Row]) -> Mapping[uuid.UUID, Named]:
    ids = {row.id: row.key.partition(":")[2] for row in rows}
    known = {
        (str(account), offer_id): Named(name or offer_id, reverse("offer", args=[pk]))
        for account, offer_id, name, pk in Offer.objects.filter(offer_id__in=set(ids.values())).values_list(
            "account_id", "offer_id", "name", "pk"
        )
    }
    return {row.id: known.get((row.key.partition(":")[0], ids[row.id]), Named(ids[row.id])) for row in rows}


def _accounts(account_ids: Iterable[str]) -> Mapping[str, str]:
    found = Account.objects.filter(pk__in=list(account_ids))
    return {str(pk): login for pk, login in found.values_list("pk", "login")}


def _orders_by_code(code: str, instance: uuid.UUID | None) -> str:
    return address("orders", instance=instance or "", code=code)


def _no_list(code: str, instance: uuid.UUID | None) -> str:
    return ""


def _solve(code: str, instance: uuid.UUID | None) -> tuple[str, str]:
    """Only where the settings are what mends it; most is mended in Pohoda or at Allegro."""
    name = _TABS.get(code, "")
    if name == "instances":
        return address(name), _("Open the instances")
    return (address(name, instance), _("Open the settings")) if name and instance else ("", "")
