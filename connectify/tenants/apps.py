from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "connectify.tenants"
    default_auto_field = "django.db.models.BigAutoField"
