from django.apps import AppConfig


class AllegroConfig(AppConfig):
    name = "allegro_integration"
    label = "allegro"
    verbose_name = "Allegro"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allegro_integration import audit_words, pages, visit_words
        from allegro_integration.api import wiring as api_wiring
        from allegro_integration.pipelines import invoices, offers, orders, statuses, tokens
        from allegro_integration.services.imports import IMPORT, note_handed
        from allegro_integration.services.invoices import wiring as invoice_wiring
        from allegro_integration.services.offers import wiring as offer_wiring
        from allegro_integration.services.orders import CREATE, FULFILMENT
        from allegro_integration.services.retries import (
            DEALT_WITH_BY_PERSON,
            retry_quarantined_event,
            retry_quarantined_form,
            retry_quarantined_order,
        )
        from allegro_integration.services.statuses import wiring as status_wiring
        from connectify.sync.changes import register_kind
        from connectify.sync.pipelines import register
        from connectify.sync.quarantine import on_retry
        from pohoda_bridge.server.jobs import on_handed

        # An account's turn looks at its offers before it drains the journal of orders: for each piece that is missing
        # there, the journal then has its order. The other way round a piece sold in between would be offered again.
        look_at_offers, *go_on_with_offers = offers.PIPELINES
        take_orders_in, *go_on_with_orders = orders.PIPELINES
        account = (look_at_offers, take_orders_in, *go_on_with_offers, *go_on_with_orders)
        for pipeline in (*tokens.PIPELINES, *account, *statuses.PIPELINES, *invoices.PIPELINES):
            register(pipeline)
        for kind in (CREATE, FULFILMENT):
            register_kind(kind, direction="orders")
        on_handed(IMPORT, note_handed)
        on_retry("order", retry_quarantined_order, not_for=DEALT_WITH_BY_PERSON)
        on_retry("event", retry_quarantined_event)
        on_retry("form", retry_quarantined_form)
        offer_wiring.register()
        status_wiring.register()
        invoice_wiring.register()
        pages.register()
        api_wiring.register()
        audit_words.register()
        visit_words.register()
