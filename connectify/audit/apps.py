from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "connectify.audit"
    verbose_name = _("Company")  # type: ignore[assignment]
    default_auto_field = "django.db.models.BigAutoField"
