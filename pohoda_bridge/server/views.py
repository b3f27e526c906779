"""Accounting units: the list, adding one, and the agents of one."""

from __future__ import annotations

import shlex
import uuid
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectify.dashboard.access import MEMBERS, SETTERS, open_to
from connectify.dashboard.explanations import Explained, explain
from connectify.domain.errors import Rejected
from connectify.instances.models import Instance
from connectify.instances.services import rename_connection
from connectify.users.models import User
from pohoda_bridge.server import agents
from pohoda_bridge.server.enrolment import issue_code
from pohoda_bridge.server.forms import NameForm, UnitForm
from pohoda_bridge.server.models import Agent, Unit, UnitYear
from pohoda_bridge.server.selectors import AgentStatus, agent_status, agent_statuses, open_code
from pohoda_bridge.server.units import create_unit, same_books


@dataclass(frozen=True)
class UnitRow:
    unit: Unit
    year: UnitYear | None
    agent: AgentStatus

    @property
    def tone(self) -> str:
        return self.agent.tone


@open_to(*MEMBERS)
@require_safe
def unit_list(request: HttpRequest) -> HttpResponse:
    units = list(Unit.objects.select_related("connection").order_by("connection__created_at", "pk"))
    statuses = agent_statuses(units)
    years = {year.unit_id: year for year in UnitYear.objects.filter(unit__in=units, state=UnitYear.State.CURRENT)}
    rows = [UnitRow(unit, years.get(unit.pk), statuses[unit.pk]) for unit in units]
    return render(request, "pohoda/units.html", {"rows": rows, "may_set": _may_set(request)})


@open_to(*SETTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_unit(request: HttpRequest) -> HttpResponse:
    form = UnitForm(request.POST) if request.method == "POST" else UnitForm.fresh()
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if same_books(ico=values["ico"], key=values["key"]):
            form.add_error("ico", _("This accounting unit is here already. Add the key if Pohoda has several of them."))
        else:
            unit = create_unit(**values, actor=_person(request))
            messages.success(request, _("The accounting unit is added. Now enrol the agent beside Pohoda."))
            return redirect("unit", unit.pk)
    return render(request, "pohoda/new_unit.html", {"form": form})


@open_to(*MEMBERS)
@require_safe
def unit_detail(request: HttpRequest, unit_id: uuid.UUID) -> HttpResponse:
    unit = _find(unit_id)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "pohoda/_agents.html", _agents(request, unit))
    return _show(request, unit, NameForm(initial={"name": unit.connection.name}))


@open_to(*SETTERS)
@require_POST
def rename_unit(request: HttpRequest, unit_id: uuid.UUID) -> HttpResponse:
    unit = _find(unit_id)
    form = NameForm(request.POST)
    if not form.is_valid():
        return _show(request, unit, form)
    rename_connection(connection=unit.connection, name=form.cleaned_data["name"], actor=_person(request))
    messages.success(request, _("The name is saved."))
    return redirect("unit", unit_id)


@open_to(*SETTERS)
@require_POST
def enrolment_code(request: HttpRequest, unit_id: uuid.UUID) -> HttpResponse:
    """Answers with the code itself: it is nowhere else, and opening the page again does not show it."""
    unit = _find(unit_id)
    code = issue_code(unit=unit, actor=_person(request))
    return _show(request, unit, NameForm(initial={"name": unit.connection.name}), code=code)


@open_to(*SETTERS)
@require_POST
def activate_agent(request: HttpRequest, unit_id: uuid.UUID, agent_id: uuid.UUID) -> HttpResponse:
    agent = _agent(unit_id, agent_id)
    try:
        agents.activate(agent=agent, actor=_person(request))
    except Rejected:
        messages.error(request, _("Only a spare agent can take over; this one no longer is. Look at the list again."))
    else:
        messages.success(request, _("The agent on %(host)s is the active one now.") % {"host": agent.host})
    return redirect("unit", unit_id)


@open_to(*SETTERS)
@require_POST
def revoke_agent(request: HttpRequest, unit_id: uuid.UUID, agent_id: uuid.UUID) -> HttpResponse:
    agent = _agent(unit_id, agent_id)
    agents.revoke(agent=agent, actor=_person(request))
    messages.success(request, _("The agent on %(host)s is refused from now on.") % {"host": agent.host})
    return redirect("unit", unit_id)


@dataclass(frozen=True)
class AgentRow:
    agent: Agent
    tone: str
    word: str
    why: Explained | None


def _agents(request: HttpRequest, unit: Unit) -> dict[str, Any]:
    status = agent_status(unit)
    rows = [_row(agent, status) for agent in Agent.objects.filter(unit=unit).order_by("state", "-enrolled_at")[:20]]
    return {
        "unit": unit,
        "status": status,
        "tone": status.tone,
        "why": explain(status.code, status.params) if status.code else None,
        "rows": rows,
        "open_code": open_code(unit),
        "has_active": any(row.agent.state == Agent.State.ACTIVE for row in rows),
        "may_set": _may_set(request),
    }


def _row(agent: Agent, status: AgentStatus) -> AgentRow:
    if agent.state == Agent.State.REVOKED:
        return AgentRow(agent, "idle", _("revoked"), None)
    if agent.state == Agent.State.STANDBY:
        return AgentRow(agent, "idle", _("spare"), None)
    mserver = agent.health.get("mserver", "")
    code = mserver if mserver == "wrong_unit" else f"mserver_{mserver}"
    well = mserver in ("", "ready", "busy")
    why = None if well else explain(code, {"detail": agent.health.get("detail", "")})
    word = {"online": _("online"), "never_seen": _("has not called yet")}.get(status.kind, _("silent"))
    return AgentRow(agent, status.tone if well else "bad", word, why)


def _show(request: HttpRequest, unit: Unit, form: NameForm, *, code: str = "") -> HttpResponse:
    years = list(UnitYear.objects.filter(unit=unit).order_by("-year"))
    context = {
        **_agents(request, unit),
        "form": form,
        "years": years,
        "instances": Instance.objects.filter(target=unit.connection).order_by("created_at"),
        "code": code,
        "command": _command(unit, years, code) if code else "",
    }
    return render(request, "pohoda/unit.html", context)


def _command(unit: Unit, years: list[UnitYear], code: str) -> str:
    """The line to run beside Pohoda. What only that machine knows is in capitals."""
    year = next((one for one in years if one.state == UnitYear.State.CURRENT), None)
    known = ["--server", settings.PUBLIC_URL, "--code", code, "--ico", unit.ico]
    if year is not None:
        known += ["--database", year.database, "--year", str(year.year)]
    if unit.key:
        known += ["--key", unit.key]
    theirs = "--home FOLDER --mserver http://127.0.0.1:PORT --user USER --password-file FILE"
    return f"connectify-agent enroll {shlex.join(known)} {theirs}"


def _may_set(request: HttpRequest) -> bool:
    return request.membership.role in SETTERS  # type: ignore[attr-defined]


def _find(unit_id: uuid.UUID) -> Unit:
    return get_object_or_404(Unit.objects.select_related("connection"), pk=unit_id)


def _agent(unit_id: uuid.UUID, agent_id: uuid.UUID) -> Agent:
    return get_object_or_404(Agent, pk=agent_id, unit=unit_id)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
