import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def run_dir():
    """Short, and open to `nobody`, who runs PostgreSQL when the tests run as root. pytest's own are neither."""
    with tempfile.TemporaryDirectory(prefix="cfy-", dir="/tmp") as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)
