"""Changes that a guard holds, in groups by cause; a person approves or rejects a group with one click (DESIGN §5)."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from allegro_integration.models import Market, Offer
from allegro_integration.services.offers.ledger import ACCOUNT, KINDS, REJECTED
from allegro_integration.services.offers.scope import OFFERS
from connectify.audit.services import record_audit
from connectify.domain.change import ChangeState
from connectify.sync import due, many
from connectify.sync.models import Change
from connectify.tenants.context import require_tenant_id
from connectify.users.models import User
from pohoda_bridge.server.models import StockCard

UNIT_CHANGED: Final = "unit_of_measure_changed"
EXAMPLES: Final = 10


class HeldOffer(NamedTuple):
    """What a held change would change, as Allegro shows it."""

    pk: uuid.UUID
    offer_id: str
    name: str
    stock: int | None
    prices: dict[str, Any]


@dataclass(frozen=True)
class HeldChange:
    """One example of a group: the offer, what would be set, and the parameters of the guard's sentence."""

    offer: HeldOffer
    content: dict[str, Any]
    params: dict[str, str]


@dataclass(frozen=True)
class HeldGroup:
    """Changes of one instance that one guard holds. `key` names those that are shown: what joins them later is not
    decided with them. `place` is the instance's name.
    """

    instance_id: uuid.UUID
    place: str
    code: str
    count: int
    since: dt.datetime
    until: dt.datetime
    examples: tuple[HeldChange, ...]
    direction: str = OFFERS

    @property
    def key(self) -> str:
        return f"{self.instance_id}:{self.code}:{self.until.isoformat()}"

    @property
    def params(self) -> dict[str, str]:
        """Of the guard's sentence, by the first example."""
        return self.examples[0].params if self.examples else {}


_GROUPS: Final = """
WITH causes AS (
  SELECT instance_id, code, count(*) AS count, min(planned_at) AS since, max(planned_at) AS until
  FROM sync_change WHERE tenant_id = %(tenant)s AND state = 'held' AND kind = ANY(%(kinds)s)
  GROUP BY 1, 2
)
SELECT c.instance_id, i.name, c.code, c.count, c.since, c.until, e.found
FROM causes c JOIN instances_instance i ON i.tenant_id = %(tenant)s AND i.id = c.instance_id
CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object('content', h.content, 'trace', h.trace, 'id', o.id, 'offer_id', o.offer_id,
    'name', o.name, 'stock', o.stock, 'prices', o.prices) ORDER BY h.planned_at, h.id) AS found
  FROM (SELECT id, subject_id, content, trace, planned_at FROM sync_change
    WHERE tenant_id = %(tenant)s AND state = 'held' AND instance_id = c.instance_id AND code = c.code
      AND kind = ANY(%(kinds)s) ORDER BY planned_at, id LIMIT %(examples)s) h
  JOIN allegro_offer o ON o.tenant_id = %(tenant)s AND o.id = h.subject_id
) e
ORDER BY c.since, c.instance_id, c.code
"""


def held_groups() -> list[HeldGroup]:
    """Of the tenant in force, the longest held first; one query."""
    values = {"tenant": require_tenant_id(), "kinds": list(KINDS), "examples": EXAMPLES}
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, values)
        rows = cursor.fetchall()
    return [
        HeldGroup(instance, place, code, count, since, until, _examples(code, found))
        for instance, place, code, count, since, until, found in rows
    ]


def _examples(code: str, found: Any) -> tuple[HeldChange, ...]:
    rows: list[dict[str, Any]] = json.loads(found) if isinstance(found, str) else found or []
    return tuple(
        HeldChange(
            HeldOffer(uuid.UUID(row["id"]), row["offer_id"], row["name"], row["stock"], row["prices"]),
            row["content"],
            _params_of(row["trace"], code),
        )
        for row in rows
    )


def guard_params(change: Change) -> dict[str, str]:
    """The parameters of the sentence that says why a change is held: its trace ends with the guards' steps."""
    return _params_of(change.trace, change.code)


def _params_of(trace: list[dict[str, Any]], code: str) -> dict[str, str]:
    steps = [step for step in trace if step.get("code") == code]
    return steps[-1].get("params") or {} if steps else {}


def approve(key: str, *, actor: User | None) -> int:
    """What was shown under the key and is still held goes, exactly as it was planned (audited). → how many changes."""
    changes = _of(key)
    _take_new_unit(changes, key)
    ids = [change.pk for change in changes]
    if ids:
        many.approve_many(ids, actor=actor, action="offers.approved", after=_named(key))
        _note_approved(ids)
        stands = Offer.objects.filter(pk__in={change.subject_id for change in changes}, code=_named(key)["code"])
        stands.update(code="", params={})
        _nudge(changes)
    return len(ids)


# Beside what held it, for as long as the change lives: sending it may fail, and it stays approved.
_APPROVED: Final = """
UPDATE sync_change SET trace = jsonb_set(trace, '{-1,approved}', 'true') WHERE tenant_id = %s AND id = ANY(%s)
"""


def _note_approved(ids: list[uuid.UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_APPROVED, [require_tenant_id(), ids])


def reject(key: str, *, actor: User | None) -> int:
    """What was shown under the key does not go, until something else is planned for the same field. → how many."""
    changes = _of(key)
    if changes:
        many.supersede_many([change.pk for change in changes], code=REJECTED)
        record_audit(
            actor=actor, action="offers.rejected", object_kind="changes", after={**_named(key), "count": len(changes)}
        )
        # The plan says what stands there now.
        Offer.objects.filter(pk__in={change.subject_id for change in changes}).update(needs_plan=True)
        _nudge(changes)
    return len(changes)


def _held() -> QuerySet[Change]:
    return Change.objects.filter(resource_kind=ACCOUNT, kind__in=KINDS, state=ChangeState.HELD)


def _of(key: str) -> list[Change]:
    """The group's changes with their offers, each locked in the order of the ids: offers first, as everywhere."""
    try:
        instance, code, until = key.split(":", 2)
        rows = _held().filter(
            instance=uuid.UUID(instance), code=code, planned_at__lte=dt.datetime.fromisoformat(until)
        )  # fmt: skip
    except ValueError:
        return []
    offers = set(rows.values_list("subject_id", flat=True))
    list(Offer.objects.select_for_update().filter(pk__in=offers).order_by("pk").values_list("pk"))
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def _take_new_unit(changes: list[Change], key: str) -> None:
    """A person has seen that the card is counted in another unit now: from here on that is its unit."""
    if f":{UNIT_CHANGED}:" not in key:
        return
    for offer in Offer.objects.filter(pk__in={change.subject_id for change in changes}).select_related("card"):
        card: StockCard | None = offer.card
        if card is not None:
            Offer.objects.filter(pk=offer.pk).update(link_params={"unit": card.measure})


def _named(key: str) -> dict[str, str]:
    instance, code, _ = key.split(":", 2)
    return {"instance": instance, "code": code}


def _nudge(changes: list[Change]) -> None:
    for account in {change.resource_id for change in changes}:
        due.nudge(ACCOUNT, account)


def held_count(market: Market) -> int:
    return _held().filter(instance=market.instance_id).count()
