"""People in the administration: found by address, closed and opened. Passwords and factors are the person's own."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from connectify.dashboard.languages import NAMES
from connectify.dashboard.visit_fields import name_fields
from connectify.dashboard.visit_words import FIELDS
from connectify.users.models import User

# Factors, addresses and groups are nobody's to look at or to change here.
for model in (Group, EmailAddress, Authenticator):
    admin.site.unregister(model)


@admin.register(User)
class UserAdmin(ModelAdmin):
    list_display = ("email", "full_name", "reads", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "full_name")
    ordering = ("email",)
    fields = ("email", "full_name", "reads", "is_active", "is_staff", "date_joined", "last_login")
    readonly_fields = ("email", "reads", "is_staff", "date_joined", "last_login")

    def __init__(self, model: Any, admin_site: Any) -> None:
        super().__init__(model, admin_site)
        name_fields(model, FIELDS)

    @admin.display(description=_("language"), ordering="language")
    def reads(self, user: User) -> str:
        return NAMES.get(user.language, user.language)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff  # type: ignore[union-attr]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_staff  # type: ignore[union-attr]  # support reads; changing needs the permission

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """What the menu offers. Whether somebody may change a person is asked on that person's page alone."""
        may_view = self.has_view_permission(request)
        return {"add": False, "change": False, "delete": False, "view": may_view}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # by invitation only

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # the audit names people for ever; close the account instead
