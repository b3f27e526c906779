from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "connectify.sync"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Every process of ours publishes to the same broker, also those that Celery did not start.
        from connectify.celery import app
        from connectify.sync import ticker  # noqa: F401 (connects to Celery's signals)

        app.set_default()
