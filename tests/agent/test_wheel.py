"""The agent's own wheel: small, without the platform, installable into an empty environment."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from pohoda_bridge.agent import __version__

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.processes


def find_uv() -> str:
    """UV names it, it is on the PATH, or the set-up put it into the checkout."""
    named = os.environ.get("UV") or shutil.which("uv")
    local = ROOT / ".uv" / "bin" / "uv"
    assert named or local.exists(), "uv was not found: set UV"
    return named or str(local)


def run(*command: str, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("wheel")
    run(find_uv(), "build", "--wheel", "--out-dir", str(made), str(ROOT / "pohoda_bridge"), cwd=made)
    (file,) = made.glob("*.whl")
    return file


MODULES = ("__init__.py", "protocol.py", "documents.py", "records.py", "xml", "agent")


def test_it_holds_the_protocol_the_documents_the_records_the_xml_and_the_agent_alone(wheel):
    assert wheel.name == f"connectify_agent-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        parts = {tuple(name.split("/")[:2]) for name in archive.namelist() if not name.startswith("connectify_agent-")}
    assert parts == {("pohoda_bridge", name) for name in MODULES}
    assert wheel.stat().st_size < 200_000


def test_it_installs_into_an_empty_environment_and_runs_without_django(wheel, tmp_path):
    environment = tmp_path / "venv"
    run(find_uv(), "venv", str(environment), cwd=tmp_path)
    python = str(environment / "bin" / "python")
    run(find_uv(), "pip", "install", "--python", python, str(wheel), cwd=tmp_path)
    assert "enroll" in run(str(environment / "bin" / "connectify-agent"), "--help", cwd=tmp_path)
    assert "enroll" in run(python, "-m", "pohoda_bridge.agent", "--help", cwd=tmp_path)
    assert run(str(environment / "bin" / "connectify-agent"), "--version", cwd=tmp_path).strip() == __version__
    probe = "import importlib.util as u; print([n for n in ('django', 'connectify', 'celery') if u.find_spec(n)])"
    assert run(python, "-c", probe, cwd=tmp_path).strip() == "[]"
