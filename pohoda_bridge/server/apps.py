from django.apps import AppConfig


class BridgeConfig(AppConfig):
    name = "pohoda_bridge.server"
    label = "pohoda"
    verbose_name = "Pohoda"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from connectify.dashboard.explanations import register_explanations
        from pohoda_bridge.server.explain import SENTENCES

        register_explanations("pohoda", SENTENCES)
