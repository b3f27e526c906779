from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox_pohoda.visitor import Visitor


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Visitor]:
    with Visitor(tmp_path) as opened:
        yield opened


@pytest.fixture
def strict_visitor(tmp_path: Path, reference_dir: Path) -> Iterator[Visitor]:
    """Checks what comes in against the official schemas."""
    with Visitor(tmp_path, xsd_dir=reference_dir / "pohoda" / "xsd") as opened:
        yield opened
