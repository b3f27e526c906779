"""The table of the API's methods: valid input for each, and what a key that may do everything in its company gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from tests.access.rows import PART
from tests.access.world import Filled

PREFIX: Final = "api/v1/"
INSTANCE: Final = "instances/<uuid:instance_id>/"
ORDER: Final = "orders/<uuid:order_id>/"
OFFER: Final = "offers/<uuid:offer_id>/"


@dataclass(frozen=True)
class Call:
    """`changes`: whether the call writes; it is looked at. `ids` replace the parts of the address."""

    status: int = 200
    body: Any = None
    changes: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    query: str = ""

    def address_at(self, route: str, filled: Filled) -> str:
        known = {**filled.ids, **{name: filled.ids.get(of, of) for name, of in self.ids.items()}}
        return f"/{PREFIX}" + PART.sub(lambda part: quote(str(known[part[1]])), route) + self.query.format(**filled.ids)


def written(body: Any = None, **facts: Any) -> Call:
    return Call(body=body, changes=True, **facts)


READ: Final = {"GET": Call()}
FILTERED: Final = {"GET": Call(query="?instance={instance_id}")}
ANY_VERSION: Final = {"if-match": "*"}
RULE: Final = {"name": "vše", "conditions": []}
STEPS: Final = {"price_steps": [{"step": "from_level", "level": "Internet"}], "floor": "10"}
CALLS: Final[dict[str, dict[str, Call]]] = {
    "orders/": FILTERED,
    ORDER: READ,
    ORDER + "documents/<uuid:document_id>/": READ,
    ORDER + "resync/": {"POST": written()},
    ORDER + "retry/": {"POST": written(ids={"order_id": "refused_order_id"})},
    "offers/": FILTERED,
    OFFER: READ,
    OFFER + "resync/": {"POST": written()},
    INSTANCE + "mappings/delivery/": READ,
    INSTANCE + "mappings/delivery/<str:method_id>/": {"PUT": written({"carrier": "GLS", "method_name": "Kurýr"})},
    INSTANCE + "mappings/payment/": READ,
    INSTANCE + "mappings/payment/<str:payment_type>/": {"PUT": written({"form_of_payment": "Převodem"})},
    INSTANCE + "rules/statuses/": {
        **READ, "PUT": written({"rules": [{**RULE, "outcome": "SENT"}]}, headers=ANY_VERSION),
    },
    INSTANCE + "rules/invoices/": {
        **READ, "PUT": written({"reports": [{**RULE, "report_id": 5}]}, headers=ANY_VERSION),
    },
    INSTANCE + "rules/offers/": {**READ, "PUT": written({"only_internet": True}, headers=ANY_VERSION)},
    INSTANCE + "rules/prices/": {**READ, "PUT": written(STEPS, headers=ANY_VERSION)},
    "instances/": READ,
    INSTANCE: READ,
    "runs/": FILTERED,
    "inbox/": READ,
    "inbox/<str:source>/<path:key>/<str:act>/": {"POST": written()},
}  # fmt: skip
