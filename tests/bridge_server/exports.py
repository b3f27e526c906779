"""A Pohoda that exports what it is told to, as its agent would deliver it: pages of a whole list, or spoiled ones."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models.functions import Now

from connectify.sync import runs
from connectify.sync.models import Run
from connectify.tenants.context import tenant_scope
from pohoda_bridge import protocol
from pohoda_bridge.protocol import JobFailed, JobResult, ListRead, ReadList, ResultReport
from pohoda_bridge.server.jobs import order_of
from pohoda_bridge.server.json_values import storable
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.models import Job, Unit
from pohoda_bridge.xml.namespaces import PREFIXES
from pohoda_bridge.xml.raw import LAYOUTS

TODAY = dt.datetime.now(dt.UTC).date().isoformat()
"""Documents are exported by their date, counted back from today."""
_DECLARATIONS = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in PREFIXES.items())


def card(record_id: int, code: str = "", **changes: Any) -> str:
    """A stock card as Pohoda exports it."""
    values = {"code": code or f"C{record_id}", "name": "Kladivo", "count": "5", "store": "ZBOZI"} | changes
    return (
        f'<lStk:stock version="2.0"><stk:stockHeader><stk:id>{record_id}</stk:id><stk:stockType>card</stk:stockType>'
        f"<stk:code>{values['code']}</stk:code><stk:EAN>859{record_id:010d}</stk:EAN>"
        f'<stk:isSales>true</stk:isSales><stk:sellingRateVAT value="21">high</stk:sellingRateVAT>'
        f"<stk:name>{values['name']}</stk:name><stk:unit>ks</stk:unit>"
        f"<stk:storage><typ:ids>{values['store']}</typ:ids></stk:storage>"
        f'<stk:sellingPrice payVAT="true">349.00</stk:sellingPrice><stk:count>{values["count"]}</stk:count>'
        f"<stk:reservation>1</stk:reservation></stk:stockHeader><stk:stockPriceItem><stk:stockPrice>"
        f"<typ:ids>Allegro</typ:ids><typ:price>290.5</typ:price></stk:stockPrice></stk:stockPriceItem></lStk:stock>\n"
    )


def order(record_id: int, form: str, *, system: str = "allegro:custom:44", **changes: Any) -> str:
    """A received order of one line, as Pohoda exports it."""
    values = {"executed": "false", "date": TODAY} | changes
    external = (
        f"<ord:extId><typ:ids>{form}</typ:ids><typ:exSystemName>{system}</typ:exSystemName></ord:extId>" if form else ""
    )
    return (
        f'<lst:order version="2.0"><ord:orderHeader><ord:id>{record_id}</ord:id>{external}'
        f"<ord:orderType>receivedOrder</ord:orderType><ord:number><typ:numberRequested>26{record_id:07d}"
        f"</typ:numberRequested></ord:number><ord:date>{values['date']}</ord:date>"
        f"<ord:isExecuted>{values['executed']}</ord:isExecuted></ord:orderHeader></lst:order>\n"
    )


def invoice(record_id: int, number: str, *, date: str = TODAY) -> str:
    return (
        f'<lst:invoice version="2.0"><inv:invoiceHeader><inv:id>{record_id}</inv:id>'
        f"<inv:invoiceType>issuedInvoice</inv:invoiceType><inv:number><typ:numberRequested>{number}"
        f"</typ:numberRequested></inv:number><inv:symVar>{number}</inv:symVar><inv:date>{date}</inv:date>"
        f"</inv:invoiceHeader></lst:invoice>\n"
    )


@dataclass
class Exporter:
    """Answers the pages a unit asks for. `records` by agenda and id; `changed` are those "changed since" brings.

    `spoil(answer)` may damage what is uploaded, `results` overrides the reports of the next pages, in order.
    """

    tenant_id: uuid.UUID
    unit: Unit
    records: dict[str, dict[int, str]] = field(default_factory=lambda: {"stock": {}, "orders": {}, "invoices": {}})
    changed: set[int] | None = None
    ico: str = ""
    stamp: str = "2026-11-23T12:00:00"
    spoil: Callable[[bytes], bytes] = bytes
    results: list[JobResult] = field(default_factory=list)
    asked: list[tuple[str, int, int, str, str]] = field(default_factory=list)

    def cards(self, *cards: str) -> None:
        self.records["stock"] = {_id_of(text): text for text in cards}

    def orders(self, *orders: str) -> None:
        self.records["orders"] = {_id_of(text): text for text in orders}

    def invoices(self, *invoices: str) -> None:
        self.records["invoices"] = {_id_of(text): text for text in invoices}

    def turn(self) -> Run:
        """One turn of the unit; → its run of the mirror."""
        assert runs.run_resource("pohoda.unit", self.unit.pk, only_due=False)
        with tenant_scope(self.tenant_id):
            return Run.objects.filter(pipeline="mirror.read", resource_id=self.unit.pk).order_by("-started_at")[0]

    def answer(self) -> int:
        """Does what waits; → how many pages."""
        with tenant_scope(self.tenant_id):
            waiting = list(Job.objects.filter(unit=self.unit, operation="read_list", state=Job.State.WAITING))
            for job in waiting:
                self._do(job)
        return len(waiting)

    def export(self) -> dict[str, int]:
        """Everything is due, and turns and answers go on until all is absorbed; → the counts summed up."""
        with tenant_scope(self.tenant_id):
            MirrorRead.objects.filter(unit=self.unit).update(next_at=Now())
        total: dict[str, int] = {}
        for _ in range(30):
            run = self.turn()
            assert run.outcome == Run.Outcome.OK, (run.outcome, run.code, run.detail)
            for name, count in run.counts.items():
                total[name] = total.get(name, 0) + count
            if not self.answer():
                return total
        raise AssertionError("the export does not end")

    def _do(self, job: Job) -> None:
        operation = order_of(job).operation
        assert isinstance(operation, ReadList)
        result, answer = self._page(operation, bytes(job.body).decode("cp1250"))
        if self.results:
            result = self.results.pop(0)
        if isinstance(result, JobFailed):
            answer = b""
        report = ResultReport(job=str(job.pk), agent="", epoch=1, result=result, body_sha256=protocol.sha256(answer))
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.DONE,
            report=protocol.encode(report),
            result=storable(result),
            answer=answer,
            done_at=Now(),
        )

    def _page(self, operation: ReadList, request: str) -> tuple[JobResult, bytes]:
        start, count = (int(_found(rf"<ftr:{name}>(\d+)<", request)) for name in ("idFrom", "count"))
        since, date_from = _found("<ftr:lastChanges>([^<]*)<", request), _found("<ftr:dateFrom>([^<]*)<", request)
        self.asked.append((operation.agenda, start, count, since, date_from))
        listed = [
            (record_id, text)
            for record_id, text in sorted(self.records[operation.agenda].items())
            if record_id >= start
            and (not since or self.changed is None or record_id in self.changed)
            and (not date_from or _found("<(?:ord|inv):date>([^<]*)<", text) >= date_from)
        ][:count]
        result = ListRead(records=len(listed), last_id=listed[-1][0] if listed else 0, stamp=self.stamp)
        return result, self.spoil(self._frame(operation, "".join(text for _, text in listed)).encode("cp1250"))

    def _frame(self, operation: ReadList, items: str) -> str:
        name = LAYOUTS[operation.agenda].list
        ico = self.ico or operation.pin.ico
        return (
            f'<?xml version="1.0" encoding="Windows-1250"?>\n<rsp:responsePack version="2.0" id="{operation.pack_id}" '
            f'state="ok" note="" programVersion="13605.11" ico="{ico}" key="{operation.pin.key}" {_DECLARATIONS}>'
            f'<rsp:responsePackItem version="2.0" id="{operation.item_id}" state="ok"><{name} version="2.0" '
            f'dateTimeStamp="{self.stamp}" dateValidFrom="{dt.date(2026, 11, 23)}" state="ok">{items}'
            f"</{name}></rsp:responsePackItem></rsp:responsePack>"
        )


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match[1] if match else ""


def _id_of(text: str) -> int:
    return int(_found(r"<(?:stk|ord|inv):id>(\d+)<", text))
