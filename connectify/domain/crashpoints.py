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
OFFER_PUSH: Final = (
    "P3.s01.delta_requested",
    "P3.s02.read_in_pohoda",
    "P3.s03.chunk_uploaded",
    "P3.s04.snapshot_committed",
    "P3.s05.diff_and_guard",
    "P3.s06.planned",
    "P3.s07.intent",
    "P3.s08.sent",
    "P3.s09.applied",
    "P3.s10.answered",
    "P3.s11.command_polled",
    "P3.s12.read_back",
    "P3.s13.confirmed",
)
STATUS_PUSH: Final = (
    "P4.s01.delta_committed",
    "P4.s02.planned",
    "P4.s03.intent",
    "P4.s04.sent",
    "P4.s05.applied",
    "P4.s06.answered",
    "P4.s07.confirmed",
)
INVOICE: Final = (
    "P5.s01.found",
    "P5.s02.print_sent",
    "P5.s03.pdf_made",
    "P5.s04.file_read",
    "P5.s05.chunk_uploaded",
    "P5.s06.stored_and_checked",
    "P5.s07.existing_listed",
    "P5.s08.metadata_sent",
    "P5.s09.id_stored",
    "P5.s10.file_sent",
    "P5.s11.applied",
    "P5.s12.answered",
    "P5.s13.scan_accepted",
)
POINTS: Final = ORDER_INTAKE + ORDER_CREATE + TOKEN + OFFER_PUSH + STATUS_PUSH + INVOICE

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
