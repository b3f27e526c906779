"""The visited company's own record, as its people see it: also what support did."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from connectify.audit.models import AuditEntry
from connectify.dashboard.visit_admin import VisitAdmin, when


@admin.register(AuditEntry)
class AuditEntryAdmin(VisitAdmin):
    place, icon = 70, "history"
    list_display = ("moment", "actor", "action", "object_kind", "reason", "via")
    list_filter = ("action",)
    list_select_related = ("actor",)
    ordering = ("-at",)
    fields = (
        "at", "actor", "on_behalf_of", "via", "action", "object_kind", "object_id", "reason", "before", "after",
    )  # fmt: skip

    @admin.display(description=_("when"), ordering="at")
    def moment(self, row: AuditEntry) -> Any:
        return when(row.at)

    def title_of(self, request: HttpRequest, object_id: str | None) -> str:
        found = self.get_object(request, object_id) if object_id else None
        return found.action if found is not None else ""
