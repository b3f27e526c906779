from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox_pohoda.visitor import Visitor


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with Visitor(tmp_path_factory.mktemp("pohoda")) as opened:
        yield opened


@pytest.fixture(scope="session")
def strictly_served(tmp_path_factory: pytest.TempPathFactory, reference_dir: Path) -> Iterator[Visitor]:
    with Visitor(tmp_path_factory.mktemp("pohoda"), xsd_dir=reference_dir / "pohoda" / "xsd") as opened:
        yield opened


@pytest.fixture
def visitor(served: Visitor) -> Visitor:
    """A sandbox with a freshly seeded unit, believing what comes in."""
    served.reset()
    return served


@pytest.fixture
def strict_visitor(strictly_served: Visitor) -> Visitor:
    """The same, checking what comes in against the official schemas."""
    strictly_served.reset()
    return strictly_served
