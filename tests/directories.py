"""Run directories for servers and processes that a test starts for itself."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def run_directory() -> Iterator[Path]:
    """Short, as socket paths must be, and open to `nobody`, who runs PostgreSQL when the tests run as root.

    pytest's own directories are neither: there the server would move to one outside, and stay.
    """
    with tempfile.TemporaryDirectory(prefix="cfy-", dir="/tmp") as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)
