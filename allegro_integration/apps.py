from django.apps import AppConfig


class AllegroConfig(AppConfig):
    name = "allegro_integration"
    label = "allegro"
    verbose_name = "Allegro"
    default_auto_field = "django.db.models.BigAutoField"
