from django.apps import AppConfig


class SealingConfig(AppConfig):
    name = "connectify.sealing"
    default_auto_field = "django.db.models.BigAutoField"
