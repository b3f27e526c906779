from django.apps import AppConfig


class BridgeConfig(AppConfig):
    name = "pohoda_bridge.server"
    label = "pohoda"
    verbose_name = "Pohoda"
    default_auto_field = "django.db.models.BigAutoField"
