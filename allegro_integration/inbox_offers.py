"""Offers with a problem that a person can mend, in the inbox: by cause and account."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from allegro_integration import explain_offers
from allegro_integration.explain_offer_sending import OFFERS
from allegro_integration.explain_words import in_words
from allegro_integration.inbox_links import address
from allegro_integration.models import Offer
from allegro_integration.services.resync import resync_offer
from connectify.dashboard.explanations import explain
from connectify.dashboard.inbox import Act, InboxGroup, InboxRecord, are_alike, said_by_all
from connectify.dashboard.links import page_of
from connectify.domain import price_codes
from connectify.tenants.context import require_tenant_id
from connectify.users.models import User

SOURCE: Final = "allegro.offers"
EXAMPLES: Final = 5
MOST_GROUPS: Final = 60
MOST_AT_ONCE: Final = 200
# What no guard holds (those are held, and decided as such) and a person can do something about.
STOPPED: Final = tuple(code for code, said in {**explain_offers.SKIPS, **OFFERS}.items() if said.you_do)
# Left alone for want of something in Pohoda or at Allegro; what a seller chose (a filter, an ended offer) is none.
NOT_LINKED: Final = ("offer_not_linked", "link_code_ambiguous", "link_ean_ambiguous", "offer_status_unknown")
NO_PRICE: Final = tuple(price_codes.REASONS)

_GROUPS: Final = """
WITH causes AS (
  SELECT account_id, state, code, count(*) AS count, min(planned_at) AS since FROM allegro_offer
  WHERE tenant_id = %(tenant)s AND code > '' AND (
    (state IN ('error', 'waiting') AND code = ANY(%(stopped)s)) OR (state = 'sent' AND code = ANY(%(priceless)s))
    OR (state = 'skipped' AND code = ANY(%(unlinked)s)))
  GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1, 2, 3 LIMIT %(groups)s
)
SELECT c.account_id, a.login, m.instance_id, c.state, c.code, c.count, coalesce(c.since, n.created_at), e.found
FROM causes c JOIN allegro_account a ON a.tenant_id = %(tenant)s AND a.id = c.account_id
JOIN instances_connection n ON n.tenant_id = %(tenant)s AND n.id = a.connection_id
LEFT JOIN allegro_market m ON m.tenant_id = %(tenant)s AND m.account_id = c.account_id AND m.active
  AND m.role = 'primary'
CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object('id', o.id, 'offer_id', o.offer_id, 'name', o.name, 'params', o.params)
    ORDER BY o.offer_id) AS found
  FROM (SELECT id, offer_id, name, params FROM allegro_offer
    WHERE tenant_id = %(tenant)s AND account_id = c.account_id AND state = c.state AND code = c.code AND code > ''
    ORDER BY offer_id LIMIT %(examples)s) o
) e
"""


class _Cause(NamedTuple):
    account: uuid.UUID
    place: str
    instance: uuid.UUID | None
    state: str
    code: str
    count: int
    since: dt.datetime
    offers: list[dict[str, Any]]

    @property
    def key(self) -> str:
        return f"{self.account}:{self.state}:{self.code}"


class ProblemOffers:
    def find(self) -> list[InboxGroup]:
        return [_group(cause) for cause in _causes()]

    def act(self, key: str, act: str, actor: User) -> int:
        """Looks at the offers again; a value that Allegro refused goes again, if it is still wanted."""
        try:
            account, state, code = key.split(":", 2)
            offers = Offer.objects.filter(account=uuid.UUID(account), state=state, code=code)
        except ValueError:
            return 0
        if act != "retry" or state != Offer.State.ERROR:
            return 0
        moved = 0
        for offer in offers.filter(needs_plan=False).order_by("offer_id")[:MOST_AT_ONCE]:
            resync_offer(offer=offer, actor=actor, reason="inbox")
            moved += 1
        return moved


def _causes() -> list[_Cause]:
    values = {
        "tenant": require_tenant_id(), "stopped": list(STOPPED), "priceless": list(NO_PRICE),
        "unlinked": list(NOT_LINKED), "groups": MOST_GROUPS, "examples": EXAMPLES,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, values)
        rows = cursor.fetchall()
    return [_Cause(*row[:7], json.loads(row[7]) if isinstance(row[7], str) else row[7] or []) for row in rows]


def _group(cause: _Cause) -> InboxGroup:
    said = said_by_all([offer["params"] for offer in cause.offers])
    why = explain(cause.code, in_words(said))
    title = why.title if are_alike(said) else ""
    solve_url = ""
    if cause.code in NO_PRICE and cause.instance:
        solve_url = address("instance_prices", cause.instance)
    may_retry = cause.state == Offer.State.ERROR
    return InboxGroup(
        source=SOURCE,
        key=cause.key,
        why=why,
        place=cause.place,
        direction="offers",
        since=cause.since,
        count=cause.count,
        records=tuple(_record(cause.code, offer, why.title, title) for offer in cause.offers),
        solve_url=solve_url,
        solve_label=_("Open the price steps") if solve_url else "",
        acts=(Act("retry", _("Try again"), is_main=True),) if may_retry else (),
        list_url=address("offers", account=cause.account, state=cause.state, code=cause.code),
        tone="bad" if may_retry else "idle",
        codes=(cause.code,),
    )


def _record(code: str, offer: Mapping[str, Any], title: str, own: str) -> InboxRecord:
    """`own`: what is said of this offer alone; "" where that is still to be asked."""
    own = own or explain(code, in_words(offer["params"])).title
    return InboxRecord(
        label=offer["name"] or offer["offer_id"],
        url=page_of("offer", offer["id"]),
        note="" if own == title else own,
    )
