from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "connectify.dashboard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.account.decorators import secure_admin_login
        from django.contrib import admin
        from django.utils.translation import gettext_lazy as _

        from connectify.dashboard import checks  # noqa: F401
        from connectify.dashboard.navigation import Page, register_page

        # Staff sign in where everybody does, with their second factor.
        admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
        register_page(Page("home", _("Overview"), order=0))
        register_page(Page("held", _("Held"), order=40))
