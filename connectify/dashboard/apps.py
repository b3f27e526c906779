from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "connectify.dashboard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.account.decorators import secure_admin_login
        from django.contrib import admin
        from django.utils.translation import gettext_lazy as _

        from connectify.audit.sentences import register_platform
        from connectify.dashboard import checks, inbox_quarantined, support, switches, visit_words  # noqa: F401
        from connectify.dashboard.access import AUDITORS, KEEPERS
        from connectify.dashboard.explanations import register_explanations
        from connectify.dashboard.inbox import register_inbox
        from connectify.dashboard.navigation import Page, register_page
        from connectify.dashboard.people_words import PEOPLE

        # Staff sign in where everybody does, with their second factor.
        admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
        register_page(Page("home", _("Overview"), order=0))
        register_page(Page("inbox", _("Inbox"), order=5))
        register_inbox(inbox_quarantined.SOURCE, inbox_quarantined.QuarantinedRecords())
        register_page(Page("company", _("Company"), order=60, roles=AUDITORS))
        register_page(Page("company", _("People"), order=0, roles=AUDITORS, section="company"))
        register_page(Page("api_keys", _("API keys"), order=10, roles=KEEPERS, section="company"))
        register_page(Page("audit", _("Audit log"), order=20, roles=AUDITORS, section="company"))
        register_explanations("people", PEOPLE)
        register_platform()
        register_explanations("switches", switches.SENTENCES)
        register_inbox(switches.SOURCE, switches.Switches())
        support.register()
        visit_words.register()
