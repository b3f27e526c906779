"""What the platform knows of a unit's agents."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Prefetch, QuerySet
from django.db.models.functions import Extract, JSONObject, Now

from pohoda_bridge.server.models import Agent, EnrolmentCode, Unit

Kind = Literal["none", "never_seen", "standby", "offline", "online"]
_CODES: Final[dict[Kind, str]] = {
    "none": "no_agent",
    "never_seen": "agent_never_seen",
    "standby": "agent_standby",
    "offline": "agent_silent",
    "online": "",
}
# An agent that is silent for less is late, not down: its computer restarts, or installs updates. By then three cycles
# of an instance (300 s each) have missed it, so orders wait and offers are out of date.
DOWN_AFTER: Final = dt.timedelta(minutes=15)
# How it looks: a name of the style sheet.
TONES: Final[dict[Kind, str]] = {
    "none": "wait",
    "never_seen": "wait",
    "standby": "bad",
    "offline": "bad",
    "online": "good",
}


@dataclass(frozen=True, kw_only=True)
class AgentStatus:
    """`since` = last heard of; `mserver` = what the agent last said of its mServer ("" = nothing yet).

    standby: agents are enrolled and none of them is active, so a person must switch; `enrolled_at` is the first one's.
    """

    kind: Kind
    host: str = ""
    since: dt.datetime | None = None
    enrolled_at: dt.datetime | None = None
    mserver: str = ""
    detail: str = ""
    # How long by PostgreSQL's clock; None where it was never heard of. Each look at it finds another one.
    silent: dt.timedelta | None = field(default=None, compare=False)

    @property
    def is_online(self) -> bool:
        return self.kind == "online"

    @property
    def code(self) -> str:
        """Stable, for screens; "" when online."""
        return _CODES[self.kind]

    @property
    def tone(self) -> str:
        """A name of the style sheet: an agent that does not answer is late, then down."""
        is_late = self.kind == "offline" and self.silent is not None and self.silent < DOWN_AFTER
        return "wait" if is_late else TONES[self.kind]

    @property
    def params(self) -> dict[str, str]:
        since = "" if self.since is None else self.since.isoformat(timespec="seconds")
        given = {"host": self.host, "since": since, "detail": self.detail}
        return {key: value for key, value in given.items() if value}


def agent_status(unit: Unit) -> AgentStatus:
    """Of the active agent; by PostgreSQL's clock."""
    return agent_statuses([unit])[unit.pk]


def agent_statuses(units: Iterable[Unit]) -> dict[uuid.UUID, AgentStatus]:
    """By unit, in one query."""
    found: dict[uuid.UUID, list[Agent]] = {unit.pk: [] for unit in units}
    for agent in _enrolled().filter(unit__in=list(found)):
        found[agent.unit_id].append(agent)
    return {unit_id: _status(own) for unit_id, own in found.items()}


def with_agents(units: QuerySet[Unit]) -> QuerySet[Unit]:
    """Units whose `status_of_read` needs no query: one for all of them."""
    return units.prefetch_related(Prefetch("agents", _enrolled(), to_attr="enrolled"))


def status_of_read(unit: Unit) -> AgentStatus:
    """As `agent_status`, of a unit that came by `with_agents`."""
    return _status(unit.enrolled)  # type: ignore[attr-defined]


def agents_as_column(unit: str) -> ArraySubquery:
    """The agents of the unit that `unit` names, as a column of rows that are read anyway; for `status_of_column`."""
    silent_s = Extract(Now() - F("last_seen_at"), "epoch")
    names = ("state", "host", "last_seen_at", "enrolled_at", "health")
    agents = Agent.objects.exclude(state=Agent.State.REVOKED).filter(unit=OuterRef(unit)).order_by("enrolled_at")
    return ArraySubquery(agents.values(agent=JSONObject(silent_s=silent_s, **{name: name for name in names})))


def status_of_column(column: Iterable[Mapping[str, Any]]) -> AgentStatus:
    """As `agent_status`, of the value of `agents_as_column`."""
    return _status([_agent(one) for one in column])


def _agent(found: Mapping[str, Any]) -> Agent:
    seen = found["last_seen_at"]
    seen_at = dt.datetime.fromisoformat(seen) if seen else None
    agent = Agent(state=found["state"], host=found["host"], last_seen_at=seen_at, health=found["health"])
    agent.enrolled_at = dt.datetime.fromisoformat(found["enrolled_at"])
    agent.silent = dt.timedelta(seconds=float(found["silent_s"] or 0))  # type: ignore[attr-defined]
    return agent


def _enrolled() -> QuerySet[Agent]:
    agents = Agent.objects.exclude(state=Agent.State.REVOKED)
    return agents.annotate(silent=Now() - F("last_seen_at")).order_by("enrolled_at")


def _status(agents: list[Agent]) -> AgentStatus:
    if not agents:
        return AgentStatus(kind="none")
    agent = next((one for one in agents if one.state == Agent.State.ACTIVE), None)
    if agent is None:
        return AgentStatus(kind="standby", host=agents[0].host, enrolled_at=agents[0].enrolled_at)
    if agent.last_seen_at is None:
        return AgentStatus(kind="never_seen", host=agent.host)
    return AgentStatus(
        kind="online" if agent.silent < silent_limit() else "offline",  # type: ignore[attr-defined]
        host=agent.host,
        since=agent.last_seen_at,
        mserver=agent.health.get("mserver", ""),
        detail=agent.health.get("detail", ""),
        silent=agent.silent,  # type: ignore[attr-defined]
    )


def silent_limit() -> dt.timedelta:
    """An agent asks at the latest when its poll ends: after two of them without a word it is offline."""
    return dt.timedelta(seconds=2 * settings.BRIDGE_POLL_WAIT_S + 10)


def open_code(unit: Unit) -> EnrolmentCode | None:
    """The code that may still be used, without its text, which nobody has but whom it was shown to."""
    codes = EnrolmentCode.objects.filter(unit=unit, used_at=None, expires_at__gt=Now())
    return codes.order_by("-expires_at").first()
