"""Document numbers from the unit's number series (sCRady)."""

from pohoda_bridge.sandbox.codelists import References, Refused
from pohoda_bridge.sandbox.database import Connection, Row, first
from pohoda_bridge.sandbox.envelope import NS, Element, text_of

NUMBER_PATH = "ord:orderHeader/ord:number"


def document_number(references: References, header: Element, agenda: int, year: int) -> tuple[str, int | None]:
    """Number and series ID: the number asked for, else the next of the named series, else of the first one."""
    connection, number = references.connection, header.find("ord:number", NS)
    wanted = text_of(number, "typ:numberRequested")
    if wanted:
        if not _taken(connection, wanted):
            return wanted, None
        element = number.find("typ:numberRequested", NS) if number is not None else None
        if element is None or element.get("checkDuplicity", "true") == "true":
            raise Refused("Doklad s tímto číslem už je v agendě.", f"{references.base}/{NUMBER_PATH}", wanted)
    prefix = text_of(number, "typ:ids") or ""
    series = _series(connection, agenda, year, text_of(number, "typ:id"), prefix)
    default = series or first(
        connection, "SELECT * FROM sCRady WHERE RelCrAg = ? AND Rok = ? ORDER BY ID LIMIT 1", agenda, year
    )
    if default is None:
        raise Refused("Pro agendu není číselná řada.", f"{references.base}/{NUMBER_PATH}", prefix or None)
    chosen = _next(connection, default)
    if wanted or (prefix and series is None):
        references.changed(NUMBER_PATH, wanted or prefix, chosen, "Číslo dokladu")
    return chosen, int(default["ID"])


def next_number(connection: Connection, agenda: int, year: int, table: str) -> tuple[str, int]:
    """The next free number of an agenda's first series, and the series' ID. Raises KeyError where there is none."""
    sql = "SELECT * FROM sCRady WHERE RelCrAg = ? AND Rok = ? ORDER BY ID LIMIT 1"
    series = first(connection, sql, agenda, year)
    if series is None:
        raise KeyError(f"number series of agenda {agenda} and year {year}")
    return _next(connection, series, table), int(series["ID"])


def _series(connection: Connection, agenda: int, year: int, identifier: str | None, prefix: str) -> Row | None:
    if identifier:
        return first(connection, "SELECT * FROM sCRady WHERE ID = ? AND RelCrAg = ?", int(identifier), agenda)
    return first(
        connection,
        "SELECT * FROM sCRady WHERE RelCrAg = ? AND Rok = ? AND IDS IN (?, ?) ORDER BY ID LIMIT 1",
        agenda,
        year,
        prefix,
        f"{year % 100:02d}{prefix}",
    )


def _next(connection: Connection, series: Row, table: str = "OBJ") -> str:
    counter = series["Cislo"]
    while True:
        number = f"{series['IDS']}{counter}"
        counter = f"{int(counter) + 1:0{len(counter)}d}"
        if not _taken(connection, number, table):
            break
    connection.execute("UPDATE sCRady SET Cislo = ? WHERE ID = ?", (counter, series["ID"]))
    return number


def _taken(connection: Connection, number: str, table: str = "OBJ") -> bool:
    return first(connection, f"SELECT ID FROM {table} WHERE Cislo = ?", number) is not None  # noqa: S608 - constants
