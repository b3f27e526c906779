"""Where a server's files lie when its user cannot enter the run directory."""

import shutil

import pytest

from connectify.processes import place


@pytest.fixture
def run_dir(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "OPEN_TO_ALL", tmp_path / "open")
    monkeypatch.setattr(place, "reachable", lambda path, user: False)
    (tmp_path / "open").mkdir()
    return tmp_path / "checkout" / ".run"


def test_the_files_outside_stay_with_their_run_directory(run_dir):
    home = place.server_home(run_dir, "nobody")
    (home / "data").mkdir()
    assert place.server_home(run_dir, "nobody") == home
    assert (home / "data").is_dir()


def test_a_new_run_directory_does_not_inherit_what_a_removed_one_has_left(run_dir):
    home = place.server_home(run_dir, "nobody")
    (home / "data").mkdir()
    shutil.rmtree(run_dir)
    assert place.server_home(run_dir, "nobody") == home
    assert not (home / "data").exists()
