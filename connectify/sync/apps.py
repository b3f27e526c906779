from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SyncConfig(AppConfig):
    name = "connectify.sync"
    verbose_name = _("Synchronization")  # type: ignore[assignment]
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Every process of ours publishes to the same broker, also those that Celery did not start.
        from connectify.celery import app
        from connectify.sync import ticker  # noqa: F401 (connects to Celery's signals)

        app.set_default()
