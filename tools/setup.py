"""Install what the project needs: uv (into the checkout, if the machine has none), then the locked packages.

    python3 -m tools.setup

Needs Python >= 3.11 and nothing else; run by `make`. Does nothing when the locked packages are installed already.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
OWN_UV = ROOT / ".uv"
OLDEST_UV = (0, 8)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def environment() -> dict[str, str]:
    """Caches stay in HOME, or come into the checkout where HOME cannot be written."""
    result = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(VENV), "UV_PYTHON_DOWNLOADS": "never"}
    # A virtual environment that happens to be active must not be taken for ours.
    result.pop("VIRTUAL_ENV", None)
    home = Path(os.environ.get("HOME") or "/nonexistent")
    if not os.access(home, os.W_OK | os.X_OK):
        result.setdefault("UV_CACHE_DIR", str(OWN_UV / "cache"))
        result.setdefault("PIP_CACHE_DIR", str(OWN_UV / "pip-cache"))
    return result


def find_uv() -> str | None:
    """The path of a uv that is new enough: the machine's or the checkout's."""
    for candidate in (shutil.which("uv"), str(OWN_UV / "bin" / "uv")):
        if candidate and Path(candidate).exists():
            answer = subprocess.run([candidate, "--version"], capture_output=True, text=True)
            words = answer.stdout.split()
            if answer.returncode == 0 and tuple(map(int, words[1].split(".")[:2])) >= OLDEST_UV:
                return candidate
    return None


def install_uv() -> str:
    say("Installing uv into .uv/ ...")
    shutil.rmtree(OWN_UV / "bin", ignore_errors=True)
    options = ["--quiet", "--disable-pip-version-check", "uv>=0.8"]
    # The machine's pip writes into a directory in a third of the time that a virtual environment takes.
    pip = [sys.executable, "-m", "pip", "install", "--target", str(OWN_UV), *options]
    done = subprocess.run(pip, env=environment(), capture_output=True)
    if done.returncode != 0 or find_uv() is None:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(OWN_UV)], capture_output=True)
        subprocess.run([str(OWN_UV / "bin" / "python"), "-m", "pip", "install", *options], env=environment())
    uv = find_uv()
    if uv is None:
        sys.exit(
            "uv could not be installed. Install it yourself (https://docs.astral.sh/uv/) or, on Debian and Ubuntu, "
            "install the package python3-venv; then run the same command again."
        )
    return uv


def fingerprint() -> str:
    """What the installed packages depend on; the same on the next run when there is nothing to do."""
    digest = hashlib.sha256(sys.version.encode() + str(ROOT).encode())
    for name in ("uv.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def main() -> None:
    stamp = VENV / ".installed"
    wanted = fingerprint()
    if stamp.exists() and stamp.read_text() == wanted and (VENV / "bin" / "python").exists():
        return
    uv = find_uv() or install_uv()
    say("Installing the locked packages into .venv/ ...")
    done = subprocess.run([uv, "sync", "--locked", "--quiet", "--python", sys.executable], cwd=ROOT, env=environment())
    if done.returncode != 0:
        sys.exit("The locked packages could not be installed; the lines above say why.")
    stamp.write_text(wanted)


if __name__ == "__main__":
    main()
