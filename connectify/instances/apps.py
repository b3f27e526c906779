from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InstancesConfig(AppConfig):
    name = "connectify.instances"
    verbose_name = _("Set-up")  # type: ignore[assignment]
    default_auto_field = "django.db.models.BigAutoField"
