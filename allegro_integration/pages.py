"""What the module adds to the dashboard: its pages, its sentences, its figures."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from allegro_integration import explain_invoices as invoices
from allegro_integration import explain_offers as offers
from allegro_integration import explain_statuses as statuses
from allegro_integration.explain import DIRECTION, RECORD, WAITING
from allegro_integration.explain_offer_sending import OFFER_SENDING
from allegro_integration.explain_sending import SENDING
from allegro_integration.offer_holds import SOURCE, HeldOffers
from allegro_integration.offer_selectors import flow_figures
from allegro_integration.selectors import order_figures
from connectify.dashboard.explanations import register_explanations
from connectify.dashboard.figures import register_figures
from connectify.dashboard.holds import register_holds
from connectify.dashboard.navigation import Page, register_page


def register() -> None:
    """Idempotent."""
    register_page(Page("orders", _("Orders"), order=10))
    register_page(Page("offers", _("Offers"), order=20))
    register_explanations("allegro", {**WAITING, **DIRECTION, **RECORD})
    register_explanations("allegro.offers", {**offers.SKIPS, **offers.HOLDS, **offers.ALARMS, **offers.TRACE})
    register_explanations(
        "allegro.statuses", {**statuses.SKIPS, **statuses.PARCELS, **statuses.NOTES, **statuses.RULES}
    )
    register_explanations("allegro.invoices", {**invoices.SKIPS, **invoices.PROBLEMS, **invoices.TRACE})
    register_explanations("allegro.sending", SENDING)
    register_explanations("allegro.offers.sending", OFFER_SENDING)
    register_holds(SOURCE, HeldOffers())
    register_figures("allegro", order_figures)
    register_figures("allegro.flows", flow_figures)
