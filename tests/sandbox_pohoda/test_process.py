"""The sandbox as its own process: killed and restarted on the same files."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import pytest

from tests.sandbox_pohoda.packs import FORM, by_ext_id, list_orders, order, pack, print_invoice
from tests.sandbox_pohoda.test_faults import wait_for
from tests.sandbox_pohoda.visitor import login

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.processes


@contextmanager
def running(directory: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """A sandbox process and a client of it; the process is killed at the end."""
    command = [sys.executable, "-m", "pohoda_bridge.sandbox", "--port", "0", "--ledger-dir", str(directory)]
    command += ["--state", str(directory / "unit.sqlite3"), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = re.fullmatch(r"READY (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
        assert ready is not None
        try:
            with httpx.Client(base_url=ready.group(1), timeout=20) as client:
                yield process, client
        finally:
            process.kill()


def post(client: httpx.Client, document: str, **headers: str) -> httpx.Response:
    return client.post("/xml", content=document.encode(), headers=login() | headers)


def arm(client: httpx.Client, name: str, **params: object) -> None:
    response = client.post("/_sandbox/faults", json={"name": name, "times": 1, "params": params})
    assert response.status_code == 201


def ext_ids(client: httpx.Client) -> list[str]:
    return [found["extId"] for found in client.get("/_sandbox/orders").json()["orders"]]


def test_exit_after_commit_ends_with_137_and_the_order_is_there_after_the_restart(tmp_path: Path) -> None:
    with running(tmp_path) as (process, client):
        arm(client, "exit_after_commit")
        with pytest.raises(httpx.RemoteProtocolError):
            post(client, pack(order()))
        assert process.wait(20) == 137
    with running(tmp_path) as (_, client):
        assert ext_ids(client) == [FORM]
        entries = client.get("/_sandbox/ledger").json()["entries"]
        assert [entry["kind"] for entry in entries] == ["order.created"]
        repeated = post(client, pack(order()), **{"STW-Check-Duplicity": "true"})
        assert b"recordDuplicity" in repeated.content


def test_a_kill_before_the_commit_leaves_nothing_and_the_same_ids_may_come_again(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with running(tmp_path) as (process, client):
        arm(client, "hold_before_commit", path=str(gate), seconds=60)
        failures: list[Exception] = []

        def send() -> None:
            try:
                post(client, pack(order()))
            except httpx.TransportError as error:
                failures.append(error)

        sender = Thread(target=send)
        sender.start()
        wait_for(gate)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
        sender.join(20)
        assert len(failures) == 1
    with running(tmp_path) as (_, client):
        assert ext_ids(client) == []
        assert client.get("/_sandbox/ledger").json()["entries"] == []
        answer = post(client, pack(order()), **{"STW-Check-Duplicity": "true"})
        assert b"26OP00001" in answer.content


def test_the_command_line_chooses_unit_user_and_uniqueness(tmp_path: Path) -> None:
    options = ("--ico", "99887766", "--year", "2025", "--user", "most", "--password", "tajne", "--extid-unique")
    with running(tmp_path, *options) as (_, client):
        config = client.get("/_sandbox/config").json()
        assert (
            config.items()
            >= {
                "ico": "99887766",
                "database": "StwPh_99887766_2025",
                "user": "most",
                "extid_unique": True,
            }.items()
        )
        assert client.post("/xml", content=b"", headers=login()).status_code == 401
        document = pack(list_orders(by_ext_id()), ico="99887766").encode()
        answer = client.post("/xml", content=document, headers=login("most", "tajne"))
        assert b'ico="99887766"' in answer.content


def test_a_terminated_sandbox_stops_at_once(tmp_path: Path) -> None:
    with running(tmp_path) as (process, client):
        assert client.get("/status").status_code == 200
        client.close()
        process.terminate()
        assert process.wait(20) in (0, -signal.SIGTERM)


def test_a_process_killed_after_a_print_has_noted_it(tmp_path: Path) -> None:
    with running(tmp_path) as (process, client):
        post(client, pack(order()))
        client.post(f"/_sandbox/orders/{FORM}/invoice", json={})
        armed = {"name": "exit_after_commit", "target": "print.invoice", "times": 1}
        assert client.post("/_sandbox/faults", json=armed).status_code == 201
        with pytest.raises(httpx.RemoteProtocolError):
            post(client, pack(print_invoice()))
        assert process.wait(20) == 137
    with running(tmp_path) as (_, client):
        entries = client.get("/_sandbox/ledger").json()["entries"]
        assert [entry["kind"] for entry in entries][-1] == "invoice.printed"


def test_options_say_how_many_goods_whether_movements_show_and_how_often_it_lives(tmp_path: Path) -> None:
    arguments = ("--goods", "60", "--still-cards", "--life-every", "3600", "--seed", "5")
    with running(tmp_path, *arguments) as (_, client):
        assert len(client.get("/_sandbox/stocks").json()["stocks"]) == 60
        assert client.get("/_sandbox/config").json()["movements_touch_cards"] is False
        assert client.get("/_sandbox/ledger").json()["entries"] == []
