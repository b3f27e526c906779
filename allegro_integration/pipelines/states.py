"""The state of the direction "orders" of each instance, as the last cycle found it (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db.models.functions import Now

from allegro_integration.models import Account, Market
from allegro_integration.services.orders import CREATE
from connectify.domain.change import ChangeState
from connectify.domain.errors import NeedsUser, Rejected, Retryable
from connectify.instances.models import Instance
from connectify.instances.selectors import is_armed
from connectify.sync.leases import Lease
from connectify.sync.models import Change, DirectionState
from connectify.sync.states import good, set_state
from pohoda_bridge.server.models import Unit
from pohoda_bridge.server.selectors import AgentStatus, agent_status

ORDERS: Final = "orders"
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


@contextmanager
def account_states(lease: Lease, account: Account) -> Iterator[None]:
    """Around the Allegro part of a cycle: an error becomes the state of the account's instances, success clears it."""
    try:
        yield
    except NeedsUser as error:
        state = State.NEEDS_REAUTH if error.code in ("reauth", "scope_missing") else State.FROZEN
        _set_all(lease, account, state, error.code, error.params)
        if error.code == "reauth":
            with lease.transaction():
                Account.objects.filter(pk=account.pk, needs_reauth_since__isnull=True).update(needs_reauth_since=Now())
        raise
    except Rejected as error:
        # Allegro refused a question of ours as such: no record's fault, and nothing a retry alone mends.
        _set_all(lease, account, State.WAITING_ALLEGRO, error.code, error.params)
        raise Retryable(error.code, error.detail) from error
    except Retryable as error:
        _set_all(lease, account, State.WAITING_ALLEGRO, error.code, error.params)
        raise
    with lease.transaction():
        for market in _markets(account):
            current = DirectionState.objects.filter(instance=market.instance, direction=ORDERS).first()
            if current is None or _is_allegros(current):
                _resting(market.instance)
            good(instance=market.instance, direction=ORDERS)


def unit_states(unit: Unit) -> None:
    """The Pohoda side: is the agent there, and does its mServer answer? Runs inside the unit's transaction."""
    status = agent_status(unit)
    outage = _outage(unit)
    for market in Market.objects.filter(unit=unit, active=True).select_related("instance"):
        current = DirectionState.objects.filter(instance=market.instance, direction=ORDERS).first()
        if current is not None and _is_allegros(current):
            continue
        _unit_state(market.instance, status, outage)


def _outage(unit: Unit) -> Change | None:
    """An order that came back because mServer as a whole would not take it, and that waits for its next try."""
    back = Change.objects.filter(kind=CREATE, resource_id=unit.pk, state=ChangeState.PLANNED, code__in=OUTAGES)
    return back.order_by("-next_at").first()


def _unit_state(instance: Instance, status: AgentStatus, outage: Change | None) -> None:
    if not status.is_online:
        set_state(
            instance=instance, direction=ORDERS, state=State.WAITING_AGENT, code=status.code, params=status.params
        )
    elif status.mserver == "wrong_unit":
        set_state(instance=instance, direction=ORDERS, state=State.FROZEN, code="wrong_unit", params=status.params)
    elif status.mserver not in ("", "ready", "busy"):
        code = f"mserver_{status.mserver}"
        set_state(instance=instance, direction=ORDERS, state=State.WAITING_POHODA, code=code, params=status.params)
    elif outage is not None:
        state, code = OUTAGES[outage.code]
        set_state(instance=instance, direction=ORDERS, state=state, code=code, params={"detail": outage.detail[:200]})
    else:
        _resting(instance)


def _resting(instance: Instance) -> None:
    """Nothing is wrong: what remains is what the customer chose."""
    if instance.paused_at:
        set_state(instance=instance, direction=ORDERS, state=State.PAUSED, code="paused", params={})
    elif not is_armed(instance, ORDERS):
        set_state(instance=instance, direction=ORDERS, state=State.NOT_ARMED, code="not_armed", params={})
    else:
        set_state(instance=instance, direction=ORDERS, state=State.OK, code="", params={})


def _set_all(lease: Lease, account: Account, state: str, code: str, params: dict[str, str | int]) -> None:
    with lease.transaction():
        for market in _markets(account):
            set_state(instance=market.instance, direction=ORDERS, state=state, code=code, params=params)


def _markets(account: Account) -> list[Market]:
    return list(Market.objects.filter(account=account, active=True).select_related("instance"))
