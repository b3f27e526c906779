from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "connectify.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from connectify.api.sentences import SENTENCES
        from connectify.dashboard.explanations import register_explanations

        register_explanations("api", SENTENCES)
