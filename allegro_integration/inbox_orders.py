"""Orders that wait for a person, in the inbox: by cause, instance, and what a mapping would go by."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any, Final, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from allegro_integration.explain_words import in_words
from allegro_integration.inbox_links import address
from allegro_integration.models import Order
from allegro_integration.selectors import YOUR_CODES
from connectify.dashboard.explanations import explain
from connectify.dashboard.inbox import InboxGroup, InboxRecord, are_alike, said_by_all
from connectify.dashboard.links import page_of
from connectify.dashboard.templatetags.show import money
from connectify.tenants.context import require_tenant_id
from connectify.users.models import User

SOURCE: Final = "allegro.orders"
EXAMPLES: Final = 5
MOST_GROUPS: Final = 100
DELIVERY: Final = "unmapped_delivery"
PAYMENT: Final = "unmapped_payment"
# What is solved in the settings of the instance.
IN_SETTINGS: Final = frozenset(
    {"vat_rate_unknown", "vat_abroad", "vat_eu", "orders_not_set", "settings_unreadable", "line_without_code"}
)

# What the mappings go by makes a cause of its own; every other cause is one per instance.
_GROUPS: Final = """
WITH causes AS (
  SELECT instance_id, code, CASE code WHEN 'unmapped_delivery' THEN delivery_method_id
    WHEN 'unmapped_payment' THEN payment_type ELSE '' END AS by, count(*) AS count, min(bought_at) AS since
  FROM allegro_order WHERE tenant_id = %(tenant)s AND state = 'waiting' AND code = ANY(%(codes)s)
  GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1, 2, 3 LIMIT %(groups)s
)
SELECT c.instance_id, i.name, c.code, c.by, c.count, c.since, e.found
FROM causes c JOIN instances_instance i ON i.tenant_id = %(tenant)s AND i.id = c.instance_id
CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object('id', o.id, 'number', o.number, 'buyer', o.buyer, 'params', o.params,
    'total', o.total::text, 'currency', o.currency) ORDER BY o.bought_at, o.id) AS found
  FROM (SELECT * FROM allegro_order
    WHERE tenant_id = %(tenant)s AND state = 'waiting' AND instance_id = c.instance_id AND code = c.code
      AND (c.code <> 'unmapped_delivery' OR delivery_method_id = c.by)
      AND (c.code <> 'unmapped_payment' OR payment_type = c.by)
    ORDER BY bought_at, id LIMIT %(examples)s) o
) e
"""


class _Cause(NamedTuple):
    instance: uuid.UUID
    place: str
    code: str
    by: str
    count: int
    since: dt.datetime
    orders: list[dict[str, Any]]


class WaitingOrders:
    """Nothing is decided here: the page where the cause is mended lets the orders go by themselves."""

    def find(self) -> list[InboxGroup]:
        return [_group(cause) for cause in _causes()]

    def act(self, key: str, act: str, actor: User) -> int:
        return 0


def _causes() -> list[_Cause]:
    values = {
        "tenant": require_tenant_id(), "codes": list(YOUR_CODES), "examples": EXAMPLES, "groups": MOST_GROUPS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, values)
        rows = cursor.fetchall()
    return [_Cause(*row[:6], json.loads(row[6]) if isinstance(row[6], str) else row[6] or []) for row in rows]


def _group(cause: _Cause) -> InboxGroup:
    solve_url, solve_label = solved_by(cause.code, cause.instance, cause.by)
    said = said_by_all([order["params"] for order in cause.orders])
    why = explain(cause.code, in_words(said))
    title = why.title if are_alike(said) else ""
    return InboxGroup(
        source=SOURCE,
        key=f"{cause.instance}:{cause.code}:{cause.by}",
        why=why,
        place=cause.place,
        direction="orders",
        since=cause.since,
        count=cause.count,
        records=tuple(_record(cause.code, order, why.title, title) for order in cause.orders),
        solve_url=solve_url,
        solve_label=solve_label,
        list_url=_list_url(cause),
        codes=(cause.code,),
    )


def _record(code: str, order: dict[str, Any], title: str, own: str) -> InboxRecord:
    """`own`: what is said of this order alone; "" where that is still to be asked."""
    own = own or explain(code, in_words(order["params"])).title
    note = money(order["total"], order["currency"])
    return InboxRecord(
        label=order["buyer"] or order["number"],
        url=page_of("order", order["id"]),
        note=note if own == title else f"{note} · {own}",
    )


def solved_by(code: str, instance: uuid.UUID, by: str) -> tuple[str, str]:
    """The page that mends the cause, and what its button says. `by`: the delivery method or payment type."""
    match code:
        case "unmapped_delivery":
            return address("instance_mappings", instance, method=by), _("Map the delivery method")
        case "unmapped_payment":
            return address("instance_mappings", instance, payment=by), _("Map the payment type")
        case code if code in IN_SETTINGS:
            return address("instance_orders", instance), _("Open the settings")
    return "", ""


def _list_url(cause: _Cause) -> str:
    by = {DELIVERY: "delivery", PAYMENT: "payment"}.get(cause.code, "")
    more = {by: cause.by} if by and cause.by else {}
    return address("orders", instance=cause.instance, state=Order.State.WAITING.value, code=cause.code, **more)
