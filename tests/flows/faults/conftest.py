"""One town for all fault tests: starting one costs as much as several of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows.town import Town


@pytest.fixture(scope="package")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    running = Town(tmp_path_factory.mktemp("town"))
    with running.world:
        running.start()
        yield running


@pytest.fixture(autouse=True)
def calm_afterwards(town: Town) -> Iterator[None]:
    yield
    town.calm()
