"""Fifty workers meet one expired token: Allegro is asked once, and all go on with the same new pair (I10, T10)."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from allegro_integration.client.oauth import TokenPair
from allegro_integration.client.vault import fingerprint
from allegro_integration.connections import oauth_client, shared_http
from allegro_integration.models import Account, Token
from allegro_integration.sandbox.app import build_app
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from allegro_integration.sandbox.settings import Settings
from allegro_integration.services import accounts
from connectify.environment import BASE_DIR
from connectify.sandbox.serve import Running
from connectify.sealing.keys import make_key
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Tenant
from tests.allegro_client.conftest import CALLBACK, VERIFIER
from tests.factories import TenantFactory

pytestmark = [pytest.mark.processes, pytest.mark.timeout(100)]
PROCESSES, WORKERS = 3, 50


class Race:
    """Two linked accounts of two companies, and the Allegro that both belong to."""

    def __init__(self, url: str, ledger: Path) -> None:
        self.url = url
        self.ledger = ledger

    def control(self, method: str, path: str, body: Any = None) -> Any:
        with httpx.Client(base_url=self.url, trust_env=False, timeout=30) as client:
            return client.request(method, f"/_sandbox/{path}", json=body).raise_for_status().json()

    def sign_in(self, seller: str) -> TokenPair:
        asked = {
            "seller": seller, "client_id": "connectify-sandbox", "redirect_uri": CALLBACK,
            "code_challenge": accounts.code_challenge(VERIFIER), "code_challenge_method": "S256",
        }  # fmt: skip
        code = self.control("POST", "consent", asked)["code"]
        return oauth_client("custom").exchange_code(code=code, verifier=VERIFIER, redirect_uri=CALLBACK)

    def effects(self, kind: str, seller: str) -> int:
        lines = (self.ledger / "applied.jsonl").read_text().splitlines()
        return sum(1 for one in map(json.loads, lines) if (one["kind"], one["key"]) == (kind, seller))

    def asked(self) -> int:
        """Requests at the token address for a rotation."""
        lines = (self.ledger / "allegro.jsonl").read_text().splitlines()
        posted = [one for one in map(json.loads, lines) if one["path"] == "/auth/oauth/token"]
        return sum(1 for one in posted if "grant_type=refresh_token" in one["request_body"])


@pytest.fixture
def start_race(
    committed_db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[int], Race]]:
    running: list[Running] = []

    def start(grace: int) -> Race:
        ledger = tmp_path / "ledger"
        server = Running(build_app(Settings(ledger, tmp_path / "allegro.sqlite3", refresh_grace=grace)))
        running.append(server)
        values = {
            "ALLEGRO_CUSTOM_API_URL": server.url,
            "ALLEGRO_CUSTOM_AUTH_URL": server.url,
            "ALLEGRO_CLIENT_ID": "connectify-sandbox",
            "ALLEGRO_CLIENT_SECRET": "connectify-sandbox-secret",
        }
        for name, value in values.items():
            setattr(settings, name, value)
            monkeypatch.setenv(name, value)
        settings.SEALING_KEY_DIR = tmp_path / "sealing"
        monkeypatch.setenv("CONNECTIFY_SEALING_KEY_DIR", str(tmp_path / "sealing"))
        make_key()
        return Race(server.url, ledger)

    yield start
    shared_http().close()
    shared_http.cache_clear()
    for server in running:
        server.close()


def link(race: Race, seller: str) -> tuple[Tenant, Account, TokenPair]:
    pair, tenant = race.sign_in(seller), TenantFactory()
    me = accounts.identify(environment="custom", pair=pair)
    with tenant_scope(tenant.pk):
        account = accounts.link_account(environment="custom", me=me, pair=pair, received_at=dt.datetime.now(dt.UTC))
        Token.objects.filter(account=account).update(expires_at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1))
    return tenant, account, pair


def run_racers(tenant: Tenant, account: Account, rejected: str) -> list[str]:
    """Fingerprints of the tokens that the workers got."""
    shares = [WORKERS // PROCESSES + (number < WORKERS % PROCESSES) for number in range(PROCESSES)]
    rest = [str(tenant.pk), str(account.pk), rejected]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-m", "tests.flows.racers"]
    racers = [
        subprocess.Popen(
            [*command, str(share), *rest],
            env=environment, cwd=BASE_DIR, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for share in shares
    ]  # fmt: skip
    got: list[str] = []
    try:
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        for racer in racers:
            output, errors = racer.communicate(timeout=60)
            assert racer.returncode == 0, errors
            got += output.split()
    finally:
        for racer in racers:
            racer.kill()
            racer.communicate()
    return got


@pytest.mark.parametrize("grace", [60, 0], ids=["a used token answers for a minute", "a used token is dead at once"])
def test_fifty_workers_at_one_expired_token_refresh_it_once(start_race: Callable[[int], Race], grace: int) -> None:
    race = start_race(grace)
    race.control("PUT", "sellers/44300099", {"login": "soused"})
    tenant, account, old = link(race, DEFAULT_SELLER)
    other_tenant, other_account, _ = link(race, "44300099")
    race.control("POST", "tokens/expire", {"seller": DEFAULT_SELLER})

    got = run_racers(tenant, account, old.access)

    assert len(got) == WORKERS
    assert len(set(got)) == 1
    assert got[0] != fingerprint(old.access)
    assert race.asked() == 1
    assert race.effects("token.rotated", DEFAULT_SELLER) == 1
    assert race.effects("token.refused", DEFAULT_SELLER) == 0
    with tenant_scope(tenant.pk):
        token = Token.objects.get(account=account)
        assert (token.version, token.intent_at) == (2, None)
        assert Account.objects.get(pk=account.pk).needs_reauth_since is None
    with tenant_scope(other_tenant.pk):
        assert Token.objects.get(account=other_account).version == 1
