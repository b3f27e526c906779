"""The visited company's own record, as its people see it: also what support did."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from connectify.audit.models import AuditEntry
from connectify.dashboard.visit_admin import VisitAdmin, when


@admin.register(AuditEntry)
class AuditEntryAdmin(VisitAdmin):
    place, icon, label = 70, "history", _("Audit log")
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
