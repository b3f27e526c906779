"""The made-up company a new state file starts with: code lists, number series, rates and the goods of the catalogue."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectify.sandbox.catalogue import load_catalogue
from pohoda_bridge.sandbox.database import CENT, Connection, insert
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
PRICE_LEVELS = ["Prodejní", "MOC", "Allegro CZ", "Allegro SK"]
SERIES = [(11, "OP", "00001"), (11, "ALG", "0001"), (12, "OV", "00001"), (7, "VY", "00001"), (2, "FV", "00001")]
USER_FIELDS = [("OBJ", "VPrAlgId", 1, "Allegro ID"), ("OBJ", "VPrSmart", 4, "Allegro Smart!")]
STORES = [("ZBOZI", "Zboží"), ("ESHOP", "E-shop")]
VAT_KINDS = {0: 0, 12: 1, 21: 2}


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
    _add(connection, "SkCeny", [{"IDS": ids, "SText": ids, "SDph": True, "Cenik": True} for ids in PRICE_LEVELS])
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
    _seed_goods(connection, stamp)


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
    agenda = insert(connection, "sVP", {"RelVPTb": 11, "IDS": "Objednávky", "Nazev": "Objednávky", "TabMain": "OBJ"})
    for order, (table, name, kind, label) in enumerate(USER_FIELDS, 1):
        connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{name}"')
        insert(
            connection,
            "sVPpol",
            {"RefAg": agenda, "Nazev": name, "Popis": label, "RelTyp": kind, "OrderFld": order},
        )


def _seed_goods(connection: Connection, stamp: str) -> None:
    stores = {ids: insert(connection, "sSklad", {"IDS": ids, "SText": text}) for ids, text in STORES}
    for good in load_catalogue():
        net = (good.price_czk * 100 / (100 + good.vat)).quantize(CENT, ROUND_HALF_UP)
        card = insert(
            connection,
            "SKz",
            {
                "RelSkTyp": 1,
                "RefSklad": stores[good.store],
                "RelDPHn": VAT_KINDS[good.vat],
                "RelDPHp": VAT_KINDS[good.vat],
                "IDS": good.code,
                "EAN": good.ean,
                "Nazev": good.name,
                "MJ": "ks",
                "StavZ": good.stock,
                "Rezer": 0,
                "ObjedP": 0,
                "ObjedV": 0,
                "ProdejKc": net,
                "ProdejDPH": good.price_czk,
                "Odbyt": True,
                "IObchod": True,
                "DatCreate": stamp,
                "DatSave": stamp,
            },
        )
        for level in range(1, len(PRICE_LEVELS) + 1):
            insert(connection, "SKzCn", {"RefAg": card, "RefSkCeny": level, "ProdejC": good.price_czk})
