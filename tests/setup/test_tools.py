"""The programs behind `make setup`, `make lint` and `.ci/run`."""

import io
import subprocess
import sys
import urllib.error
from pathlib import Path

import pytest

from tools import audit, lint, setup

ROOT = Path(__file__).resolve().parents[2]


def package(name, *, vulns=(), **more):
    return {"name": name, "version": "1.0", "vulns": list(vulns), **more}


def finding(*fixed_in):
    return {"id": "PYSEC-1", "fix_versions": list(fixed_in)}


def test_the_audit_counts_what_was_really_looked_up(capsys):
    findings = {"dependencies": [package("a"), package("b"), {"name": "c", "skip_reason": "not on the index"}]}
    assert audit.report(findings) == 0
    assert "2 packages audited, 0 vulnerable, 1 skipped" in capsys.readouterr().out


def test_the_audit_fails_on_a_finding_and_names_the_version_that_mends_it(capsys):
    assert audit.report({"dependencies": [package("a", vulns=[finding("1.1")])]}) == 1
    assert "a 1.0: PYSEC-1 (mended in 1.1)" in capsys.readouterr().out


def test_an_audit_that_looked_nothing_up_is_not_a_pass(capsys):
    assert audit.report({"dependencies": [{"name": "c", "skip_reason": "not on the index"}]}) == 0
    assert "pip-audit: NOT RUN (no package was found at the service)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (urllib.error.URLError("no route"), "no route"),
        (io.BytesIO(b"<html>"), "did not answer with JSON"),
        (io.BytesIO(b"{}"), "tells no vulnerabilities"),
    ],
)
def test_the_audit_says_not_run_where_its_service_is_unreachable(monkeypatch, capsys, answer, reason):
    def urlopen(address, timeout):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(audit.urllib.request, "urlopen", urlopen)
    assert audit.main() == 0
    printed = capsys.readouterr().out
    assert printed.startswith("pip-audit: NOT RUN (the service ")
    assert reason in printed


def test_lint_runs_every_check_to_its_end_and_fails_when_one_failed(monkeypatch, capsys):
    checks = {"first": [sys.executable, "-c", "raise SystemExit(3)"], "second": [sys.executable, "-c", ""]}
    monkeypatch.setattr(lint, "CHECKS", checks)
    assert lint.main() == 1
    printed = capsys.readouterr().out
    assert "--- second" in printed
    assert printed.endswith("lint: FAILED: first\n")


def test_caches_come_into_the_checkout_where_home_cannot_be_written(monkeypatch, tmp_path):
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "missing"))
    assert setup.environment()["UV_CACHE_DIR"] == str(ROOT / ".uv" / "cache")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "UV_CACHE_DIR" not in setup.environment()


def test_a_changed_lock_file_asks_for_a_new_installation(monkeypatch, tmp_path):
    (tmp_path / "uv.lock").write_text("1")
    (tmp_path / "pyproject.toml").write_text("1")
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    before = setup.fingerprint()
    assert setup.fingerprint() == before
    (tmp_path / "uv.lock").write_text("2")
    assert setup.fingerprint() != before


def test_make_names_each_of_its_targets():
    answer = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    targets = [line.split()[1] for line in answer.stdout.splitlines() if line.startswith("  make")]
    assert targets == ["help", "setup", "demo", "demo-once", "test", "lint", "bench", "screenshots", "clean"]


def test_the_continuous_integration_script_is_valid_and_may_be_run():
    script = ROOT / ".ci" / "run"
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert script.stat().st_mode & 0o111 == 0o111
