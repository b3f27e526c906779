"""Whether an account's offers have anything under way, and what its instances' direction says of what is held."""

from __future__ import annotations

from typing import Final

from allegro_integration.models import Account, OfferCommand
from allegro_integration.services.offers.commands import OPEN
from allegro_integration.services.offers.held import held_count
from allegro_integration.services.offers.ledger import ACCOUNT, KINDS
from allegro_integration.services.offers.scope import OFFERS, Scope
from allegro_integration.services.offers.snapshots import UNDER_WAY
from connectify.domain.change import ChangeState
from connectify.instances.selectors import is_armed
from connectify.sync.models import Change, DirectionState
from connectify.sync.states import set_state

State = DirectionState.State
HELD_CHANGES: Final = "offers_held"


def has_open_work(account: Account) -> bool:
    """A command whose report is awaited, or a change that was begun."""
    if OfferCommand.objects.filter(account=account, state__in=OPEN).exists():
        return True
    return Change.objects.filter(
        resource_kind=ACCOUNT, resource_id=account.pk, kind__in=KINDS, state__in=UNDER_WAY
    ).exists()


def is_anything_unknown(account: Account) -> bool:
    """Whether a lookup has to find out what became of a change."""
    rows = Change.objects.filter(resource_kind=ACCOUNT, resource_id=account.pk, kind__in=KINDS)
    return rows.filter(state=ChangeState.UNKNOWN).exists()


def show_held(scope: Scope) -> None:
    """HELD while a guard holds changes of the instance; back to what it was chosen to be when none is."""
    for market in scope.markets:
        current = DirectionState.objects.filter(instance=market.instance, direction=OFFERS).first()
        count = held_count(market)
        known = current is not None and (current.state, current.code) == (State.HELD, HELD_CHANGES)
        if count and (known or current is None or current.state in (State.OK, State.NOT_ARMED)):
            set_state(
                instance=market.instance, direction=OFFERS, state=State.HELD, code=HELD_CHANGES,
                params={"count": count},
            )  # fmt: skip
        elif known and not count:
            is_on = is_armed(market.instance, OFFERS)
            state, code = (State.OK, "") if is_on else (State.NOT_ARMED, "not_armed")
            set_state(instance=market.instance, direction=OFFERS, state=state, code=code)
