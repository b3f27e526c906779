"""What is switched off for everybody, to read. Switching goes through connectify.sync.killswitch, which is audited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from connectify.sync.models import KillSwitch


@admin.register(KillSwitch)
class KillSwitchAdmin(ModelAdmin):
    list_display = ("scope", "reason", "since")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff  # type: ignore[union-attr]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_staff  # type: ignore[union-attr]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
