"""A company that sells: an account, a unit, one marketplace and its mappings; what comes from either side, by hand."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

from allegro_integration.client.strict_json import read
from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.models import InboxForm, Market, Order
from allegro_integration.services import inbox, orders
from allegro_integration.services.mappings import map_delivery, map_payment
from allegro_integration.services.settling import settle_job
from connectify.audit.selectors import timeline
from connectify.domain.change import ChangeState, Evidence
from connectify.instances.services import arm
from connectify.sync import changes
from connectify.sync.models import Change, Quarantined
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Tenant
from pohoda_bridge.documents import ExternalId, Imported, ImportOutcome, OrderRecord
from pohoda_bridge.protocol import FoundOrders, JobResult, OrderImported, ResultReport, encode
from pohoda_bridge.server.jobs import mark_settled
from pohoda_bridge.server.models import Job
from tests.allegro_domain.forms import FORM_ID, METHOD_ID, raw_form
from tests.factories import MarketFactory, TenantFactory

S, E = ChangeState, Evidence
MERGED_ID = "a9738e61-7f6a-11e8-ac45-09db60ede9d7"


class Shop:
    def __init__(self) -> None:
        self.tenant: Tenant = TenantFactory()
        with self.inside():
            self.market: Market = MarketFactory(instance__settings={"orders": {"store": "HLAVNI"}})
            map_delivery(
                instance=self.market.instance, method_id=METHOD_ID, method_name="PPL", carrier="PPL",
                line_text="Doprava",
            )  # fmt: skip
            map_payment(instance=self.market.instance, payment_type="ONLINE", form_of_payment="Allegro")
            arm(instance=self.market.instance, direction="orders", actor=None)
            self.market = Market.objects.select_related("instance", "account", "unit").get(pk=self.market.pk)

    def inside(self) -> AbstractContextManager[None]:
        return tenant_scope(self.tenant.pk)

    # --- from Allegro -----------------------------------------------------------------------------------------------

    def hint(self, form_id: str = FORM_ID, found_by: str = "journal") -> InboxForm:
        inbox.hint_forms(self.market.account, {form_id}, found_by=found_by)
        return InboxForm.objects.select_related("account").get(form_id=form_id)

    def receive(self, **more: Any) -> Order | None:
        """The form as it is now; → our order of it."""
        raw = json.dumps(raw_form(**more)).encode()
        form = read(raw, CheckoutForm)
        row = self.hint(form.id)
        payload, is_new, replaced = inbox.store_form(row, form, raw)
        orders.supersede_merged(row.account_id, replaced, by=row.form_id)
        return orders.take_form(row, form, payload) if is_new else Order.objects.filter(form=row).first()

    def order(self, form_id: str = FORM_ID) -> Order:
        return Order.objects.get(number=form_id)

    # --- from Pohoda ------------------------------------------------------------------------------------------------

    def change(self, form_id: str = FORM_ID, kind: str = orders.CREATE) -> Change:
        return Change.objects.get(kind=kind, subject_id=self.order(form_id).pk)

    def bring_to(self, state: ChangeState) -> Change:
        """A received order whose creation is in this state, by the way it would get there."""
        self.receive()
        change = self.change()
        if state == S.PLANNED:
            return change
        changes.begin(change.pk, epoch=1)
        if state == S.CONFIRMED:
            self.answer(imported())
        elif state == S.REFUSED:
            changes.refuse(change.pk, code="pohoda_refused", detail="", proof={})
        elif state in (S.UNKNOWN, S.QUARANTINED):
            changes.mark_unknown(change.pk, code="timeout", detail="")
        if state == S.QUARANTINED:
            changes.quarantine(change.pk, code="too_many_attempts", detail="")
        return self.change()

    def answer(self, outcome: ImportOutcome, form_id: str = FORM_ID) -> None:
        self.report(OrderImported(outcome=outcome), operation="import_order", form_id=form_id)

    def found(self, *records: OrderRecord, complete: bool = True) -> None:
        self.report(FoundOrders(records=records, complete=complete), operation="find_order")

    def report(self, result: JobResult, *, operation: str = "find_order", form_id: str = FORM_ID) -> None:
        self._settle(self.change(form_id), result, operation)

    def settle(self, change: Change, outcome: ImportOutcome) -> None:
        self._settle(change, OrderImported(outcome=outcome), "import_order")

    def _settle(self, change: Change, result: JobResult, operation: str) -> None:
        report = ResultReport(job="j", agent="a", epoch=1, result=result, body_sha256="0" * 64)
        job = Job.objects.create(
            unit=self.market.unit, change=change, operation=operation, order=b"{}", signature=b"",
            answer=b"<answer/>", report=encode(report), state=Job.State.DONE,
        )  # fmt: skip
        settle_job(job)
        mark_settled(job)

    # --- what is seen -----------------------------------------------------------------------------------------------

    def story(self) -> list[str]:
        return [event.type for event in timeline("order", self.order().pk)]

    def tasks(self) -> dict[str, str]:
        """State of what was put aside, by code."""
        return {row.code: row.state for row in Quarantined.objects.all()}

    def everything(self) -> list[Any]:
        """All that a stranger's work could have touched."""
        return [
            list(Order.objects.order_by("pk").values()),
            list(Change.objects.order_by("pk").values()),
            list(InboxForm.objects.order_by("pk").values()),
            list(Quarantined.objects.order_by("pk").values()),
        ]


def imported(id: int = 7, number: str = "26OP00007") -> ImportOutcome:
    return Imported(id, number)


def record(total: str | None = "159.00", *, id: int = 7, number: str = "26OP00007", **more: Any) -> OrderRecord:
    return OrderRecord(
        id=id,
        number=number,
        ext_id=ExternalId(FORM_ID, "allegro:custom:1"),
        number_order="x",
        date=dt.date(2026, 11, 20),
        total=None if total is None else Decimal(total),
        **more,
    )
