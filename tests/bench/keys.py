"""The key that signs jobs, for benches that queue some."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from pohoda_bridge.server.keys import make_pair


def make_signing_keys() -> None:
    directory = Path(os.environ["CONNECTIFY_RUN_DIR"])
    settings.JOB_SIGNING_KEY_FILE = str(directory / "bench-jobs.key")
    settings.JOB_VERIFY_KEY_FILE = directory / "bench-jobs.pub"
    if not Path(settings.JOB_SIGNING_KEY_FILE).exists():
        make_pair(Path(settings.JOB_SIGNING_KEY_FILE), settings.JOB_VERIFY_KEY_FILE)
