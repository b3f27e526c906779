from django.apps import AppConfig


class BridgeConfig(AppConfig):
    name = "pohoda_bridge.server"
    label = "pohoda"
    verbose_name = "Pohoda"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from connectify.dashboard.explanations import register_explanations
        from connectify.dashboard.holds import register_holds
        from connectify.sync.pipelines import register
        from pohoda_bridge.server import explain, explain_mirror, holds
        from pohoda_bridge.server.mirror import pipeline

        register_explanations("pohoda", explain.SENTENCES)
        register_explanations("mirror", explain_mirror.SENTENCES)
        register_holds(holds.SOURCE, holds.HeldExports())
        # Before those of the modules, which are ready later: a unit's turn observes first, then it writes.
        for mirror in pipeline.PIPELINES:
            register(mirror)
