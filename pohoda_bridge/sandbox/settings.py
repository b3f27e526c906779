"""What a Pohoda sandbox is started with."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


def _xsd_dir_from_environment() -> Path | None:
    value = os.environ.get("POHODA_XSD_DIR")
    return Path(value) if value else None


def local_now() -> datetime:
    """Pohoda keeps the local time of its machine, without a zone."""
    return datetime.now().replace(microsecond=0)  # noqa: DTZ005


@dataclass(frozen=True)
class Settings:
    """Start values; `ico`, `year` and `company` are those of a new state file, afterwards the file knows them."""

    state: Path
    ledger_dir: Path
    ico: str = "12345678"
    year: int = 2026
    company: str = "Podhůří nářadí a domov s.r.o."
    user: str = "mserver"
    password: str = "heslo"  # noqa: S105 - of a made-up unit
    rounding: str = "none"
    extid_unique: bool = False
    seed: int = 0
    goods: int | None = None  # of a new unit: how many goods of the catalogue; None: those written out one by one
    movements_touch_cards: bool = True
    life_every: float = 0.0  # seconds between two ticks of the unit's own life; 0: none but those asked for
    xsd_dir: Path | None = field(default_factory=_xsd_dir_from_environment)
    now: Callable[[], datetime] = local_now
