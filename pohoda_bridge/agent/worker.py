"""Carries out one verified job: the compiled list of operations, and nothing else (DESIGN §4.5)."""

from __future__ import annotations

from typing import Final, assert_never

from pohoda_bridge.agent import __version__
from pohoda_bridge.agent.importer import Done, Importer
from pohoda_bridge.agent.mserver import STATES, LookupFailed, MServer, NotReady
from pohoda_bridge.agent.printer import Printer, PrintFailed
from pohoda_bridge.documents import NotSent, UnitPin
from pohoda_bridge.protocol import (
    FindOrder,
    FoundOrders,
    Health,
    ImportOrder,
    JobFailed,
    JobOrder,
    ListRead,
    OrderImported,
    PrintReport,
    ReadHealth,
    ReadList,
    ReportPrinted,
    SignedJob,
)
from pohoda_bridge.xml.allowed import check_list
from pohoda_bridge.xml.errors import NotAllowed

RECORDS_LIMIT: Final = 20


class Worker:
    """`pin` is the unit this agent was enrolled for."""

    def __init__(self, *, pin: UnitPin, mserver: MServer, importer: Importer, printer: Printer) -> None:
        self._pin = pin
        self._mserver = mserver
        self._importer = importer
        self._printer = printer

    def run(self, job: SignedJob, order: JobOrder, *, started: float) -> Done:
        match order.operation:
            case ImportOrder() as operation:
                if problem := self._other_unit(operation.pin):
                    return Done(OrderImported(outcome=NotSent("wrong_unit", problem)))
                return self._importer.run(job, order, operation, started=started)
            case FindOrder() | ReadList() | PrintReport() as operation:
                return self._read(job.body, operation)
            case ReadHealth():
                return Done(self.health())
            case _:
                assert_never(order.operation)

    def health(self) -> Health:
        """What mServer says now, against the pin of this machine."""
        try:
            detail = self._mserver.preflight(self._pin)
        except NotReady as error:
            return Health(agent_version=__version__, mserver=STATES[error.code], detail=error.detail[:300])
        pin = UnitPin(detail.ico or self._pin.ico, detail.database, detail.year, self._pin.key)
        return Health(agent_version=__version__, mserver="ready", pin=pin)

    def _read(self, document: bytes, operation: FindOrder | ReadList | PrintReport) -> Done:
        """Whatever goes wrong, Pohoda was only asked: the job failed, and the platform may ask again."""
        if problem := self._other_unit(operation.pin):
            return Done(JobFailed(code="wrong_unit", detail=problem))
        try:
            match operation:
                case FindOrder():
                    return self._find(operation)
                case ReadList():
                    return self._list(document, operation)
                case PrintReport():
                    pdf = self._printer.run(document, operation)
                    return Done(ReportPrinted(file_name=pdf.file_name, size=len(pdf.data)), pdf.data)
                case _:
                    assert_never(operation)
        except NotAllowed as error:
            return Done(JobFailed(code="not_allowed", detail=str(error)[:300]))
        except (NotReady, PrintFailed) as error:
            return Done(JobFailed(code=error.code, detail=error.detail[:300]))
        except LookupFailed as error:
            return Done(JobFailed(code=error.code, detail=error.detail[:300]), error.answer)

    def _find(self, operation: FindOrder) -> Done:
        self._mserver.preflight(operation.pin)
        found = self._mserver.find_orders(operation.pin, operation.ext_id)
        return Done(FoundOrders(records=found.records[:RECORDS_LIMIT], complete=True), found.answer)

    def _list(self, document: bytes, operation: ReadList) -> Done:
        check_list(document, operation)
        self._mserver.preflight(operation.pin)
        found = self._mserver.read_list(document, operation)
        return Done(ListRead(records=found.records, last_id=found.last_id, stamp=found.stamp), found.answer)

    def _other_unit(self, pin: UnitPin) -> str:
        """ "" when the platform means this machine's unit, else what differs."""
        own = self._pin
        pairs = {
            "ico": (pin.ico, own.ico),
            "database": (pin.database.removesuffix(".mdb"), own.database.removesuffix(".mdb")),
            "year": (pin.year, own.year),
        }
        if own.key and pin.key:
            pairs["key"] = (pin.key, own.key)
        return ", ".join(f"{name} {said!r} is not {ours!r}" for name, (said, ours) in pairs.items() if said != ours)
