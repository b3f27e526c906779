"""Named crash points of the agent: a no-op in production, a place to die in tests.

The agent owns the points of this list in the platform's `connectify/domain/crashpoints.py` (P2 orders, P3 lists, P5
prints) and shares no code with it; the directory means the same: in CONNECTIFY_CRASH_DIR the file `armed` holds POINT
or POINT@GATE, and a file named after the point remembers that it fired.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

ORDER_POINTS: Final = (
    "P2.s03.agent_claimed",
    "P2.s04.agent_intent_fsynced",
    "P2.s05.looked_up",
    "P2.s06.bytes_sent",
    "P2.s07.pohoda_committed",
    "P2.s08.first_byte_back",
    "P2.s09.response_read",
    "P2.s10.agent_result_fsynced",
    "P2.s11.report_sent",
    "P2.s13.ack_received",
)
LIST_POINTS: Final = ("P3.s02.read_in_pohoda", "P3.s03.chunk_uploaded")
PRINT_POINTS: Final = ("P5.s02.print_sent", "P5.s03.pdf_made", "P5.s04.file_read", "P5.s05.chunk_uploaded")
POINTS: Final = ORDER_POINTS + LIST_POINTS + PRINT_POINTS

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
