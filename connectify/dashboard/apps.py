from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "connectify.dashboard"
    default_auto_field = "django.db.models.BigAutoField"
