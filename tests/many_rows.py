"""Rows by the thousand, as a shop has them after a year: made inside PostgreSQL, for what must not slow down with them.

Inside the tenant's scope; called again with other numbers, it adds. What there are a few of: tests/more_of_each.py.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import Model

from allegro_integration.models import InboxForm, InvoiceDocument, Market, Offer, Order
from connectify.audit.models import AuditEntry, Event
from connectify.sync.models import Change, Link, Quarantined, Run
from connectify.tenants.context import require_tenant_id
from connectify.users.models import User
from pohoda_bridge.server.mirror.models import Invoice, OrderState, StockCard
from pohoda_bridge.server.models import Job

DIRECTIONS: Final = ("orders", "offers", "statuses", "invoices")
WAITS: Final = ("unmapped_delivery", "unmapped_payment", "vat_rate_unknown", "queued", "no_lines")
OFFER_CODES: Final = (
    "offer_not_linked", "price_level_missing", "card_not_in_stores", "price_jump", "offer_filtered_out",
)  # fmt: skip
ASIDE: Final = ("pohoda_refused", "duplicate_not_found", "too_many_attempts", "document")
LEVELS: Final = json.dumps(dict.fromkeys(("Prodejní", "Internet", "Velkoobchod", "Allegro"), "249.0000"))
FIELDS: Final = json.dumps({"RefVPrShop": "true", "VPrSklad": "A12", "VPrBarva": "modrá"})
TRACE: Final = json.dumps(
    {
        "quantity": [
            {"code": "stock_count", "params": {"code": "KOD", "count": "14", "store": "S1"}},
            {"code": "pieces_free", "params": {"count": "14", "reserved": "2"}},
        ],
        "price:allegro-cz": [
            {"code": "price_from_level", "params": {"level": "Internet", "price": "249", "currency": "CZK"}},
            {"code": "price_rounded", "params": {"step": "1", "price": "249"}},
        ],
    }
)
JUMP: Final = [{"code": "price_jump", "params": {"was": "100", "price": "249", "currency": "CZK"}}]
PRICES: Final = json.dumps({"allegro-cz": {"amount": "249.00", "currency": "CZK"}})
# Share of all rows that are in a state: the rest is done, as in a shop that runs.
_ORDER_STATE: Final = (
    "CASE WHEN n % 100 = 1 THEN 'waiting' WHEN n % 200 = 2 THEN 'error' WHEN n % 50 = 3 THEN 'skipped' "
    "WHEN n % 100 = 4 THEN 'superseded' ELSE 'sent' END"
)
_OFFER_STATE: Final = (
    "CASE WHEN n % 50 = 1 THEN 'waiting' WHEN n % 50 = 2 THEN 'error' WHEN n % 20 = 3 THEN 'skipped' "
    "WHEN n % 50 = 4 THEN 'superseded' ELSE 'sent' END"
)


def fill(markets: Sequence[Market], *, orders: int, offers: int, first: int = 1) -> None:
    """Orders and offers numbered from `first` on, with all that hangs on them, shared out among the markets."""
    rows = _Rows(markets, first)
    rows.orders(orders)
    rows.offers(offers)
    rows.work(orders, offers)


class _Rows:
    """`n` in an expression is the number of the row, `k` its place among the markets, from 1 on."""

    def __init__(self, markets: Sequence[Market], first: int) -> None:
        self.first = first
        self.markets = markets
        self.instance = _pick([one.instance_id for one in markets])
        self.account = _pick([one.account_id for one in markets])
        self.unit = _pick([one.unit_id for one in markets])

    # Longer than usual: a table after the other.
    def orders(self, count: int) -> None:
        ago = "now() - n * interval '9 minutes'"
        self.add(
            InboxForm, count, id=_id("form"), account=self.account, form_id="'form-' || n", marketplace="'allegro-cz'",
            status="'READY_FOR_PROCESSING'", state="'read'", read_at=ago,
        )  # fmt: skip
        self.add(
            Order, count, id=_id("order"), instance=self.instance, form=_id("form"), number="'form-' || n",
            state=_ORDER_STATE, params="'{}'", buyer="'Jan Novák ' || n", total="n % 900 + 99", paid="n % 900 + 99",
            currency="'CZK'", code=f"CASE {_ORDER_STATE} WHEN 'waiting' THEN {_of(WAITS, 'n / 100')} "
            "WHEN 'error' THEN 'pohoda_total_differs' WHEN 'skipped' THEN 'cancelled' ELSE '' END",
            delivery_method="'Kurýr ' || n / 100 % 7", delivery_method_id="'method-' || n / 100 % 7",
            payment_type="CASE WHEN n / 100 % 3 = 0 THEN 'CASH_ON_DELIVERY' ELSE 'ONLINE' END", bought_at=ago,
            pohoda_number="'26' || n", pohoda_total="n % 900 + 99", fulfilment="'SENT'", parcel="'Z' || n",
        )  # fmt: skip
        self.add(
            InvoiceDocument, count, order=_id("order"), record_id="n", number="'26FA' || n", total="n % 900 + 99",
            currency="'CZK'", state="CASE n % 200 WHEN 1 THEN 'waiting' WHEN 2 THEN 'error' ELSE 'sent' END",
            step="'accepted'", report_name="'Faktura'", allegro_id="'inv-' || n",
        )  # fmt: skip
        self.add(Link, count, kind="'order'", here_id=_id("order"), there_system="'pohoda'", there_id="'26' || n")
        self.add(
            OrderState, count, unit=self.unit, record_id="1000 + n", number="'26' || n", date="current_date",
            began_at="now()", fingerprint="'x'", ext_ids="'form-' || n", ext_system="'allegro:custom:1'",
            carrier="'PPL ' || n % 5", payment_type="'Allegro'",
            labels="'[\"e-shop\"]'", fields=_text(FIELDS), links="'[]'",
        )  # fmt: skip
        self.add(
            Invoice, count, unit=self.unit, record_id="1000 + n", number="'26FA' || n", kind="'issuedInvoice'",
            date="current_date", began_at="now()", fingerprint="'x'", fields=_text(FIELDS), currency="'CZK'",
        )  # fmt: skip
        for kind, plus in (("order.seen", 0), ("order.planned", 1), ("order.confirmed", 2)):
            self.add(
                Event, count, type=f"'{kind}'", object_kind="'order'", object_id=_id("order"),
                at=f"{ago} + interval '{plus} seconds'",
            )  # fmt: skip
        self.change(count, kind="order.create", name="order", resource="pohoda.unit", resource_id=self.unit)
        self.add(
            Job, count, unit=self.unit, operation="'import_order'", order="'x'", signature="'x'", state="'done'",
            done_at="now()", created_at=ago,
        )  # fmt: skip

    def offers(self, count: int) -> None:
        self.add(
            StockCard, count, id=_id("card"), unit=self.unit, record_id="1000 + n", fingerprint="'x'", began_at="now()",
            store="'S' || n % 5", storage="'Sklad ' || n % 5", code="'KOD-' || n", name="'Vrtačka příklepová ' || n",
            kind="'card'", measure="'ks'", count="n % 90", levels=_text(LEVELS), fields=_text(FIELDS), price="249",
            vat_percent="21", price_with_vat="true", is_sales="true", is_internet="true",
        )  # fmt: skip
        self.add(
            Offer, count, id=_id("offer"), account=self.account, offer_id="(8000000000 + n)::text", card=_id("card"),
            name="'Vrtačka příklepová s příslušenstvím ' || n", external_id="'KOD-' || n", status="'ACTIVE'",
            stock="n % 90", wanted_quantity="n % 90", prices=_text(PRICES), wanted_prices=_text(PRICES),
            trace=_text(TRACE), needs_plan="false", planned_at="now() - n * interval '1 second'", state=_OFFER_STATE,
            code=f"CASE WHEN {_OFFER_STATE} = 'sent' AND n % 40 <> 5 THEN '' ELSE {_of(OFFER_CODES, 'n / 50')} END",
            base_marketplace="'allegro-cz'", revision="n",
        )  # fmt: skip
        where = {"name": "offer", "resource": "allegro.account", "resource_id": self.account}
        self.change(count // 3, kind="offer.quantity", **where)
        self.change(count // 50, kind="offer.price", state="held", **where)
        self.change(count, kind="offer.restart", state="planned", **where)

    def work(self, orders: int, offers: int) -> None:
        self.add(
            Run, orders * 2, pipeline="'allegro.' || (ARRAY['orders','offers','statuses'])[1 + n % 3]", epoch="n",
            resource_kind="'allegro.account'", resource_id=self.account, counts="'{\"forms\": 3}'",
            started_at="now() - n * interval '2 minutes'",
            outcome="CASE n % 100 WHEN 1 THEN 'retry' WHEN 2 THEN 'needs_user' ELSE 'ok' END",
        )  # fmt: skip
        self.add(
            AuditEntry, orders // 5, at="now() - n * interval '30 minutes'", action="'order.resynced'",
            object_kind="'order'", object_id=_id("order"), actor=_text(User.objects.order_by("pk")[0].pk),
            after="'{\"reason\": \"x\"}'",
        )  # fmt: skip
        for kind, name, every in (("order", "order", 100), ("invoice", "order", 200), ("offer", "offer", 200)):
            key = f"({_id(name)})::text" if kind != "offer" else f"{self.account}::text || ':' || (8000000000 + n)"
            self.add(
                Quarantined, orders // every, instance="NULL" if kind == "offer" else self.instance,
                subject_kind=_text(kind), subject_key=key, code=_of(ASIDE, "n"),
                first_seen_at="now() - n * interval '1 hour'",
            )  # fmt: skip
        self.add(
            Quarantined, orders // 10, instance=self.instance, subject_kind="'order_status'", subject_key="'old' || n",
            code=_of(ASIDE, "n"), state="'solved'",
        )  # fmt: skip

    def change(
        self, count: int, *, kind: str, name: str, resource: str, resource_id: str, state: str = "confirmed"
    ) -> None:
        """`state`: planned, held, or confirmed by the way the database allows."""
        held = state == "held"
        self.add(
            Change, count, instance=self.instance, kind=_text(kind), key=f"'{kind}:' || n", subject_kind=_text(name),
            subject_id=_id(name), resource_kind=_text(resource), resource_id=resource_id, content="'{\"value\": 5}'",
            state="'held'" if held else "'planned'", code="'price_jump'" if held else "''",
            trace=_text(json.dumps(JUMP if held else [])), planned_at="now() - n * interval '9 minutes'",
        )  # fmt: skip
        steps = (("planned", "intent", "", 1), ("intent", "confirmed", "answer", 1))
        for before, after, evidence, attempt in steps if state == "confirmed" else ():
            _run(
                f"UPDATE {Change._meta.db_table} SET state = %s, evidence = %s, attempt = %s "
                "WHERE tenant_id = %s AND kind = %s AND state = %s AND key LIKE %s",
                [after, evidence, attempt, require_tenant_id(), kind, before, f"{kind}:%"],
            )

    def add(self, model: type[Model], rows: int, /, **columns: str) -> None:
        """`columns`: expressions of SQL by field; what is not named has the model's own default."""
        names, expressions = ["tenant_id"], [f"'{require_tenant_id()}'::uuid"]
        for field in model._meta.local_fields:
            if field.name == "tenant" or (field.name not in columns and field.has_db_default()):
                continue
            given = columns.get(field.name) or ("gen_random_uuid()" if field.primary_key else _default(field))
            names.append(f'"{field.column}"')
            expressions.append(f"({given})::{field.db_type(connection)}")
        numbered = f"SELECT n, 1 + n / 7 % {len(self.markets)} AS k FROM generate_series(%s::bigint, %s) n"
        made = f"SELECT {', '.join(expressions)} FROM ({numbered}) numbered".replace(" % ", " %% ")
        _run(f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) {made}", [self.first, self.first + rows - 1])


def _default(field: Any) -> str:
    if field.has_default():
        value = field.get_default()
        if isinstance(value, bytes):
            return "'\\x'"
        return _text(json.dumps(value)) if isinstance(value, dict | list) else _text(value)
    return "NULL" if field.null else "''"


def _id(name: str) -> str:
    """The id of the `n`th record of the name, of the tenant in force."""
    return f"md5('{require_tenant_id()}{name}' || n)::uuid"


def _pick(ids: Sequence[uuid.UUID]) -> str:
    return f"(ARRAY[{', '.join(_text(one) for one in ids)}]::uuid[])[k]"


def _of(values: Sequence[str], place: str) -> str:
    return f"(ARRAY[{', '.join(map(_text, values))}])[1 + {place} % {len(values)}]"


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _run(statement: str, values: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
