"""Instances during a support visit: how each direction is, what is due, what ran, and reading everything again."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from connectify.dashboard.code_words import coded
from connectify.dashboard.home_of_visit import direction_of
from connectify.dashboard.resyncing import resync_of
from connectify.dashboard.switches import as_column, read_column, switched_off
from connectify.dashboard.visit_admin import VisitAdmin, amount, enter_first, is_visit, link_to, table, when
from connectify.instances.models import Connection, Instance
from connectify.instances.selectors import armed_directions
from connectify.sync.admin import runs_of
from connectify.sync.models import Change, DirectionState, Due
from connectify.users.models import User

SIDES: Final = ("source", "target")


def resync(instance: Instance, actor: User, reason: str, choice: str) -> None:
    found = resync_of(instance)
    if found is not None:
        found.run(instance, "" if choice == "all" else choice, actor, reason)


@admin.register(Instance)
class InstanceAdmin(VisitAdmin):
    place, icon, label = 10, "sync_alt", _("Instances")
    list_display = ("name", "source", "target", "interval_s", "paused_at", "created_at")
    list_select_related = ("source", "target")
    ordering = ("created_at",)
    search_fields = ("name",)
    fields = (
        "name", "source", "target", "interval_s", "paused_at", "settings_version", "directions", "due", "changes",
        "runs", "settings",
    )  # fmt: skip
    readonly_fields = ("directions", "due", "changes", "runs")
    actions_detail = ("resync", "switch_off")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Instance]:
        """With what extends its two connections, which a page asks for several times."""
        paths = [f"{side}__{name}" for side in SIDES for name in _extensions()]
        return super().get_queryset(request).select_related(*paths)

    @admin.display(description=_("directions"))
    def directions(self, instance: Instance) -> Any:
        states = list(DirectionState.objects.filter(instance=instance).order_by("direction").annotate(off=as_column()))
        off = switched_off([instance.pk], read_column(states[0].off) if states else ())
        armed, rows = armed_directions(instance), [direction_of(row) for row in states]
        return table(
            (_t("direction"), _t("state"), _t("cause"), _t("since"), _t("last good run"), _t("armed"), _t("by us")),
            [
                (
                    one.label, format_html('<span class="cfy-tag cfy-{}">{}</span>', one.tone, one.state),
                    one.why.title, when(one.row.since), when(one.row.last_good_at),
                    _t("yes") if one.row.direction in armed else _t("no"),
                    _t("switched off") if (instance.pk, one.row.direction) in off else "–",
                )
                for one in rows
            ],
            empty=_t("No direction has run yet."),
        )  # fmt: skip

    @admin.display(description=_("due"))
    def due(self, instance: Instance) -> Any:
        return table(
            (_t("resource"), _t("due"), _t("held by"), _t("until"), _t("epoch of the lease"), _t("failures in a row")),
            [
                (
                    link_to(row, coded("resource", row.kind)), when(row.due_at), row.holder or "–",
                    when(row.leased_until), row.epoch, row.failures,
                )
                for row in Due.objects.filter(resource_id__in=_resources(instance)).order_by("kind")
            ],
            empty=_t("Nothing is scheduled."),
        )  # fmt: skip

    @admin.display(description=_("changes"))
    def changes(self, instance: Instance) -> Any:
        counted = Change.objects.filter(instance=instance).exclude(state__in=("confirmed", "superseded"))
        rows = counted.order_by().values_list("kind", "state").annotate(count=Count("*"))
        address = reverse("admin:sync_change_changelist")
        return table(
            (_t("kind"), _t("state"), _t("count")),
            [
                (
                    coded("change", kind),
                    format_html(
                        '<a class="cfy-link" href="{}?instance__id__exact={}&kind={}&state__exact={}">{}</a>',
                        address, instance.pk, kind, state, coded("change_state", state),
                    ),
                    amount(count),
                )
                for kind, state, count in sorted(rows)
            ],
            empty=_t("Nothing waits and nothing is under way."),
        )  # fmt: skip

    @admin.display(description=_("last runs"))
    def runs(self, instance: Instance) -> Any:
        return runs_of(*_resources(instance))

    @action(description=_("Read and plan again"), url_path="resync")
    def resync(self, request: HttpRequest, object_id: str) -> HttpResponse:
        instance = self.get_object(request, object_id) if is_visit(request) else None
        found = resync_of(instance) if instance is not None else None
        choices = {"all": _t("Everything"), **(found.flows if found else {})}
        return self.confirm(
            request, object_id, resync, title=_("Read and plan again"), choices=choices,
            done=_("It is marked. The next runs read and plan it; they were woken."),
            does=(
                _("Both sides are read again whole, also what no journal told of."),
                _("What differs is planned and goes as any other change: held, paused and switched off where it is."),
                _("No order is created twice, and nothing is released by force. Repeating it is harmless."),
            ),
        )  # fmt: skip

    @action(description=_("Switch off"), url_path="switch-off")
    def switch_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not is_visit(request):
            return enter_first(request)
        return redirect(f"{reverse('admin:turn_switch')}?turn=off&scope=instance:{object_id}")


def _resources(instance: Instance) -> list[Any]:
    """What is worked on for the instance: whatever extends its two connections (a unit, an account)."""
    extensions = (getattr(getattr(instance, side), name, None) for side in SIDES for name in _extensions())
    return [one.pk for one in extensions if one is not None]


def _extensions() -> list[str]:
    """By what name a connection knows each kind of what may extend it."""
    return [one.get_accessor_name() or "" for one in Connection._meta.related_objects if one.one_to_one]
