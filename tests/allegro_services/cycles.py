"""Whole cycles of a shop: Allegro as a table of answers, the agent by hand, everything between them as it runs."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from allegro_integration.client.api import FormFilter
from allegro_integration.client.errors import NotFound
from allegro_integration.client.messages import FormPage, ListedForm, OrderEvents
from allegro_integration.client.strict_json import read
from allegro_integration.connections import AccountConnection
from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.models import InboxForm, Order
from allegro_integration.services import inbox
from connectify.clock import now
from connectify.sync import due, runs
from connectify.sync.models import Change, DirectionState, Due, Run
from pohoda_bridge.documents import ImportOutcome, OrderRecord
from pohoda_bridge.protocol import FoundOrders, JobResult, OrderImported, ResultReport, encode
from pohoda_bridge.server import outages
from pohoda_bridge.server.authentication import Caller
from pohoda_bridge.server.hand_out import hand_out
from pohoda_bridge.server.models import Agent, Job
from tests.allegro_domain.forms import raw_form
from tests.allegro_services.shop import Shop

ACCOUNT, UNIT = "allegro.account", "pohoda.unit"


def form_id(number: int) -> str:
    return f"29738e61-7f6a-11e8-ac45-{number:012d}"


def form(number: int, **more: Any) -> dict[str, Any]:
    """A form of this number with line items of its own."""
    raw = {**raw_form(**more), "id": form_id(number)}
    for place, item in enumerate(raw["lineItems"]):
        item["id"] = f"62ae358b-8f65-4fc4-{number:04d}-{place:012d}"
    return raw


class Allegro:
    """`forms`: what GET of a form answers, an exception is raised. `changed`: the list of forms, in order."""

    def __init__(self) -> None:
        self.forms: dict[str, dict[str, Any] | Exception] = {}
        self.changed: list[dict[str, Any]] = []
        self.journal: Exception | None = None
        self.asked: list[str] = []
        self.windows: list[tuple[Any, int]] = []
        self.processing: list[str] = []
        self.page = 100

    def order_events(self, from_: str | None, limit: int) -> OrderEvents:
        if self.journal is not None:
            raise self.journal
        return OrderEvents(events=())

    def checkout_forms(self, filters: FormFilter, offset: int) -> FormPage:
        self.asked.append("list")
        self.windows.append((filters.updated_from, offset))
        forms = [read(json.dumps(raw).encode(), CheckoutForm) for raw in self.changed]
        held = [one for one in forms if one.updated_at and one.updated_at >= filters.updated_from]
        listed = tuple(ListedForm(one.id, one) for one in held[offset : offset + self.page])
        return FormPage(listed, len(held))

    def checkout_form(self, wanted: str) -> tuple[CheckoutForm, bytes]:
        self.asked.append(wanted)
        found = self.forms.get(wanted, NotFound("not_found", ""))
        if isinstance(found, Exception):
            raise found
        raw = json.dumps(found).encode()
        return read(raw, CheckoutForm), raw

    def set_fulfillment(self, wanted: str, status: str, revision: str | None, *, on_sent: Any = None) -> None:
        self.processing.append(wanted)

    def access(self) -> str:
        return "token"

    def connect(self, account: Any, **options: Any) -> AccountConnection:
        return AccountConnection(self, self)  # type: ignore[arg-type]


class Town:
    """One shop, its Allegro and its agent."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.allegro = shop, Allegro()
        market = shop.market
        for kind, resource_id in ((ACCOUNT, market.account_id), (UNIT, market.unit_id)):
            due.schedule(kind=kind, resource_id=resource_id, interval_s=300)
        self.agent = Agent.objects.create(
            unit=market.unit, host="pc", public_key=b"x" * 32, session="s", last_seen_at=now()
        )
        self.caller = Caller(
            tenant_id=shop.tenant.pk, unit_id=market.unit_id, agent_id=self.agent.pk, public_key=b"x" * 32,
            session="s", seq=1,
        )  # fmt: skip

    # --- what happens -------------------------------------------------------------------------------------------------

    def offer(self, *forms: dict[str, Any]) -> None:
        """Allegro has these forms now, and its journal said so."""
        for raw in forms:
            self.allegro.forms[raw["id"]] = raw
        self.hint(*(raw["id"] for raw in forms))

    def hint(self, *ids: str) -> None:
        inbox.hint_forms(self.shop.market.account, set(ids), found_by="journal")

    def wait_for(self, number: int) -> None:
        """The time has come to read this form again."""
        InboxForm.objects.filter(form_id=form_id(number)).update(next_read_at=F("first_seen_at"))

    def turn(self, kind: str, times: int = 1) -> dict[str, Run]:
        """→ the last run of each pipeline of that resource."""
        market = self.shop.market
        resource_id = market.account_id if kind == ACCOUNT else market.unit_id
        for _ in range(times):
            assert runs.run_resource(kind, resource_id, only_due=False)
        return {run.pipeline: run for run in Run.objects.filter(resource_id=resource_id).order_by("started_at")}

    def hand_out(self) -> Job | None:
        before = set(Job.objects.filter(state=Job.State.HANDED).values_list("pk", flat=True))
        if hand_out(self.caller) is None:
            return None
        return Job.objects.filter(state=Job.State.HANDED).exclude(pk__in=before).get()

    def finish(self, job: Job, result: JobResult) -> None:
        report = ResultReport(job=str(job.pk), agent=str(self.agent.pk), epoch=0, result=result, body_sha256="")
        Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, report=encode(report), done_at=Now())
        outages.note_result(self.shop.market.unit_id, result)

    def answer(self, outcome: ImportOutcome) -> Job:
        """The agent takes the next job, an import, and this comes of it."""
        job = self.hand_out()
        assert job is not None
        assert job.operation == "import_order"
        self.finish(job, OrderImported(outcome=outcome))
        return job

    def found(self, lookup: Job | None, *records: OrderRecord) -> None:
        assert lookup is not None
        assert lookup.operation == "find_order"
        self.finish(lookup, FoundOrders(records=records, complete=True))

    def send(self, *forms: dict[str, Any]) -> None:
        """Offered, read and queued for the agent."""
        self.offer(*forms)
        self.turn(ACCOUNT)
        self.turn(UNIT)

    # --- what is seen -------------------------------------------------------------------------------------------------

    def facts(self, number: int) -> tuple[str, str]:
        order = self.order(number)
        return order.state, order.code

    def order(self, number: int) -> Order:
        return Order.objects.get(number=form_id(number))

    def orders(self) -> list[str]:
        return sorted(Order.objects.values_list("number", flat=True))

    def change(self, number: int) -> Change:
        order = self.order(number)
        return Change.objects.filter(kind="order.create", subject_id=order.pk).latest("planned_at")

    def state(self, direction: str = "orders") -> tuple[str, str]:
        found = DirectionState.objects.get(instance=self.shop.market.instance, direction=direction)
        return found.state, found.code

    def due_in_s(self, kind: str, resource_id: uuid.UUID) -> float:
        return (Due.objects.get(kind=kind, resource_id=resource_id).due_at - now()).total_seconds()
