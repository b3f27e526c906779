"""Imports point down only (DESIGN §3)."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT, calls, core_files, imports, python_files, relative

ALLOWED = {
    "connectify/domain/": ("connectify.domain",),
    "allegro_integration/domain/": ("allegro_integration.domain", "connectify.domain", "pohoda_bridge.documents"),
    "pohoda_bridge/sandbox/": ("pohoda_bridge.sandbox", "connectify.sandbox"),
    "allegro_integration/sandbox/": ("allegro_integration.sandbox", "connectify.sandbox"),
    "pohoda_bridge/agent/": tuple(
        f"pohoda_bridge.{name}" for name in ("agent", "protocol", "documents", "records", "xml")
    ),
    "pohoda_bridge/xml/": (
        "pohoda_bridge.xml",
        "pohoda_bridge.documents",
        "pohoda_bridge.protocol",
        "pohoda_bridge.records",
    ),
}
"""Which modules of ours the files of a directory may import, and no others."""


def test_the_contracts_between_the_packages_are_kept():
    lint = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert " 0 broken" in answer.stdout


@pytest.mark.parametrize("directory", ALLOWED)
def test_a_directory_imports_of_ours_only_what_it_may(directory):
    files = [path for path in python_files() if relative(path).startswith(directory)]
    assert files, f"{directory} is empty: the rule guards nothing"
    wrong = [
        f"{relative(path)}:{line}: {name}"
        for path in files
        for line, name in imports(path)
        if name.startswith(PACKAGES) and not name.startswith(ALLOWED[directory])
    ]
    assert not wrong, "\n".join(wrong)


def test_the_platform_names_modules_as_text_in_settings_and_urls_only():
    named = {
        relative(path)
        for path in python_files()
        if relative(path).startswith("connectify/")
        and any(f"{quote}{name}" in path.read_text() for name in PACKAGES[1:] for quote in "\"'")
    }
    assert named <= {"connectify/settings.py", "connectify/urls.py"}


def test_the_core_reads_no_clock():
    forbidden = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today")
    wrong = [
        f"{relative(path)}:{line}: {name}"
        for path in core_files()
        for line, name in calls(path)
        if name.endswith(forbidden)
    ]
    assert not wrong, "\n".join(wrong)
