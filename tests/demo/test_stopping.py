"""Ctrl-C in the demo: one line says at once that it stops and what stays."""

from __future__ import annotations

import os
import signal

import pytest
from django.core.management import CommandError, call_command

from allegro_integration.management.commands import demo
from connectify.processes.supervisor import Supervisor


class Interrupted(Supervisor):
    """Without children; a person presses Ctrl-C as soon as it looks after them."""

    def check(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


class Small:
    """A world of no processes."""

    def __init__(self, run_dir, options) -> None:
        self.run_dir, self.options, self.is_ended = run_dir, options, False
        self.web_url = self.allegro_url = self.pohoda_url = "http://127.0.0.1"
        self.ledger_dir, self.facts = run_dir, {"owner": "jana", "staff": "podpora", "password": "heslo"}
        self.supervisor = Interrupted(run_dir)

    def __enter__(self):
        return self

    def __exit__(self, *error) -> None:
        self.supervisor.__exit__(*error)

    def start(self) -> None:
        pass


class Early(Small):
    def start(self) -> None:
        raise KeyboardInterrupt


def lines(capsys) -> list[str]:
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith("Stopping")]


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    monkeypatch.setattr(demo, "RUN_DIR", tmp_path)
    return tmp_path


def test_the_running_demo_says_that_it_stops_and_what_stays(monkeypatch, capsys, place):
    monkeypatch.setattr(demo, "World", Small)
    call_command("demo")
    (said,) = lines(capsys)
    assert said == f"Stopping. {place} stays: the next start goes on with it, `make clean` removes it."


def test_one_that_is_not_ready_yet_says_so_too_and_ends_with_the_status_of_an_interrupt(monkeypatch, capsys, place):
    monkeypatch.setattr(demo, "World", Early)
    with pytest.raises(CommandError) as ended:
        call_command("demo")
    assert ended.value.returncode == 130
    assert len(lines(capsys)) == 1
