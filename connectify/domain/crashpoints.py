"""Named crash points: a no-op in production, a place to die in tests.

Tests name a directory in CONNECTIFY_CRASH_DIR. Its file `armed` holds one line, so that a running process can be told:

    P1.s04.events_stored            die when the point is reached
    P6.s04.rotated@/path/to/gate    wait until the file exists, then die

A file named after the point remembers that it happened, so that the restarted process lives.

The agent has its own copy of this mechanism: it shares no code with the platform (DESIGN §3).
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

ORDER_INTAKE: Final = (
    "P1.s01.lease",
    "P1.s02.token_ok",
    "P1.s03.page_fetched",
    "P1.s04.events_stored",
    "P1.s05.form_fetched",
    "P1.s06.snapshot_and_change",
    "P1.s07.lease_released",
)
ORDER_CREATE: Final = (
    "P2.s01.planned",
    "P2.s02.intent",
    "P2.s03.agent_claimed",
    "P2.s04.agent_intent_fsynced",
    "P2.s05.looked_up",
    "P2.s06.bytes_sent",
    "P2.s07.pohoda_committed",
    "P2.s08.first_byte_back",
    "P2.s09.response_read",
    "P2.s10.agent_result_fsynced",
    "P2.s11.report_sent",
    "P2.s12.confirmed",
    "P2.s13.ack_received",
)
TOKEN: Final = (
    "P6.s01.locked",
    "P6.s02.intent",
    "P6.s03.sent",
    "P6.s04.rotated",
    "P6.s05.answered",
    "P6.s06.committed",
    "P6.s07.unlocked",
)
POINTS: Final = ORDER_INTAKE + ORDER_CREATE + TOKEN

_GATE_LIMIT_S: Final = 20.0


def crashpoint(name: str) -> None:
    """Dies here (exit 137, no clean-up) when this point is armed and has not fired yet."""
    directory = os.environ.get("CONNECTIFY_CRASH_DIR", "")
    if directory:
        _die_if_armed(name, Path(directory))


def _die_if_armed(name: str, directory: Path) -> None:
    try:
        armed = (directory / "armed").read_text().strip()
    except FileNotFoundError:
        return
    point, _, gate = armed.partition("@")
    if point != name or (directory / name).exists():
        return
    if gate:
        _wait_for(Path(gate))
    try:
        os.close(os.open(directory / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return
    os._exit(137)


def _wait_for(gate: Path) -> None:
    limit = time.monotonic() + _GATE_LIMIT_S
    while not gate.exists() and time.monotonic() < limit:
        time.sleep(0.01)
