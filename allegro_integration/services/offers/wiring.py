"""What the offers add to the engine and to the mirror."""

from __future__ import annotations

from allegro_integration.pipelines.offers import PIPELINES
from allegro_integration.services.offers.ledger import KINDS
from allegro_integration.services.offers.marking import order_states_changed, stock_changed
from allegro_integration.services.offers.scope import OFFERS
from allegro_integration.services.offers.storing import SUBJECT, retry_quarantined_offer
from connectify.sync.changes import register_kind
from connectify.sync.pipelines import register as register_pipeline
from connectify.sync.quarantine import on_retry
from pohoda_bridge.server.mirror.listeners import on_changed


def register() -> None:
    """Idempotent. Where the pipelines stand among those of orders, the application says."""
    for pipeline in PIPELINES:
        register_pipeline(pipeline)
    for kind in KINDS:
        register_kind(kind, direction=OFFERS)
    on_changed("stock", stock_changed)
    on_changed("orders", order_states_changed)
    on_retry(SUBJECT, retry_quarantined_offer)
