"""A running Allegro sandbox and a visitor who behaves as a registered application."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from allegro_integration.sandbox.answers import MEDIA_TYPE
from allegro_integration.sandbox.app import build_app
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from allegro_integration.sandbox.settings import Settings
from connectify.sandbox.serve import Running

AGENT = "Connectify/0.1.0 (+https://connectify.example/app)"
CALLBACK = "http://127.0.0.1:8000/allegro/callback"


class Visitor:
    """Speaks to the sandbox as an application does, and moves its control routes."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.settings = settings
        self.http = httpx.Client(base_url=url, timeout=10)
        self.bearer = ""

    def control(self, method: str, path: str, body: Any = None) -> Any:
        response = self.http.request(method, f"/_sandbox/{path}", json=body)
        assert response.is_success, response.text
        return response.json() if response.content else None

    def fault(self, name: str, **order: Any) -> int:
        return int(self.control("POST", "faults", {"name": name, **order})["id"])

    def basic(self, secret: str | None = None) -> dict[str, str]:
        pair = f"{self.settings.client_id}:{secret or self.settings.client_secret}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def token(self, **fields: str) -> httpx.Response:
        return self.http.post("/auth/oauth/token", data=fields, headers=self.basic())

    def code(self, **order: str) -> str:
        asked = {"seller": DEFAULT_SELLER, "client_id": self.settings.client_id, "redirect_uri": CALLBACK, **order}
        return str(self.control("POST", "consent", asked)["code"])

    def sign_in(self, seller: str = DEFAULT_SELLER) -> dict[str, Any]:
        pair = self.token(grant_type="authorization_code", code=self.code(seller=seller), redirect_uri=CALLBACK)
        assert pair.status_code == 200, pair.text
        self.bearer = pair.json()["access_token"]
        return pair.json()

    def request(self, method: str, path: str, body: Any = None, **changed: str) -> httpx.Request:
        """As the application would send it: JSON in Allegro's media type, bytes as a PDF."""
        headers = {"Accept": MEDIA_TYPE, "User-Agent": AGENT, "Authorization": f"Bearer {self.bearer}"}
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/pdf" if content is body else MEDIA_TYPE
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        return self.http.build_request(method, path, content=content, headers=headers)

    def call(self, method: str, path: str, body: Any = None, drop: str = "", **changed: str) -> httpx.Response:
        request = self.request(method, path, body, **changed)
        if drop:
            del request.headers[drop]
        return self.http.send(request)

    def upload(self, path: str, content: bytes, content_type: str = "application/pdf") -> httpx.Response:
        return self.call("PUT", path, content, **{"Content-Type": content_type})

    def get(self, path: str) -> Any:
        response = self.call("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    def purchase(self, **order: Any) -> list[str]:
        return list(self.control("POST", "purchases", {"seller": DEFAULT_SELLER, **order})["ids"])

    def offers(self, seller: str = DEFAULT_SELLER) -> dict[str, Any]:
        """All offers as the control routes tell them, by id."""
        return {one["id"]: one for one in self.control("GET", f"sellers/{seller}/offers")["offers"]}

    def sell(self, *offers: dict[str, Any], seller: str = DEFAULT_SELLER) -> None:
        """Offers in place of those of the catalogue."""
        self.control(
            "PUT", f"sellers/{seller}/offers", [{"name": f"Zboží {one['id']} v krabici", **one} for one in offers]
        )

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return [entry for entry in self.control("GET", "ledger")["entries"] if entry["kind"] == kind]

    def exchanges(self) -> list[dict[str, Any]]:
        """All recorded so far, oldest first."""
        lines = (self.settings.ledger_dir / "allegro.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def ending() -> Iterator[list[Running]]:
    """Servers that were asked to end; their last moments pass while the next tests run."""
    servers: list[Running] = []
    yield servers
    for server in servers:
        server.close()


@pytest.fixture
def start(tmp_path: Path, ending: list[Running]) -> Iterator[Callable[..., Visitor]]:
    """Starts sandboxes with changed settings; the state and the ledger are in the test's folder."""
    opened: list[tuple[Running, Visitor]] = []

    def run(**changed: Any) -> Visitor:
        settings = replace(Settings(tmp_path / "ledger", tmp_path / "state.sqlite3"), **changed)
        server = Running(build_app(settings))
        opened.append((server, Visitor(server.url, settings)))
        return opened[-1][1]

    yield run
    for server, visitor in opened:
        visitor.http.close()
        server.stop()
        ending.append(server)


@pytest.fixture
def allegro(start: Callable[..., Visitor]) -> Visitor:
    """A sandbox with its usual settings, before anybody has signed in."""
    return start()


@pytest.fixture
def seller(allegro: Visitor) -> Visitor:
    """The same sandbox, signed in as the default seller."""
    allegro.sign_in()
    return allegro
