from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "connectify.users"
    default_auto_field = "django.db.models.BigAutoField"
