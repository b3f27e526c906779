"""The made-up company a new state file starts with: code lists, number series, rates and the goods of the catalogue."""

from decimal import Decimal
from typing import Any

from pohoda_bridge.sandbox.database import Connection, insert
from pohoda_bridge.sandbox.seed_goods import seed_goods
from pohoda_bridge.sandbox.settings import Settings
from pohoda_bridge.sandbox.unit import unit_key

PAYMENT_FORMS = [  # RelTyp: 1 cash, 2 card, 3 transfer, 4 advance, 9 on delivery
    (1, "Hotově", "Hotovost"),
    (2, "Plat.kartou", "Platba kartou"),
    (3, "Příkazem", "Převodní příkaz"),
    (9, "Dobírkou", "Dobírka"),
    (3, "Allegro", "Platba přes Allegro"),
    (4, "Zálohou", "Zálohová platba"),
]
CARRIERS = [
    "Osobní odběr",
    "Zásilkovna",
    "One Box",
    "One Kurýr",
    "PPL",
    "DPD",
    "GLS",
    "Balíkovna",
    "Česká pošta",
    "InPost",
    "Slovenská pošta",
]
COUNTRIES = [
    ("CZ", "Česká republika"),
    ("SK", "Slovensko"),
    ("PL", "Polsko"),
    ("HU", "Maďarsko"),
    ("DE", "Německo"),
    ("AT", "Rakousko"),
]
CURRENCIES = [  # code, country, units the rate is for, used in the unit, CZK
    ("EUR", "EMU", 1, True, Decimal("24.315")),
    ("PLN", "Polsko", 1, True, Decimal("5.712")),
    ("HUF", "Maďarsko", 100, True, Decimal("6.402")),
    ("USD", "USA", 1, False, Decimal("20.905")),
]
SERIES = [
    (11, "OP", "00001"),
    (11, "ALG", "0001"),
    (12, "OV", "00001"),
    (7, "VY", "00001"),
    (2, "FV", "00001"),
    (43, "ZF", "00001"),
    (10, "PD", "00001"),
    (6, "PJ", "00001"),
]
USER_FIELDS = [  # table, column, sVPpol.RelTyp: 1 text, 2 money, 4 yes or no; label
    ("OBJ", "VPrAlgId", 1, "Allegro ID"),
    ("OBJ", "VPrSmart", 4, "Allegro Smart!"),
    ("OBJ", "VPrBalik", 1, "Číslo balíku"),
    ("SKz", "VPrAlgProd", 4, "Prodávat na Allegru"),
    ("SKz", "VPrAlgCena", 2, "Vlastní cena pro Allegro"),
    ("SKz", "VPrAlgZnac", 1, "Značka pro Allegro"),
]


def seed_unit(connection: Connection, settings: Settings) -> None:
    """Fill an empty unit database."""
    year, stamp = settings.year, f"{settings.year}-01-02T08:00:00"
    _add(
        connection,
        "Verze",
        [{"Datum": stamp, "Nazev": "POHODA", "TypeDB": "SQL", "Verze": "14.06", "LC": "CZ", "Release": "14.006"}],
    )
    _add(connection, "sKonfig", [_unit_row(settings)])
    _add(connection, "sFormUh", [{"RelTyp": kind, "IDS": ids, "SText": text} for kind, ids, text in PAYMENT_FORMS])
    _add(connection, "Dopravci", [{"IDS": ids, "DatCreate": stamp, "DatSave": stamp} for ids in CARRIERS])
    _add(connection, "sZeme", [{"IDS": ids, "Kod": ids, "KodVATEU": ids, "SText": text} for ids, text in COUNTRIES])
    _add(connection, "sSTR", [{"IDS": "ESHOP", "SText": "E-shop"}])
    _add(connection, "sCIN", [{"IDS": "ALLEGRO", "SText": "Prodej na Allegru"}])
    _add(connection, "sRecordLabels", [{"IDS": "Allegro"}])
    _add(connection, "sRegDPHvEU", [{"DIC": "PL0000000000"}, {"DIC": "SK0000000000"}])
    _add(
        connection,
        "sCRady",
        [
            {"Rok": year, "IDS": f"{year % 100:02d}{prefix}", "Cislo": number, "SText": prefix, "RelCrAg": agenda}
            for agenda, prefix, number in SERIES
        ],
    )
    _seed_currencies(connection, stamp)
    _seed_user_fields(connection)
    seed_goods(connection, settings, stamp)


def _add(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        insert(connection, table, row)


def _unit_row(settings: Settings) -> dict[str, Any]:
    return {
        "Rok": settings.year,
        "RelRokTp": 1,
        "DatRokOd": f"{settings.year}-01-01T00:00:00",
        "DatRokDo": f"{settings.year}-12-31T00:00:00",
        "Prelom": False,
        "Firma": settings.company,
        "Ulice": "Lipová",
        "CP": "12",
        "Obec": "Frýdlant nad Ostravicí",
        "PSC": "73911",
        "RefZeme": 1,
        "Klic": unit_key(settings.ico, settings.year),
        "ICO": settings.ico,
        "DIC": f"CZ{settings.ico}",
    }


def _seed_currencies(connection: Connection, stamp: str) -> None:
    rates = insert(connection, "sCKurs", {"Datum": stamp, "Polozky": True})
    for code, country, amount, used, rate in CURRENCIES:
        insert(
            connection,
            "sCMeny",
            {"Pouzit": used, "Kod": code, "IDS": code, "Zeme": country, "Mnozstvi": amount},
        )
        insert(
            connection,
            "sCKurspol",
            {"RefAg": rates, "Kod": code, "Zeme": country, "Mnozstvi": amount, "NBs": float(rate)},
        )


def _seed_user_fields(connection: Connection) -> None:
    agendas = {
        table: insert(connection, "sVP", {"RelVPTb": agenda, "IDS": name, "Nazev": name, "TabMain": table})
        for table, agenda, name in (("OBJ", 11, "Objednávky"), ("SKz", 20, "Zásoby"))
    }
    for order, (table, name, kind, label) in enumerate(USER_FIELDS, 1):
        connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{name}"')
        insert(
            connection,
            "sVPpol",
            {"RefAg": agendas[table], "Nazev": name, "Popis": label, "RelTyp": kind, "OrderFld": order},
        )
