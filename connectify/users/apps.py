from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    name = "connectify.users"
    verbose_name = _("People")  # type: ignore[assignment]
    default_auto_field = "django.db.models.BigAutoField"
