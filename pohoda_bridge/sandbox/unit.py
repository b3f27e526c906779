"""The accounting unit: its identity, its switches, what a person may change while it runs."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from pohoda_bridge.sandbox.database import Connection, Row, first, select
from pohoda_bridge.sandbox.settings import Settings

PROGRAM_VERSION = "14006.4 SQL (1.10.2026)"
CONFIG_KEYS = frozenset(
    {
        "ico",
        "year",
        "key",
        "company",
        "database",
        "user",
        "password",
        "enabled",
        "mserver_right",
        "import_right",
        "rounding",
        "extid_unique",
        "status_nested",
        "program_version",
        "visible_store",
        "forbidden",
        "movements_touch_cards",
        "negative_stock",
    }
)
KONFIG_COLUMNS = {"ico": "ICO", "key": "Klic", "company": "Firma", "year": "Rok"}


@dataclass(frozen=True)
class Unit:
    """The unit as it stands now. `enabled` false: mServer is off; the rights are those of the mServer's user.

    `visible_store`: the only store this user sees (None: all of them). `forbidden`: kinds of requests the user has no
    right for, as faults name them ("list.stock", "print.invoice"). `movements_touch_cards`: whether a movement of goods
    counts as a change of the card (Pohoda's way is not known for sure). `negative_stock`: whether more may be
    issued than there is.
    """

    company: str
    ico: str
    key: str
    year: int
    database: str
    date_from: str
    date_to: str
    turn_of_year: bool
    user: str
    password: str
    enabled: bool
    mserver_right: bool
    import_right: bool
    rounding: str
    extid_unique: bool
    status_nested: bool
    program_version: str
    visible_store: str | None
    forbidden: tuple[str, ...]
    movements_touch_cards: bool
    negative_stock: bool


def read_unit(connection: Connection, settings: Settings) -> Unit:
    """Settings, overlaid with what was set over the control routes, and the unit's own row."""
    config = {row["key"]: json.loads(row["value"]) for row in select(connection, "SELECT * FROM _config")}
    row: Row = first(connection, "SELECT * FROM sKonfig ORDER BY ID LIMIT 1") or {}
    return Unit(
        company=row["Firma"],
        ico=row["ICO"],
        key=row["Klic"],
        year=row["Rok"],
        database=config.get("database", f"StwPh_{row['ICO']}_{row['Rok']}"),
        date_from=row["DatRokOd"][:10],
        date_to=row["DatRokDo"][:10],
        turn_of_year=bool(row["Prelom"]),
        user=config.get("user", settings.user),
        password=config.get("password", settings.password),
        enabled=config.get("enabled", True),
        mserver_right=config.get("mserver_right", True),
        import_right=config.get("import_right", True),
        rounding=config.get("rounding", settings.rounding),
        extid_unique=config.get("extid_unique", settings.extid_unique),
        status_nested=config.get("status_nested", True),
        program_version=config.get("program_version", PROGRAM_VERSION),
        visible_store=config.get("visible_store"),
        forbidden=tuple(config.get("forbidden", ())),
        movements_touch_cards=config.get("movements_touch_cards", settings.movements_touch_cards),
        negative_stock=config.get("negative_stock", False),
    )


def visible_store(connection: Connection) -> str | None:
    """The only store the user of mServer sees; None: all."""
    row = first(connection, "SELECT value FROM _config WHERE key = 'visible_store'")
    store: str | None = json.loads(row["value"]) if row else None
    return store


def configure(connection: Connection, changes: dict[str, Any]) -> None:
    """Change the unit or its mServer; a new year moves the accounting period with it."""
    unknown = set(changes) - CONFIG_KEYS
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}; known: {', '.join(sorted(CONFIG_KEYS))}")
    for key, value in changes.items():
        if column := KONFIG_COLUMNS.get(key):
            connection.execute(f'UPDATE sKonfig SET "{column}" = ?', (value,))  # noqa: S608 - fixed names
            if key == "year":
                period = (f"{value}-01-01T00:00:00", f"{value}-12-31T00:00:00")
                connection.execute("UPDATE sKonfig SET DatRokOd = ?, DatRokDo = ?", period)
            continue
        connection.execute("INSERT OR REPLACE INTO _config VALUES (?, ?)", (key, json.dumps(value)))


def unit_key(ico: str, year: int) -> str:
    """The unit's unique key, the same for the same unit and year."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"pohoda-sandbox/{ico}/{year}"))
