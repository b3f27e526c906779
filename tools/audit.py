"""Look the locked packages up among the known vulnerabilities with pip-audit.

Fails on a finding and on an error of its own. Where the service cannot be reached it says so and does not fail: a check
that was not run must be neither green nor red.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
from pathlib import Path
from typing import Any

from tools.setup import environment, find_uv

ROOT = Path(__file__).resolve().parents[1]


def why_unreachable() -> str | None:
    """None when the service answers for one of our packages. Asked the way pip-audit asks: for an exact version."""
    locked = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    django = next(package for package in locked if package["name"] == "django")
    index = django["source"]["registry"].removesuffix("/simple")
    address = f"{index}/pypi/django/{django['version']}/json"
    try:
        with urllib.request.urlopen(address, timeout=15) as answer:  # noqa: S310 (the address is ours)
            return None if "vulnerabilities" in json.load(answer) else "the service tells no vulnerabilities"
    except ValueError:
        return "the service did not answer with JSON"
    except OSError as error:
        return f"the service of vulnerabilities is not to be had: {error}"


def export_locked(path: Path) -> str | None:
    """Write the locked packages with their hashes; return what went wrong, if anything did."""
    uv = find_uv()
    if uv is None:
        return "uv was not found; run `make setup`"
    command = [uv, "export", "--quiet", "--locked", "--all-groups", "--format", "requirements-txt", "-o", str(path)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL)
    return None if done.returncode == 0 else "uv could not export the locked packages"


def report(findings: dict[str, list[dict[str, Any]]]) -> int:
    """Print one line per finding and the number of packages really looked up. Return the exit status."""
    audited = [package for package in findings["dependencies"] if "skip_reason" not in package]
    skipped = [package for package in findings["dependencies"] if "skip_reason" in package]
    vulnerable = [package for package in audited if package["vulns"]]
    for package in vulnerable:
        for finding in package["vulns"]:
            mended = ", ".join(finding["fix_versions"]) or "no version yet"
            print(f"{package['name']} {package['version']}: {finding['id']} (mended in {mended})")
    for package in skipped:
        print(f"{package['name']}: skipped, {package['skip_reason']}")
    if not audited:
        print("pip-audit: NOT RUN (no package was found at the service)")
        return 0
    print(f"pip-audit: {len(audited)} packages audited, {len(vulnerable)} vulnerable, {len(skipped)} skipped")
    return 1 if vulnerable else 0


def main() -> int:
    if reason := why_unreachable():
        print(f"pip-audit: NOT RUN ({reason})")
        return 0
    with tempfile.TemporaryDirectory() as directory:
        requirements = Path(directory) / "requirements.txt"
        if problem := export_locked(requirements):
            print(f"pip-audit: {problem}")
            return 1
        command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--format", "json"]
        done = subprocess.run([*command, "-r", str(requirements)], capture_output=True, text=True, cwd=ROOT)
    if not done.stdout.strip():
        print(f"pip-audit failed:\n{done.stderr}")
        return 1
    return report(json.loads(done.stdout))


if __name__ == "__main__":
    sys.exit(main())
