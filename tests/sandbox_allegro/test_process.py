"""The sandbox as a program: it says when it is ready, survives kill -9 and goes on where it was."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from allegro_integration.sandbox.settings import Settings
from tests.sandbox_allegro.conftest import CALLBACK, Visitor
from tests.sandbox_allegro.test_commands import QUANTITY, fixed, put
from tests.sandbox_allegro.test_invoices import attach

ROOT = Path(__file__).parents[2]


@contextmanager
def program(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], Visitor]]:
    settings = Settings(folder / "ledger", folder / "state.sqlite3")
    command = [sys.executable, "-m", "allegro_integration.sandbox", "--ledger-dir", str(settings.ledger_dir)]
    command += ["--state", str(settings.state), *more]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready, _, url = process.stdout.readline().strip().partition(" ")
            assert ready == "READY"
            visitor = Visitor(url, settings)
            with visitor.http:
                yield process, visitor
        finally:
            process.kill()


@pytest.mark.processes
def test_forms_tokens_and_the_ledger_survive_kill_9(tmp_path: Path) -> None:
    with program(tmp_path) as (process, visitor):
        pair = visitor.sign_in()
        ids = visitor.purchase(count=3)
        events = visitor.get("/order/events")["events"]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with program(tmp_path) as (_, visitor):
        visitor.bearer = pair["access_token"]
        assert visitor.get("/order/events")["events"] == events
        assert {one["key"] for one in visitor.effects("purchase.created")} == set(ids)
        assert visitor.purchase()[0] not in ids
        assert visitor.token(grant_type="refresh_token", refresh_token=pair["refresh_token"]).status_code == 200
        assert [entry["path"] for entry in visitor.exchanges()].count("/auth/oauth/token") == 2


@pytest.mark.processes
def test_a_command_an_edit_and_a_scan_go_on_after_kill_9(tmp_path: Path) -> None:
    delays = ("--command-delay", "60", "--operation-delay", "60", "--scan-delay", "60", "--patch-202", "1")
    with program(tmp_path, *delays, "--goods", "50") as (process, visitor):
        pair = visitor.sign_in()
        first, second, *rest = visitor.offers()
        assert len(rest) == 48
        command, _ = put(visitor, QUANTITY, fixed(3, first))
        operation = visitor.call("PATCH", f"/sale/product-offers/{second}", {"stock": {"available": 2}})
        order = visitor.purchase()[0]
        attach(visitor, order)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with program(tmp_path, *delays) as (_, visitor):
        visitor.bearer = pair["access_token"]
        assert visitor.get(f"{QUANTITY}/{command}")["completedAt"] is None
        visitor.control("POST", "clock", {"advance": 61})
        assert visitor.get(f"{QUANTITY}/{command}")["taskCount"]["success"] == 1
        assert visitor.call("GET", httpx.URL(operation.headers["location"]).path).status_code == 303
        assert [visitor.offers()[one]["stock"] for one in (first, second)] == [3, 2]
        assert visitor.control("GET", f"orders/{order}/invoices")["invoices"][0]["scan"] == "ACCEPTED"


@pytest.mark.processes
def test_purchases_appear_by_themselves_and_sigterm_ends_it_cleanly(tmp_path: Path) -> None:
    with program(tmp_path, "--purchases-every", "0.01", "--refresh-grace", "0") as (process, visitor):
        visitor.sign_in()
        while len(visitor.get("/order/checkout-forms")["checkoutForms"]) < 5:
            pass
        code = visitor.code()
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        pair = visitor.token(**fields).json()
        refresh = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
        assert [visitor.token(**refresh).status_code for _ in range(2)] == [200, 400]
        visitor.http.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait() in (0, -signal.SIGTERM)
