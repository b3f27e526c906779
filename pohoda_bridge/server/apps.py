from django.apps import AppConfig


class BridgeConfig(AppConfig):
    name = "pohoda_bridge.server"
    label = "pohoda"
    verbose_name = "Pohoda"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from connectify.dashboard.explanations import register_explanations
        from connectify.dashboard.inbox import register_inbox
        from connectify.dashboard.navigation import Page, register_page
        from connectify.sync.pipelines import register
        from pohoda_bridge.server import audit_words, explain, explain_mirror, holds, inbox_records, visit_words
        from pohoda_bridge.server.mirror import pipeline

        register_explanations("pohoda", explain.SENTENCES)
        register_explanations("mirror", explain_mirror.SENTENCES)
        register_inbox(holds.SOURCE, holds.HeldExports())
        inbox_records.register()
        audit_words.register()
        visit_words.register()
        # Before those of the modules, which are ready later: a unit's turn observes first, then it writes.
        for mirror in pipeline.PIPELINES:
            register(mirror)
        register_page(Page("units", _("Accounting units"), order=20, section="setup"))
