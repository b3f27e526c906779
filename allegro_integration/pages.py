"""What the module adds to the dashboard: its pages, its sentences, its figures."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from allegro_integration import explain_invoices as invoices
from allegro_integration import explain_offers as offers
from allegro_integration import explain_statuses as statuses
from allegro_integration import inbox_directions, inbox_offers, inbox_orders, inbox_records, offer_holds
from allegro_integration.explain import DIRECTION, RECORD, WAITING
from allegro_integration.explain_connecting import CONNECTING
from allegro_integration.explain_offer_sending import OFFER_SENDING
from allegro_integration.explain_sending import SENDING
from allegro_integration.explain_settings import SETTINGS
from allegro_integration.inbox_directions import StandingDirections
from allegro_integration.inbox_offers import ProblemOffers
from allegro_integration.inbox_orders import WaitingOrders
from allegro_integration.offer_holds import HeldOffers
from allegro_integration.offer_selectors import flow_figures
from allegro_integration.order_plots import orders_per_day
from allegro_integration.selectors import order_figures
from connectify.dashboard.explanations import register_explanations
from connectify.dashboard.figures import register_figures
from connectify.dashboard.inbox import register_inbox
from connectify.dashboard.navigation import Page, register_page
from connectify.dashboard.plots import register_plot


def register() -> None:
    """Idempotent."""
    register_page(Page("orders", _("Orders"), order=10))
    register_page(Page("offers", _("Offers"), order=20))
    register_page(Page("setup", _("Set-up"), order=50))
    register_page(Page("accounts", _("Allegro accounts"), order=10, section="setup"))
    register_page(Page("instances", _("Instances"), order=30, section="setup"))
    register_explanations("allegro", {**WAITING, **DIRECTION, **RECORD})
    register_explanations("allegro.offers", {**offers.SKIPS, **offers.HOLDS, **offers.ALARMS, **offers.TRACE})
    register_explanations(
        "allegro.statuses", {**statuses.SKIPS, **statuses.PARCELS, **statuses.NOTES, **statuses.RULES}
    )
    register_explanations("allegro.invoices", {**invoices.SKIPS, **invoices.PROBLEMS, **invoices.TRACE})
    register_explanations("allegro.sending", SENDING)
    register_explanations("allegro.connecting", CONNECTING)
    register_explanations("allegro.offers.sending", OFFER_SENDING)
    register_explanations("allegro.settings", SETTINGS)
    register_inbox(inbox_directions.SOURCE, StandingDirections())
    register_inbox(offer_holds.SOURCE, HeldOffers())
    register_inbox(inbox_orders.SOURCE, WaitingOrders())
    register_inbox(inbox_offers.SOURCE, ProblemOffers())
    inbox_records.register()
    register_figures("allegro", order_figures)
    register_figures("allegro.flows", flow_figures)
    register_plot("allegro", orders_per_day)
