"""The guards of the whole account, where more than one batch has to be looked at (RELIABILITY M12).

A batch alone cannot know whether the account's offers end or its prices move in masses. So what could do damage in
masses is held at first, and judged once every offer has been planned: together it goes or stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from allegro_integration.domain.guards import guard_batch, mass_alarm
from allegro_integration.domain.offer_settings import GuardLimits
from allegro_integration.domain.offer_values import QUANTITY, PlannedChange, price_field
from allegro_integration.models import Account, Offer
from allegro_integration.services.offers.ledger import ACCOUNT, KINDS, SET_PRICE
from allegro_integration.services.offers.scope import Scope, with_settings
from allegro_integration.services.offers.snapshots import active_offers
from connectify.domain.change import ChangeState
from connectify.domain.trace import Step
from connectify.sync import many
from connectify.sync.models import Change
from connectify.tenants.context import require_tenant_id

MASS_GUARDS: Final = ("mass_zero", "mass_price")
WAITS_FOR_PRICE: Final = "restart_waits_for_price"


def limits_of(scope: Scope) -> dict[str, GuardLimits]:
    """By field, as the guards take them."""
    return {
        **{price_field(plan.marketplace): plan.settings.limits for plan in scope.plans},
        QUANTITY: scope.settings.limits,
    }


def holding_all(scope: Scope) -> Scope:
    """The scope with limits that hold every change which could be one of a mass."""
    return with_settings(
        scope,
        {
            plan.instance: msgspec.structs.replace(
                plan.settings,
                limits=msgspec.structs.replace(plan.settings.limits, zero_share=0, moved_share=0, least_active=0),
            )
            for plan in scope.plans
        },
    )


def is_holding(account: Account) -> bool:
    """Whether a guard of the whole account holds anything, judged or not."""
    return _held(account).filter(code__in=MASS_GUARDS).exists()


def judge(scope: Scope) -> int:
    """Lifts what stays within the limits of the whole account, and says of the rest how much it is. → how many went."""
    active, lifted = active_offers(scope.account), 0
    limits = limits_of(scope)
    held = _held(scope.account).filter(code__in=MASS_GUARDS)
    # What another guard holds as well moves all the same: it counts, and goes only when that guard lets it.
    of_mass = Q()
    for guard in MASS_GUARDS:
        of_mass |= Q(trace__contains=[{"code": guard}])
    counted = _held(scope.account).filter(of_mass)
    for field, count in counted.values_list("content__field").annotate(count=Count("pk")).order_by("content__field"):
        limit = limits.get(field, GuardLimits())
        alarm = mass_alarm(field, count, active, limit) if active >= limit.least_active else None
        if alarm is None:
            lifted += _lift(held.filter(content__field=field))
        else:
            _say(scope.account, field, alarm)
    if lifted:
        _lift_restarts(scope.account)
    return lifted


def _held(account: Account) -> QuerySet[Change]:
    return Change.objects.filter(
        resource_kind=ACCOUNT, resource_id=account.pk, kind__in=KINDS, state=ChangeState.HELD
    )  # fmt: skip


def _lift(rows: QuerySet[Change]) -> int:
    found = dict(rows.values_list("pk", "subject_id"))
    many.lift_many(list(found))
    Offer.objects.filter(pk__in=set(found.values()), code__in=MASS_GUARDS).update(code="", params={})
    return len(found)


# The guard's step is the last of the trace.
_SAY: Final = """
UPDATE sync_change SET trace = (trace - (-1)) || %(step)s::jsonb
WHERE tenant_id = %(tenant)s AND resource_kind = %(kind)s AND resource_id = %(account)s AND state = 'held'
  AND code = %(code)s AND content->>'field' = %(field)s AND trace->-1 IS DISTINCT FROM %(step)s::jsonb
RETURNING subject_id
"""


def _say(account: Account, field: str, alarm: Step) -> None:
    """What holds them tells of the whole account and not of one batch."""
    values = {
        "step": msgspec.json.encode(alarm).decode(), "tenant": require_tenant_id(), "kind": ACCOUNT,
        "account": account.pk, "code": alarm.code, "field": field,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SAY, values)
        offers = [row[0] for row in cursor.fetchall()]
    Offer.objects.filter(pk__in=offers, code=alarm.code).update(params=alarm.params)


def _lift_restarts(account: Account) -> None:
    """Offers that waited only for their price to be free."""
    price = Change.objects.filter(subject_id=OuterRef("subject_id"), kind=SET_PRICE, state=ChangeState.HELD)
    free = _held(account).filter(~Exists(price), code=WAITS_FOR_PRICE)
    many.lift_many(list(free.values_list("pk", flat=True)))


def judged(
    scope: Scope, changes: Sequence[PlannedChange], *, active: int
) -> tuple[tuple[PlannedChange, ...], tuple[Step, ...]]:
    """All changes of an account at once, as they would be held, and the alarms: for a preview."""
    return guard_batch(changes, active_offers=active, limits=limits_of(scope))
