"""A running Pohoda sandbox with the agent's channel to it."""

from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import msgspec

from connectify.sandbox.serve import Running
from pohoda_bridge.agent.http import AdaptiveDeadline
from pohoda_bridge.agent.mserver import MServer
from pohoda_bridge.documents import ExternalId, OrderImport, OrderLine, StockRef
from pohoda_bridge.protocol import ImportOrder, PrintReport
from pohoda_bridge.sandbox.app import build_app
from pohoda_bridge.sandbox.settings import Settings
from pohoda_bridge.xml import ids, requests
from pohoda_bridge.xml.order_writer import write_order
from tests.bridge_xml.answers import FORM, PIN, order

SYSTEM = "allegro:sandbox:42"
REPORT = 1
LINES = (
    OrderLine("Nářadí", Decimal(1), Decimal("2490"), "high", stock=StockRef("ZBOZI", "NAR-0101")),
    OrderLine("Doprava", Decimal(1), Decimal("59"), "high"),
)


class Pohoda:
    """`with Pohoda(tmp_path) as pohoda:` serves an mServer; `control` is its back door."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        self.ledger_dir = directory / "ledger"
        self._running = Running(
            build_app(Settings(state=directory / "unit.sqlite3", ledger_dir=self.ledger_dir, **settings))
        )
        self.url = self._running.url
        self._control = httpx.Client(base_url=f"{self.url}/_sandbox/", trust_env=False)
        self._channels: list[MServer] = []
        self._seen = 0
        self.control("POST", "backup", name="pristine")

    def __enter__(self) -> "Pohoda":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for channel in self._channels:
            channel.close()
        self._control.close()
        self._running.close()

    def reset(self) -> None:
        """Back to the unit as it was seeded; `exchanges` begins anew."""
        self.control("DELETE", "faults")
        self.control("POST", "restore", name="pristine")
        self._seen = len(self._lines())

    def channel(self, *, url: str = "", password: str = "heslo", write_s: float = 10.0) -> MServer:
        made = MServer(
            url or self.url,
            user="mserver",
            password=password,
            write_deadline=AdaptiveDeadline(floor_s=write_s, cap_s=write_s),
            read_deadline_s=10.0,
        )
        self._channels.append(made)
        return made

    def control(self, method: str, path: str, **body: Any) -> Any:
        response = self._control.request(method, path, json=body or None)
        assert response.status_code < 300, response.text
        return response.json() if response.content else None

    def fault(self, name: str, target: str = "", times: int | None = 1, **params: Any) -> None:
        self.control("POST", "faults", name=name, target=target, times=times, params=params)

    def orders(self) -> list[dict[str, Any]]:
        return self.control("GET", "orders")["orders"]

    def exchanges(self) -> list[dict[str, Any]]:
        """What reached mServer since the reset."""
        return [msgspec.json.decode(line) for line in self._lines()[self._seen :]]

    def _lines(self) -> list[bytes]:
        file = self.ledger_dir / "pohoda.jsonl"
        return file.read_bytes().splitlines() if file.exists() else []


def importing(form: str = FORM, **changes: Any) -> tuple[ImportOrder, bytes]:
    """The operation and the document of one order the sandbox can import."""
    values = {"lines": LINES, "ext_id": ExternalId(form, SYSTEM), "number_order": form[:32]} | changes
    pack = OrderImport(
        pack_id=ids.pack_id(unit=PIN.ico, environment="sandbox", seller="42", kind="order", form_id=form),
        item_id=form,
        pin=PIN,
        order=order(**values),
    )
    operation = ImportOrder(pin=PIN, ext_id=pack.order.ext_id, pack_id=pack.pack_id, item_id=pack.item_id)
    return operation, write_order(pack).document


def printing(record_id: int, report_id: int = REPORT) -> tuple[PrintReport, bytes]:
    """The operation and the document of one invoice printed by one report."""
    request = requests.print_request(
        PIN, record_id=record_id, report_id=report_id, file_name=f"fv-{record_id}.pdf", request_id="CFP-1"
    )
    operation = PrintReport(
        pin=PIN, agenda="issued_invoices", record_id=record_id, report_id=report_id, pack_id="CFP-1", item_id="CFP-1-1"
    )
    return operation, request.document
