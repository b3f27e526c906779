"""One town for all fault tests: starting one costs as much as several of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.directories import run_directory
from tests.flows.town import Town


@pytest.fixture(scope="package")
def town() -> Iterator[Town]:
    with run_directory() as run_dir:
        running = Town(run_dir)
        with running.world:
            running.start()
            yield running


@pytest.fixture(autouse=True)
def calm_afterwards(town: Town) -> Iterator[None]:
    yield
    town.calm()
