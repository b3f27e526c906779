"""The state of the direction "orders" of each instance, as the last cycle found it (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db.models.functions import Now

from allegro_integration.models import Account, Market
from connectify.domain.errors import NeedsUser, Retryable
from connectify.instances.models import Instance
from connectify.instances.selectors import is_armed
from connectify.sync.leases import Lease
from connectify.sync.models import DirectionState
from connectify.sync.states import good, set_state
from pohoda_bridge.server.models import Unit
from pohoda_bridge.server.selectors import AgentStatus, agent_status

ORDERS: Final = "orders"
State = DirectionState.State
# States that the Allegro side of a cycle sets, and so may also clear.
ALLEGRO_SIDE: Final = (State.WAITING_ALLEGRO, State.NEEDS_REAUTH, State.FROZEN)


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
    except Retryable as error:
        _set_all(lease, account, State.WAITING_ALLEGRO, error.code, error.params)
        raise
    with lease.transaction():
        for market in _markets(account):
            current = DirectionState.objects.filter(instance=market.instance, direction=ORDERS).first()
            if current is None or current.state in ALLEGRO_SIDE:
                _resting(market.instance)
            good(instance=market.instance, direction=ORDERS)


def unit_states(unit: Unit) -> None:
    """The Pohoda side: is the agent there, and does its mServer answer? Runs inside the unit's transaction."""
    status = agent_status(unit)
    for market in Market.objects.filter(unit=unit, active=True).select_related("instance"):
        current = DirectionState.objects.filter(instance=market.instance, direction=ORDERS).first()
        if current is not None and current.state in ALLEGRO_SIDE:
            continue
        _unit_state(market.instance, status)


def _unit_state(instance: Instance, status: AgentStatus) -> None:
    if not status.is_online:
        set_state(
            instance=instance, direction=ORDERS, state=State.WAITING_AGENT, code=status.code, params=status.params
        )
    elif status.mserver == "wrong_unit":
        set_state(instance=instance, direction=ORDERS, state=State.FROZEN, code="wrong_unit", params=status.params)
    elif status.mserver not in ("", "ready", "busy"):
        code = f"mserver_{status.mserver}"
        set_state(instance=instance, direction=ORDERS, state=State.WAITING_POHODA, code=code, params=status.params)
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
