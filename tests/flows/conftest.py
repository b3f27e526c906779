"""One running system for the tests of a module: real processes, short leases, sandboxes on both ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from allegro_integration.demo.world import Options, World
from tests.directories import run_directory

SHORT = {
    "CONNECTIFY_LEASE_S": "3",
    "CONNECTIFY_SWEEP_S": "1",
    "CONNECTIFY_NUDGE_S": "3",
    "CONNECTIFY_DISPATCH_S": "0.5",
    "CONNECTIFY_POLL_RECHECK_S": "1",
    "CONNECTIFY_BRIDGE_RETRY_S": "2",
    "ALLEGRO_CALL_S": "3",
    "ALLEGRO_SWEEP_S": "5",
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    options = Options(
        interval_s=1, fast=True, isolated=True, healthy_after_s=0, environment=SHORT, directions=("orders",)
    )
    with run_directory() as run_dir, World(run_dir, options) as running:
        running.start()
        yield running
