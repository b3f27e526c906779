"""The engine's tables during a support visit: due rows with their leases, runs, changes, and what was put aside."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from connectify.audit.services import record_audit
from connectify.dashboard.code_words import CAUSE, coded, word_of
from connectify.dashboard.templatetags.show import written_minute
from connectify.dashboard.visit_admin import VisitAdmin, table, when
from connectify.sync import due
from connectify.sync.models import Change, Due, Quarantined, Run
from connectify.users.models import User

RUNS = 20


def nudge(row: Due, actor: User, reason: str, choice: str) -> None:
    due.nudge(row.kind, row.resource_id)
    record_audit(
        actor=actor, action="due.nudged", object_kind=row.kind, object_id=row.resource_id, reason=reason,
        after={"kind": row.kind},
    )  # fmt: skip


@admin.register(Due)
class DueAdmin(VisitAdmin):
    place, icon, label = 20, "schedule", _("Due rows and leases")
    list_display = ("kind", "resource_id", "due", "holder", "lease_until", "epoch", "failures", "enabled")
    list_filter = ("kind", "enabled")
    ordering = ("due_at",)
    fields = (
        "kind", "resource_id", "due_at", "interval_s", "holder", "leased_until", "epoch", "failures", "nudged_until",
        "enabled", "runs",
    )  # fmt: skip
    readonly_fields = ("runs",)
    actions_detail = ("nudge",)
    codes = {"kind": "resource"}
    names = {"kind": _("resource"), "interval_s": _("interval in seconds")}

    def title_of(self, row: Due) -> str:
        return f"{capfirst(word_of('resource', row.kind))} {row.resource_id}"

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, row: Due) -> Any:
        return when(row.due_at)

    @admin.display(description=_("leased until"), ordering="leased_until")
    def lease_until(self, row: Due) -> Any:
        return when(row.leased_until)

    @admin.display(description=_("last runs"))
    def runs(self, row: Due) -> Any:
        return runs_of(row.resource_id)

    @action(description=_("Run it now"), url_path="nudge")
    def nudge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.confirm(
            request, object_id, nudge, title=_("Run it now"), done=_("A worker takes it within seconds."),
            does=(
                _("The resource is due now instead of at its next time."),
                _("A run that is under way is not disturbed: another one follows it."),
            ),
        )  # fmt: skip


def runs_of(*resources: Any) -> Any:
    rows = Run.objects.filter(resource_id__in=resources).order_by("-started_at")[:RUNS]
    return table(
        (_t("when"), _t("pipeline"), _t("how it ended"), _t("cause"), _t("counts")),
        [
            (
                when(row.started_at), coded("pipeline", row.pipeline), outcome_of(row), coded(CAUSE, row.code),
                _counts(row.counts),
            )
            for row in rows
        ],
        empty=_t("No run yet."),
    )  # fmt: skip


def outcome_of(row: Run) -> Any:
    return format_html('{} <code class="cfy-code">{}</code>', row.get_outcome_display(), row.outcome)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{word_of('count', name)}: {count}" for name, count in counts.items() if count) or "–"


@admin.register(Run)
class RunAdmin(VisitAdmin):
    place, icon, label = 25, "directions_run", _("Runs")
    list_display = ("began", "pipeline", "resource_kind", "ended", "code", "counted")
    list_filter = ("outcome", "pipeline")
    ordering = ("-started_at",)
    fields = (
        "pipeline", "resource_kind", "resource_id", "epoch", "started_at", "finished_at", "ended", "code", "detail",
        "counted",
    )  # fmt: skip
    readonly_fields = ("ended", "counted")
    codes = {"pipeline": "pipeline", "resource_kind": "resource", "code": CAUSE}

    def title_of(self, row: Run) -> str:
        return f"{capfirst(word_of('pipeline', row.pipeline))}, {written_minute(row.started_at)}"

    @admin.display(description=_("how it ended"), ordering="outcome")
    def ended(self, row: Run) -> Any:
        return outcome_of(row)

    @admin.display(description=_("when"), ordering="started_at")
    def began(self, row: Run) -> Any:
        return when(row.started_at)

    @admin.display(description=_("counts"))
    def counted(self, row: Run) -> str:
        return _counts(row.counts)


@admin.register(Change)
class ChangeAdmin(VisitAdmin):
    place, icon, label = 50, "swap_horiz", _("Changes")
    list_display = ("key", "kind", "state", "code", "attempt", "planned", "next")
    list_filter = ("state", "kind", "instance")
    search_fields = ("key", "subject_id__exact")
    search_help_text = _("The number of an order or an offer, or an id of ours")
    ordering = ("-planned_at",)
    list_select_related = ("instance",)
    codes = {
        "kind": "change", "state": "change_state", "evidence": "evidence", "code": CAUSE, "resource_kind": "resource",
        "subject_kind": "record",
    }  # fmt: skip
    fields = (
        "instance", "kind", "key", "state", "evidence", "code", "detail", "attempt", "revision", "resource_kind",
        "resource_id", "subject_kind", "subject_id", "planned_at", "intent_at", "settled_at", "next_at", "content",
        "trace", "proof",
    )  # fmt: skip

    def title_of(self, row: Change) -> str:
        return f"{capfirst(word_of('change', row.kind))}: {row.key}"

    @admin.display(description=_("planned"), ordering="planned_at")
    def planned(self, row: Change) -> Any:
        return when(row.planned_at)

    @admin.display(description=_("next try"), ordering="next_at")
    def next(self, row: Change) -> Any:
        return when(row.next_at) if row.state in ("planned", "unknown") else "–"


@admin.register(Quarantined)
class QuarantinedAdmin(VisitAdmin):
    place, icon, label = 60, "front_hand", _("Put aside")
    list_display = ("subject_kind", "subject_key", "code", "state", "attempts", "last")
    list_filter = ("state", "code", "subject_kind")
    search_fields = ("subject_key",)
    ordering = ("-last_seen_at",)
    list_select_related = ("instance",)
    fields = (
        "instance", "subject_kind", "subject_key", "code", "params", "state", "attempts", "first_seen_at",
        "last_seen_at",
    )  # fmt: skip
    codes = {"subject_kind": "record", "code": CAUSE}

    def title_of(self, row: Quarantined) -> str:
        return f"{capfirst(word_of('record', row.subject_kind))} {row.subject_key}"

    @admin.display(description=_("last seen"), ordering="last_seen_at")
    def last(self, row: Quarantined) -> Any:
        return when(row.last_seen_at)
