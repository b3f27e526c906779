"""A plain client of the running sandbox: sends packs, reads answers with ElementTree, uses the control routes."""

import base64
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from xml.etree import ElementTree

import httpx

from connectify.sandbox.serve import Running
from pohoda_bridge.sandbox.app import build_app
from pohoda_bridge.sandbox.settings import Settings
from tests.sandbox_pohoda.packs import NS

PRISTINE = "pristine"
NOW = datetime(2026, 11, 23, 10, 0, 0)


class Visitor:
    """One sandbox on a free port with its client; `restart()` is a new process's view of the same files."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        self.directory = directory
        self.settings = Settings(
            state=directory / "unit.sqlite3", ledger_dir=directory, **{"now": lambda: NOW, "xsd_dir": None} | settings
        )
        self.effects_seen = 0
        self._open()
        self.control("POST", "backup", {"name": PRISTINE})

    def reset(self) -> None:
        """Back to the unit as it was seeded, without faults; the next test sees its own effects only."""
        self.control("DELETE", "faults")
        self.control("POST", "restore", {"name": PRISTINE})
        self.effects_seen = self.control("GET", "ledger")["next"]

    def _open(self) -> None:
        self.server = Running(build_app(self.settings))
        self.http = httpx.Client(base_url=self.server.url, timeout=20)

    def close(self) -> None:
        self.http.close()
        self.server.close()

    def restart(self) -> None:
        self.close()
        self._open()

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def post(self, document: str, *, encoding: str = "Windows-1250", **headers: str) -> httpx.Response:
        """POST /xml with a login; header names with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post("/xml", content=encoded(document, encoding), headers=login() | named)

    def send(self, document: str, **headers: str) -> ElementTree.Element:
        """The responsePack; the answer must be 200 and well-formed."""
        response = self.post(document, **headers)
        assert response.status_code == 200, response.text
        return ElementTree.fromstring(response.content)

    def send_checked(self, document: str) -> ElementTree.Element:
        return self.send(document, STW_Check_Duplicity="true")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        response = self.http.request(method, f"/_sandbox/{path}", json=body)
        assert response.status_code < 300, response.text
        return response.json() if response.content else None

    def fault(self, name: str, target: str = "", **params: Any) -> None:
        self.control("POST", "faults", {"name": name, "target": target, "times": 1, "params": params})

    def rows(self, table: str, **where: object) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in where.items())
        return self.control("GET", f"rows/{table}?{query}")["rows"]

    def orders(self) -> list[dict[str, Any]]:
        return self.control("GET", "orders")["orders"]

    def effects(self, kind: str = "") -> list[dict[str, Any]]:
        return [
            e for e in self.control("GET", f"ledger?after={self.effects_seen}")["entries"] if kind in ("", e["kind"])
        ]


def encoded(document: str, encoding: str = "Windows-1250") -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>\n{document}'.encode(encoding)


def login(user: str = "mserver", password: str = "heslo") -> dict[str, str]:
    return {"STW-Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def find(element: ElementTree.Element, path: str) -> ElementTree.Element:
    found = element.find(path, NS)
    assert found is not None, f"{path} is missing in {ElementTree.tostring(element, 'unicode')}"
    return found


def text(element: ElementTree.Element, path: str) -> str:
    return find(element, path).text or ""
