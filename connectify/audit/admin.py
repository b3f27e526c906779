"""The visited company's own record, as its people see it: also what support did."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from connectify.audit.differences import MOST, differences
from connectify.audit.models import AuditEntry
from connectify.dashboard.audit_log import PROGRAM, rows_of
from connectify.dashboard.code_words import ACTION, word_of
from connectify.dashboard.visit_admin import VisitAdmin, table, when


@admin.register(AuditEntry)
class AuditEntryAdmin(VisitAdmin):
    place, icon, label = 70, "history", _("Audit log")
    list_display = ("moment", "actor", "action", "object_kind", "reason", "way")
    list_filter = ("action",)
    list_select_related = ("actor",)
    ordering = ("-at",)
    fields = ("at", "actor", "on_behalf_of", "way", "action", "object_kind", "object_id", "reason", "changed")
    readonly_fields = ("way", "changed")
    codes = {"action": ACTION, "object_kind": "object"}

    def title_of(self, row: AuditEntry) -> str:
        return capfirst(word_of(ACTION, row.action))

    @admin.display(description=_("when"), ordering="at")
    def moment(self, row: AuditEntry) -> Any:
        return when(row.at)

    @admin.display(description=_("by which way"), ordering="via")
    def way(self, row: AuditEntry) -> str:
        if row.via.startswith(PROGRAM):
            return _t("program %(name)s") % {"name": row.via.removeprefix(PROGRAM)}
        return word_of("via", row.via)

    @admin.display(description=_("what changed"))
    def changed(self, row: AuditEntry) -> SafeString:
        """In words, as the company sees it; what is stored is folded below."""
        found = differences(row.before, row.after)
        context = {
            "differences": table((_t("what"), _t("before"), _t("after")), rows_of(found)),
            "is_cut": len(found) > MOST,
            "stored": [
                (name, json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True))
                for name, value in ((_t("before"), row.before), (_t("after"), row.after))
                if value is not None
            ],
        }
        return SafeString(render_to_string("admin/audit_changed.html", context))
