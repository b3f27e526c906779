from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "connectify.sync"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from connectify.sync import ticker  # noqa: F401 (connects to Celery's signals)
