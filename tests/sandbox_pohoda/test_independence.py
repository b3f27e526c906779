import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = ("django", "pohoda_bridge.xml", "pohoda_bridge.documents", "pohoda_bridge.server", "pohoda_bridge.agent")


def test_the_sandbox_shares_nothing_with_the_bridge_it_judges() -> None:
    code = "import sys, pohoda_bridge.sandbox.__main__; print('\\n'.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    names = loaded.stdout.split()
    assert "pohoda_bridge.sandbox.imports" in names
    assert [name for name in names if name.startswith(FORBIDDEN)] == []
