"""Units, agents, their jobs and exports during a support visit. What a job carries is not shown, only how it fares."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from connectify.dashboard.code_words import CAUSE, coded, word_of
from connectify.dashboard.explanations import explain
from connectify.dashboard.platform_state import PlatformFigure, register_platform_figures, rows_for_staff
from connectify.dashboard.templatetags.show import written_minute
from connectify.dashboard.visit_admin import VisitAdmin, link_to, table, when
from connectify.users.models import User
from pohoda_bridge.server.models import Agent, Job, MirrorRead, Unit
from pohoda_bridge.server.selectors import status_of_read, with_agents

JOBS = 20


def figures(user: User) -> list[PlatformFigure]:
    """Of all agents and of the jobs that wait for them, in numbers."""
    found: dict[Any, Any] = {what: (number, at) for what, number, at in rows_for_staff("connectify_agents_state", user)}
    none = (0, None)
    offline, waiting = found.get("offline", none), found.get("jobs_waiting", none)
    return [
        PlatformFigure(_("Agents online"), found.get("online", none)[0]),
        PlatformFigure(_("Agents offline"), offline[0], offline[1], is_bad=bool(offline[0])),
        PlatformFigure(_("Jobs waiting for an agent"), waiting[0], waiting[1]),
        PlatformFigure(_("Jobs at an agent"), *found.get("jobs_handed", none)),
    ]


register_platform_figures("pohoda", figures)


@admin.register(Unit)
class UnitAdmin(VisitAdmin):
    place, icon, label = 30, "account_balance", _("Accounting units")
    list_display = ("connection", "ico", "edition", "agent")
    list_select_related = ("connection",)
    ordering = ("ico",)
    fields = ("connection", "ico", "key", "edition", "encoding", "agent_epoch", "agent", "years", "exports", "jobs")
    readonly_fields = ("agent", "years", "exports", "jobs")
    names = {
        "key": _("mServer's key"), "edition": _("edition of Pohoda"), "encoding": _("encoding of documents"),
        "agent_epoch": _("changes of the active agent"),
    }  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        return with_agents(super().get_queryset(request))

    @admin.display(description=_("agent"))
    def agent(self, unit: Unit) -> Any:
        status = status_of_read(unit)
        if status.is_online:
            return format_html(
                '<span class="cfy-tag cfy-good">{}</span> {} {}',
                _t("online"),
                status.host,
                coded("mserver", status.mserver),
            )
        why = explain(status.code, status.params).title
        return format_html('<span class="cfy-tag cfy-bad">{}</span> {}', _t("not online"), why)

    @admin.display(description=_("years"))
    def years(self, unit: Unit) -> Any:
        rows = unit.years.order_by("-year")  # type: ignore[attr-defined]
        return table(
            (_t("year"), _t("database"), _t("state")),
            [(row.year, row.database, row.get_state_display()) for row in rows],
        )

    @admin.display(description=_("exports"))
    def exports(self, unit: Unit) -> Any:
        return table(
            (_t("agenda"), _t("whole one"), _t("records"), _t("next"), _t("held"), _t("failed")),
            [
                (
                    link_to(row, row.get_agenda_display()), when(row.complete_at), row.records, when(row.next_at),
                    coded(CAUSE, row.held_code, row.held_params), coded(CAUSE, _failed(row)),
                )
                for row in MirrorRead.objects.filter(unit=unit).order_by("agenda", "scope")
            ],
        )  # fmt: skip

    @admin.display(description=_("last jobs"))
    def jobs(self, unit: Unit) -> Any:
        rows = Job.objects.filter(unit=unit).defer("order", "body", "answer", "report", "signature")
        return table(
            (_t("operation"), _t("state"), _t("created"), _t("handed out"), _t("done")),
            [
                (
                    link_to(row, coded("operation", row.operation)), row.get_state_display(), when(row.created_at),
                    when(row.handed_at), when(row.done_at),
                )
                for row in rows.order_by("-created_at")[:JOBS]
            ],
        )  # fmt: skip


def _failed(read: MirrorRead) -> str:
    if not read.failed_at or (read.complete_at and read.failed_at < read.complete_at):
        return ""
    return read.failed_code


@admin.register(Agent)
class AgentAdmin(VisitAdmin):
    place, icon, label = 32, "computer", _("Agents")
    list_display = ("host", "unit", "state", "version", "seen", "mserver")
    list_filter = ("state",)
    list_select_related = ("unit__connection",)
    ordering = ("-enrolled_at",)
    fields = (
        "host", "unit", "state", "version", "enrolled_at", "last_seen_at", "session_seq", "journal_generation",
        "health_at", "health",
    )  # fmt: skip

    names = {
        "host": _("computer"), "version": _("version"), "enrolled_at": _("enrolled"),
        "last_seen_at": _("last heard of"),
        "session_seq": _("number of the last message"), "journal_generation": _("journal of the agent"),
        "health": _("what the agent says of itself"), "health_at": _("said at"),
    }  # fmt: skip

    @admin.display(description=_("last heard of"), ordering="last_seen_at")
    def seen(self, agent: Agent) -> Any:
        return when(agent.last_seen_at)

    @admin.display(description="Pohoda mServer")
    def mserver(self, agent: Agent) -> Any:
        return coded("mserver", str(agent.health.get("mserver", "")))


@admin.register(Job)
class JobAdmin(VisitAdmin):
    place, icon, label = 34, "work", _("Jobs")
    list_display = ("operation", "unit", "state", "priority", "created", "handed", "done")
    list_filter = ("state", "operation")
    list_select_related = ("unit__connection",)
    ordering = ("-created_at",)
    fields = (
        "operation", "unit", "of_change", "state", "is_write", "priority", "created_at", "expires_at", "handed_at",
        "handed_agent", "handed_epoch", "done_at", "settled_at",
    )  # fmt: skip
    readonly_fields = ("of_change",)
    codes = {"operation": "operation"}
    names = {
        "operation": _("operation"), "is_write": _("writes into Pohoda"), "priority": _("priority"),
        "expires_at": _("to be handed out by"), "handed_at": _("handed out"), "handed_agent": _("handed out to"),
        "handed_epoch": _("handed out under the agent's change"),
    }  # fmt: skip

    def title_of(self, row: Job) -> str:
        return f"{capfirst(word_of('operation', row.operation))}, {written_minute(row.created_at)}"

    @admin.display(description=_("change"))
    def of_change(self, job: Job) -> Any:
        return link_to(job.change, job.change and coded("change", job.change.kind))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("order", "body", "answer", "report", "signature")

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, job: Job) -> Any:
        return when(job.created_at)

    @admin.display(description=_("handed out"), ordering="handed_at")
    def handed(self, job: Job) -> Any:
        return when(job.handed_at)

    @admin.display(description=_("done"), ordering="done_at")
    def done(self, job: Job) -> Any:
        return when(job.done_at)


@admin.register(MirrorRead)
class MirrorReadAdmin(VisitAdmin):
    place, icon, label = 36, "download", _("Exports")
    list_display = ("agenda", "unit", "scope", "whole", "records", "next", "held_code", "failed_code")
    list_filter = ("agenda",)
    list_select_related = ("unit__connection",)
    ordering = ("agenda", "scope")
    fields = (
        "agenda", "unit", "scope", "every_s", "full_every_s", "next_at", "mode", "began_at", "attempts", "complete_at",
        "full_at", "records", "held_at", "held_code", "held_params", "failed_at", "failed_code", "failed_detail",
    )  # fmt: skip
    codes = {"held_code": CAUSE, "failed_code": CAUSE}
    names = {
        "scope": _("narrowed to"), "every_s": _("how often, in seconds"),
        "full_every_s": _("whole export how often, in seconds"),
        "next_at": _("next"), "mode": _("now reading"), "began_at": _("began"), "complete_at": _("whole one"),
        "full_at": _("last read from the beginning"), "records": _("records"), "held_at": _("held since"),
        "held_code": _("why it is held"), "held_params": _("details of the cause"), "failed_at": _("failed last"),
        "failed_code": _("why it failed"), "failed_detail": _("what was answered"),
    }  # fmt: skip

    def title_of(self, row: MirrorRead) -> str:
        return f"{capfirst(row.get_agenda_display())}, {row.unit}"

    @admin.display(description=_("whole one"), ordering="complete_at")
    def whole(self, read: MirrorRead) -> Any:
        return when(read.complete_at)

    @admin.display(description=_("next"), ordering="next_at")
    def next(self, read: MirrorRead) -> Any:
        return when(read.next_at)
