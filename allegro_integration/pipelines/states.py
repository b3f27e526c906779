"""The state of each direction of each instance, as the last cycle found it (DESIGN §5).

Two sides set it: the account's runs speak for Allegro, the unit's for the agent and Pohoda. Neither clears what the
other one has set.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.db.models.functions import Now

from allegro_integration.models import Account, Market
from allegro_integration.services.offers.work import HELD_CHANGES
from allegro_integration.services.orders import CREATE
from connectify.domain.change import ChangeState
from connectify.domain.errors import NeedsUser, Rejected, Retryable
from connectify.instances.models import Arming, Instance
from connectify.sync.leases import Lease
from connectify.sync.models import Change, DirectionState
from connectify.sync.states import good, set_state
from pohoda_bridge.server.models import MirrorRead, Unit
from pohoda_bridge.server.selectors import AgentStatus, agent_status

ORDERS: Final = "orders"
# What each direction reads of Pohoda before it can decide anything.
AGENDAS: Final = {ORDERS: (), "offers": ("stock",), "statuses": ("orders",), "invoices": ("orders", "invoices")}
State = DirectionState.State
# What stopped the last attempt at an order, when it is about the whole mServer: one outage, not an error of each order.
OUTAGES: Final = {
    "mserver_off": (State.WAITING_POHODA, "mserver_off"),
    "mserver_busy": (State.WAITING_POHODA, "mserver_busy"),
    "denied": (State.WAITING_POHODA, "mserver_denied"),
    "mserver_unreadable": (State.WAITING_POHODA, "mserver_unreadable"),
    "list_unreadable": (State.WAITING_POHODA, "mserver_unreadable"),
    "list_refused": (State.WAITING_POHODA, "mserver_unreadable"),
    "lookup_deadline": (State.WAITING_POHODA, "mserver_busy"),
    "lookup_broken": (State.WAITING_POHODA, "mserver_unreadable"),
    "wrong_unit": (State.FROZEN, "wrong_unit"),
    "journal_unreadable": (State.FROZEN, "journal_unreadable"),
}
POHODA_CODES: Final = frozenset(code for _, code in OUTAGES.values())


def _is_allegros(current: DirectionState) -> bool:
    """Whether the Allegro side of a cycle set this state, and so may also clear it."""
    if current.state == State.FROZEN:
        return current.code not in POHODA_CODES
    return current.state in (State.WAITING_ALLEGRO, State.NEEDS_REAUTH)


@dataclass(frozen=True)
class Seen:
    """What a direction of an instance is said to be: state, cause, and the cause's parameters."""

    state: str
    code: str = ""
    params: dict[str, Any] | None = None


@contextmanager
def account_states(lease: Lease, account: Account, direction: str = ORDERS) -> Iterator[None]:
    """Around the Allegro part of a cycle: an error becomes the state of the account's instances, success clears it."""
    try:
        yield
    except NeedsUser as error:
        state = State.NEEDS_REAUTH if error.code in ("reauth", "scope_missing") else State.FROZEN
        _set_all(lease, account, direction, Seen(state, error.code, error.params))
        # A run that began while the account was signed out must not sign it out again after the person came back.
        if error.code == "reauth" and account.needs_reauth_since is None:
            with lease.transaction():
                Account.objects.filter(pk=account.pk, needs_reauth_since__isnull=True).update(needs_reauth_since=Now())
        raise
    except Rejected as error:
        # Allegro refused a question of ours as such: no record's fault, and nothing a retry alone mends.
        _set_all(lease, account, direction, Seen(State.WAITING_ALLEGRO, error.code, error.params))
        raise Retryable(error.code, error.detail) from error
    except Retryable as error:
        _set_all(lease, account, direction, Seen(State.WAITING_ALLEGRO, error.code, error.params))
        raise
    with lease.transaction():
        markets = _markets(account)
        current = _current(markets)
        armed = _armed(markets)
        for market in markets:
            known = current.get((market.instance_id, direction))
            if known is None or _is_allegros(known):
                _set(market.instance, direction, _resting(market.instance, direction, armed), known)
            good(instance=market.instance, direction=direction)


def unit_states(unit: Unit) -> None:
    """The Pohoda side: is the agent there, does its mServer answer, are its exports as they should be?

    Runs inside the unit's transaction.
    """
    markets = list(Market.objects.filter(unit=unit, active=True).select_related("instance"))
    current, armed = _current(markets), _armed(markets)
    status, outage = agent_status(unit), _outage(unit)
    reads = list(MirrorRead.objects.filter(unit=unit))
    for market in markets:
        for direction in AGENDAS:
            known = current.get((market.instance_id, direction))
            if known is not None and _is_allegros(known):
                continue
            seen = _of_agent(status) or (_of_outage(outage) if direction == ORDERS else _of_reads(direction, reads))
            if seen is None and known is not None and (known.state, known.code) == (State.HELD, HELD_CHANGES):
                continue  # the plan of the offers says when nothing is held any more
            _set(market.instance, direction, seen or _resting(market.instance, direction, armed), known)


def _outage(unit: Unit) -> Change | None:
    """An order that came back because mServer as a whole would not take it, and that waits for its next try."""
    back = Change.objects.filter(kind=CREATE, resource_id=unit.pk, state=ChangeState.PLANNED, code__in=OUTAGES)
    return back.order_by("-next_at").first()


def _of_agent(status: AgentStatus) -> Seen | None:
    if not status.is_online:
        return Seen(State.WAITING_AGENT, status.code, status.params)
    if status.mserver == "wrong_unit":
        return Seen(State.FROZEN, "wrong_unit", status.params)
    if status.mserver not in ("", "ready", "busy"):
        return Seen(State.WAITING_POHODA, f"mserver_{status.mserver}", status.params)
    return None


def _of_outage(outage: Change | None) -> Seen | None:
    if outage is None:
        return None
    state, code = OUTAGES[outage.code]
    return Seen(state, code, {"detail": outage.detail[:200]})


def _of_reads(direction: str, reads: list[MirrorRead]) -> Seen | None:
    """An export that is held stops what is decided from it; one that failed since the last whole one delays it."""
    mine = [read for read in reads if read.agenda in AGENDAS[direction]]
    for read in mine:
        if read.held_at is not None:
            return Seen(State.HELD, read.held_code, read.held_params)
    for read in mine:
        if read.failed_at and (read.complete_at is None or read.failed_at > read.complete_at):
            state, code = OUTAGES.get(read.failed_code, (State.WAITING_POHODA, read.failed_code))
            return Seen(state, code, {"detail": read.failed_detail[:200]})
    return None


def _resting(instance: Instance, direction: str, armed: set[tuple[uuid.UUID, str]]) -> Seen:
    """Nothing is wrong: what remains is what the customer chose."""
    if instance.paused_at:
        return Seen(State.PAUSED, "paused")
    if (instance.pk, direction) not in armed:
        return Seen(State.NOT_ARMED, "not_armed")
    return Seen(State.OK)


def _set(instance: Instance, direction: str, seen: Seen, known: DirectionState | None) -> None:
    params = seen.params or {}
    if known is None or (known.state, known.code, known.params) != (seen.state, seen.code, params):
        set_state(instance=instance, direction=direction, state=seen.state, code=seen.code, params=params)


def _set_all(lease: Lease, account: Account, direction: str, seen: Seen) -> None:
    with lease.transaction():
        for market in _markets(account):
            set_state(
                instance=market.instance, direction=direction, state=seen.state, code=seen.code, params=seen.params
            )


def _markets(account: Account) -> list[Market]:
    return list(Market.objects.filter(account=account, active=True).select_related("instance"))


def _current(markets: list[Market]) -> dict[tuple[uuid.UUID, str], DirectionState]:
    rows = DirectionState.objects.filter(instance__in=[market.instance_id for market in markets])
    return {(row.instance_id, row.direction): row for row in rows}


def _armed(markets: list[Market]) -> set[tuple[uuid.UUID, str]]:
    rows = Arming.objects.filter(instance__in=[market.instance_id for market in markets], armed_at__isnull=False)
    return set(rows.values_list("instance_id", "direction"))
