"""Accounts, orders and offers during a support visit: to find one, see how it stands, and have it read again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from allegro_integration.explain_words import in_words, marketplace_in_words
from allegro_integration.models import Account, Market, Offer, Order
from allegro_integration.offer_words import money_in_words
from allegro_integration.services import resync
from allegro_integration.timeline import STEPS
from connectify.audit.models import Event
from connectify.dashboard.code_words import CAUSE, coded
from connectify.dashboard.directions import DIRECTIONS
from connectify.dashboard.explanations import fill
from connectify.dashboard.record_states import TONES, WORDS
from connectify.dashboard.resyncing import Resync, register_resync
from connectify.dashboard.templatetags.show import money
from connectify.dashboard.visit_admin import VisitAdmin, link_to, table, when
from connectify.instances.models import Instance
from connectify.sync.admin import runs_of
from connectify.sync.models import Change
from connectify.users.models import User

EVENTS = 60


def resync_instance(instance: Instance, flow: str, actor: User, reason: str) -> None:
    if flow:
        resync.resync_flow(instance=instance, direction=flow, actor=actor, reason=reason)
    else:
        resync.resync_instance(instance=instance, actor=actor, reason=reason)


register_resync(resync.ACCOUNT, Resync({flow: DIRECTIONS[flow] for flow in resync.AGENDAS}, resync_instance))


def resync_order(order: Order, actor: User, reason: str, choice: str) -> None:
    resync.resync_order(order=order, actor=actor, reason=reason)


def resync_offer(offer: Offer, actor: User, reason: str, choice: str) -> None:
    resync.resync_offer(offer=offer, actor=actor, reason=reason)


@admin.register(Account)
class AccountAdmin(VisitAdmin):
    """Its tokens are nobody's to see."""

    place, icon, label = 38, "storefront", _("Accounts")
    list_display = ("login", "environment", "seller_id", "journal", "needs_reauth_since")
    ordering = ("login",)
    fields = (
        "login", "environment", "seller_id", "base_marketplace", "connection", "needs_reauth_since", "journal_read_at",
        "swept_at", "sweep_from", "offers_listed_at", "offers_listing_at", "offers_offset", "markets", "runs",
    )  # fmt: skip
    readonly_fields = ("markets", "runs")
    codes = {"environment": "environment", "base_marketplace": "marketplace"}
    names = {
        "login": _("login"), "environment": _("environment"), "seller_id": _("number of the seller"),
        "base_marketplace": _("home marketplace"), "needs_reauth_since": _("waits for access since"),
        "journal_read_at": _("journal read"), "swept_at": _("list of orders read"),
        "sweep_from": _("list of orders read up to"), "offers_listed_at": _("list of offers read"),
        "offers_listing_at": _("list of offers being read since"),
        "offers_offset": _("offers of that list read so far"),
    }  # fmt: skip

    @admin.display(description=_("journal read"), ordering="journal_read_at")
    def journal(self, account: Account) -> Any:
        return when(account.journal_read_at)

    @admin.display(description=_("instances"))
    def markets(self, account: Account) -> Any:
        rows = Market.objects.filter(account=account).select_related("instance").order_by("role", "marketplace")
        return table(
            (_t("instance"), _t("marketplace"), _t("role"), _t("active")),
            [
                (
                    link_to(row.instance),
                    coded("marketplace", row.marketplace),
                    row.get_role_display(),
                    _t("yes") if row.active else _t("no"),
                )
                for row in rows
            ],
        )

    @admin.display(description=_("last runs"))
    def runs(self, account: Account) -> Any:
        return runs_of(account.pk)


@admin.register(Order)
class OrderAdmin(VisitAdmin):
    place, icon, label = 40, "shopping_cart", _("Orders")
    list_display = ("number", "instance", "standing", "why", "pohoda_number", "bought")
    list_filter = ("state", "instance")
    list_select_related = ("instance",)
    search_fields = ("number", "pohoda_number")
    search_help_text = _("The number at Allegro or in Pohoda, or a part of it")
    ordering = ("-bought_at", "id")
    fields = (
        "page", "number", "instance", "standing", "why", "buyer", "sum", "bought_at", "pohoda_number",
        "delivery_method", "payment_type", "fulfilment", "parcel", "changes", "events",
    )  # fmt: skip
    readonly_fields = ("page", "standing", "why", "sum", "changes", "events")
    codes = {"payment_type": "payment", "fulfilment": "fulfilment"}
    names = {
        "number": _("number at Allegro"), "pohoda_number": _("number in Pohoda"), "buyer": _("buyer"),
        "bought_at": _("bought"), "delivery_method": _("delivery"), "payment_type": _("payment"),
        "fulfilment": _("state at Allegro"), "parcel": _("parcel"),
    }  # fmt: skip
    actions_detail = ("resync",)

    @admin.display(description=_("as the customer sees it"))
    def page(self, order: Order) -> Any:
        return format_html('<a class="cfy-link" href="{}">{}</a>', reverse("order", args=[order.pk]), _t("Timeline"))

    @admin.display(description=_("state"), ordering="state")
    def standing(self, order: Order) -> Any:
        return tag(order.state)

    @admin.display(description=_("cause"))
    def why(self, order: Order) -> Any:
        return coded(CAUSE, order.code, in_words(order.params))

    @admin.display(description=_("bought"), ordering="bought_at")
    def bought(self, order: Order) -> Any:
        return when(order.bought_at)

    @admin.display(description=_("total"))
    def sum(self, order: Order) -> str:
        return money(order.total, order.currency)

    @admin.display(description=_("changes"))
    def changes(self, order: Order) -> Any:
        return changes_of("order", order)

    @admin.display(description=_("events"))
    def events(self, order: Order) -> Any:
        rows = Event.objects.filter(object_kind="order", object_id=order.pk).order_by("-sequence")[:EVENTS]
        return table((_t("when"), _t("event")), [(when(row.at), event_in_words(row)) for row in rows])

    @action(description=_("Read and plan again"), url_path="resync")
    def resync(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirm(
            request, object_id, resync_order, title=_("Read and plan again"),
            done=_("It is marked. The next runs read and plan it; they were woken."),
            does=(
                _("The order is read again from Allegro; one that has not gone yet is planned anew."),
                _("One that Pohoda refused goes again; one that Pohoda has is looked up there."),
                _("Its status and invoices are planned again."),
                _("It cannot get into Pohoda twice: Pohoda is asked before it goes again."),
            ),
        )  # fmt: skip


@admin.register(Offer)
class OfferAdmin(VisitAdmin):
    place, icon, label = 42, "sell", _("Offers")
    list_display = ("offer_id", "name", "account", "standing", "why", "stock", "wanted_quantity")
    list_filter = ("state", "account")
    list_select_related = ("account",)
    search_fields = ("offer_id", "external_id", "name")
    search_help_text = _("The number at Allegro, the code, or a part of the name")
    ordering = ("account", "offer_id")  # as they are kept: any other order is a look at all of them
    fields = (
        "page", "offer_id", "name", "external_id", "ean", "account", "card", "standing", "why", "status", "stock",
        "wanted_quantity", "confirmed_quantity", "shown", "wanted", "confirmed", "needs_reading", "needs_plan",
        "observed_at", "planned_at", "not_before", "changes",
    )  # fmt: skip
    readonly_fields = ("page", "standing", "why", "changes", "shown", "wanted", "confirmed")
    codes = {"status": "offer_status"}
    names = {
        "offer_id": _("number at Allegro"), "name": _("name"), "external_id": _("seller's own code"), "ean": _("EAN"),
        "card": _("stock card"), "status": _("state at Allegro"), "stock": _("pieces at Allegro"),
        "wanted_quantity": _("pieces wanted"), "confirmed_quantity": _("pieces confirmed"),
        "needs_reading": _("is to be read"), "observed_at": _("last read"), "not_before": _("not before"),
    }  # fmt: skip
    actions_detail = ("resync",)

    @admin.display(description=_("as the customer sees it"))
    def page(self, offer: Offer) -> Any:
        return format_html(
            '<a class="cfy-link" href="{}">{}</a>', reverse("offer", args=[offer.pk]), _t("Why this value")
        )

    @admin.display(description=_("state"), ordering="state")
    def standing(self, offer: Offer) -> Any:
        return tag(offer.state)

    @admin.display(description=_("cause"))
    def why(self, offer: Offer) -> Any:
        return coded(CAUSE, offer.code, in_words(offer.params))

    @admin.display(description=_("prices at Allegro"))
    def shown(self, offer: Offer) -> Any:
        return _prices(offer.prices)

    @admin.display(description=_("prices wanted"))
    def wanted(self, offer: Offer) -> Any:
        return _prices(offer.wanted_prices)

    @admin.display(description=_("prices confirmed"))
    def confirmed(self, offer: Offer) -> Any:
        return _prices(offer.confirmed_prices)

    @admin.display(description=_("changes"))
    def changes(self, offer: Offer) -> Any:
        return changes_of("offer", offer)

    @action(description=_("Read and plan again"), url_path="resync")
    def resync(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirm(
            request, object_id, resync_offer, title=_("Read and plan again"),
            done=_("It is marked. The next runs read and plan it; they were woken."),
            does=(
                _("The offer is read again from Allegro, and the whole stock from Pohoda."),
                _("Pieces and price are planned anew; a value that Allegro refused goes again if it is still wanted."),
                _("What a guard holds stays held until the customer decides."),
            ),
        )  # fmt: skip


def tag(state: str) -> Any:
    """One of the five words, as on the company's own pages."""
    return format_html('<span class="cfy-tag cfy-{}">{}</span>', TONES[state], WORDS[state])


def _prices(prices: dict[str, Any]) -> str:
    """By marketplace, each in its currency."""
    found = (f"{marketplace_in_words(name)}: {money_in_words(price)}" for name, price in sorted(prices.items()))
    return ", ".join(found) or "–"


def event_in_words(event: Event) -> Any:
    """As the order's timeline tells it, with the event's name beside."""
    if event.type not in STEPS:
        return event.type
    title = fill(STEPS[event.type][1], event.type, in_words(event.data)).title
    return format_html('{} <code class="cfy-code">{}</code>', title, event.type)


def changes_of(kind: str, found: Order | Offer) -> Any:
    """The ledger of one record, the newest first."""
    rows = Change.objects.filter(subject_kind=kind, subject_id=found.pk).order_by("-planned_at")[:EVENTS]
    return table(
        (_t("kind"), _t("state"), _t("cause"), _t("tries"), _t("planned"), _t("settled")),
        [
            (
                link_to(row, coded("change", row.kind)),
                coded("change_state", row.state),
                coded(CAUSE, row.code),
                row.attempt,
                when(row.planned_at),
                when(row.settled_at),
            )
            for row in rows
        ],
        empty=_t("Nothing was planned yet."),
    )
