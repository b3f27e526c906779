"""A directory of keys of this test alone."""

import pytest

from connectify.sealing.keys import make_key


@pytest.fixture
def key_dir(tmp_path, settings):
    settings.SEALING_KEY_DIR = tmp_path / "sealing"
    settings.JOB_VERIFY_KEY_FILE = tmp_path / "jobs.pub"
    settings.JOB_SIGNING_KEY_FILE = str(tmp_path / "jobs.key")
    return settings.SEALING_KEY_DIR


@pytest.fixture
def key(key_dir):
    return make_key()
