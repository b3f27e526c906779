"""A running Allegro sandbox, our client in front of it, and time that tests move."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.environments import Environment, custom_environment
from allegro_integration.client.governor import Governor
from allegro_integration.client.http import AllegroHttp, Exchange, Timeouts
from allegro_integration.client.oauth import OAuthClient, TokenPair, code_challenge
from allegro_integration.sandbox.app import build_app
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from allegro_integration.sandbox.settings import Settings
from connectify.sandbox.serve import Running
from tests.allegro_client.scripted import Scripted, scripted_server

AGENT = "Connectify/0.1.0 (+https://connectify.example/allegro)"
MakeApi = Callable[..., AllegroApi]
CALLBACK = "http://127.0.0.1:8000/allegro/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


class Allegro:
    """The sandbox with its switches, and what our client exchanged with it."""

    def __init__(self, server: Running, settings: Settings) -> None:
        self.server = server
        self.settings = settings
        self.environment: Environment = custom_environment(
            name="test", api=server.url, auth=server.url, upload=server.url
        )
        self.seen: list[Exchange] = []
        self._control = httpx.Client(base_url=server.url, timeout=10, trust_env=False)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        response = self._control.request(method, f"/_sandbox/{path}", json=body)
        assert response.is_success, response.text
        return response.json() if response.content else None

    def fault(self, name: str, **order: Any) -> None:
        self.control("POST", "faults", {"name": name, **order})

    def purchase(self, **order: Any) -> list[str]:
        return list(self.control("POST", "purchases", {"seller": DEFAULT_SELLER, **order})["ids"])

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.control("GET", "ledger")["entries"] if one["kind"] == kind]

    def exchanges(self, path: str = "") -> list[dict[str, Any]]:
        """What the sandbox wrote down of our requests."""
        text = (self.settings.ledger_dir / "allegro.jsonl").read_text(encoding="utf-8")
        return [one for one in map(json.loads, text.splitlines()) if one["path"].startswith(path)]

    def close(self) -> None:
        self._control.close()
        self.server.close()


class Tokens:
    """A `TokenProvider` with a fixed first token and a list of what to give after a 401."""

    def __init__(self, first: str, *after: str, environment: str = "test", seller_id: str = DEFAULT_SELLER) -> None:
        self.environment = environment
        self.seller_id = seller_id
        self.current = first
        self.after = list(after)
        self.rejected: list[str] = []

    def access(self) -> str:
        return self.current

    def after_401(self, rejected: str) -> str:
        self.rejected.append(rejected)
        self.current = self.after.pop(0) if self.after else self.current
        return self.current


class ManualTime:
    """A clock that only moves when something sleeps or a test says so."""

    def __init__(self) -> None:
        self.at = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
        self.slept: list[float] = []

    def now(self) -> dt.datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.at += dt.timedelta(seconds=seconds)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Allegro]]:
    """Starts a sandbox with changed settings."""
    opened: list[Allegro] = []

    def run(**changed: Any) -> Allegro:
        settings = replace(Settings(tmp_path / "ledger", tmp_path / "state.sqlite3"), **changed)
        opened.append(Allegro(Running(build_app(settings)), settings))
        return opened[-1]

    yield run
    for one in opened:
        one.close()


@pytest.fixture
def allegro(start: Callable[..., Allegro]) -> Allegro:
    return start()


@pytest.fixture
def http() -> Iterator[AllegroHttp]:
    with AllegroHttp(user_agent=AGENT, timeouts=Timeouts(connect=5, read=5, total=10)) as client:
        yield client


@pytest.fixture
def manual_time() -> ManualTime:
    return ManualTime()


@pytest.fixture
def governor(manual_time: ManualTime) -> Governor:
    return Governor(clock=manual_time.seconds, sleep=manual_time.sleep, jitter=lambda: 0.5)


@pytest.fixture
def oauth(allegro: Allegro, http: AllegroHttp) -> OAuthClient:
    return oauth_of(allegro, http)


@pytest.fixture
def pair(allegro: Allegro, oauth: OAuthClient) -> TokenPair:
    return sign_in(allegro, oauth)


@pytest.fixture
def make_api(allegro: Allegro, http: AllegroHttp, governor: Governor) -> MakeApi:
    def make(tokens: Tokens) -> AllegroApi:
        return AllegroApi(http, allegro.environment, tokens.seller_id, tokens, governor, observer=allegro.seen.append)

    return make


@pytest.fixture
def api(make_api: MakeApi, pair: TokenPair) -> AllegroApi:
    return make_api(Tokens(pair.access))


@pytest.fixture
def script() -> Iterator[Scripted]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def seen() -> list[Exchange]:
    return []


@pytest.fixture
def scripted_api(script: Scripted, governor: Governor, seen: list[Exchange]) -> Iterator[AllegroApi]:
    """The client in front of a server that answers what the test tells it to."""
    environment = custom_environment(name="test", api=script.url, auth=script.url, upload=script.url)
    tokens = Tokens("token")
    # Its connections end before the server does, which waits for them.
    with AllegroHttp(user_agent=AGENT, timeouts=Timeouts(connect=5, read=5, total=10)) as http:
        yield AllegroApi(http, environment, tokens.seller_id, tokens, governor, observer=seen.append)


@pytest.fixture
def form_id(allegro: Allegro) -> str:
    return allegro.purchase(marketplace="allegro-cz")[0]


def oauth_of(allegro: Allegro, http: AllegroHttp) -> OAuthClient:
    return OAuthClient(
        http,
        allegro.environment,
        client_id=allegro.settings.client_id,
        client_secret=allegro.settings.client_secret,
        observer=allegro.seen.append,
    )


def consent(allegro: Allegro, **order: str) -> str:
    """The code that Allegro hands out when the seller agrees."""
    asked = {
        "seller": DEFAULT_SELLER,
        "client_id": allegro.settings.client_id,
        "redirect_uri": CALLBACK,
        "code_challenge": code_challenge(VERIFIER),
        "code_challenge_method": "S256",
        **order,
    }
    return str(allegro.control("POST", "consent", asked)["code"])


def sign_in(allegro: Allegro, oauth: OAuthClient, seller: str = DEFAULT_SELLER) -> TokenPair:
    return oauth.exchange_code(code=consent(allegro, seller=seller), verifier=VERIFIER, redirect_uri=CALLBACK)
