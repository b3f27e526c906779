"""The stock of a new unit: stores, price levels and a card for each good of the catalogue, with what hangs on it."""

from decimal import ROUND_HALF_UP, Decimal

from connectify.sandbox.catalogue import Good, load_catalogue
from pohoda_bridge.sandbox.database import CENT, Connection, Row, first, insert
from pohoda_bridge.sandbox.settings import Settings

STORES = [("ZBOZI", "Zboží"), ("ESHOP", "E-shop")]
VAT_KINDS = {0: 0, 12: 1, 21: 2}
PRICE_LEVELS = [  # name, currency; all include VAT
    ("Prodejní", None),
    ("MOC", None),
    ("Allegro CZ", None),
    ("Allegro SK", "EUR"),
]
RETAIL = Decimal("1.1")  # of the selling price: what the maker recommends
BOUGHT_FOR = Decimal("0.6")  # of the selling price without VAT
PIECE_KG = 0.5


def seed_goods(connection: Connection, settings: Settings, stamp: str) -> None:
    """`settings.goods` cards; currencies and user fields must be there already."""
    levels = _seed_levels(connection, stamp)
    stores = {ids: insert(connection, "sSklad", {"IDS": ids, "SText": text}) for ids, text in STORES}
    parameter = insert(connection, "SkParam", {"IDS": "Původ", "SText": "Země původu", "RelTyp": 1})
    goods = load_catalogue(settings.goods)
    prefixes = list(dict.fromkeys(good.code.split("-")[0] for good in goods))
    categories = {prefix: insert(connection, "SkKat", {"IDS": prefix, "SText": prefix}) for prefix in prefixes}
    for good in goods:
        card = insert(connection, "SKz", _card(good, stores[good.store], stamp))
        for level, price in zip(levels, _level_prices(good), strict=True):
            insert(connection, "SKzCn", {"RefAg": card, "RefSkCeny": level, "ProdejC": price})
        category = categories[good.code.split("-")[0]]
        insert(connection, "SkRefKat", {"RefAg": card, "RefKat": category})
        insert(connection, "SkRefParam", {"AgID": 20, "RefAg": card, "RefParam": parameter, "ValText": "CZ"})
        picture = {"RefAg": card, "Soubor": f"{good.code}.jpg", "Popis": good.name, "Vychozi": True, "OrderFld": 1}
        insert(connection, "SkRefObraz", picture)


def _seed_levels(connection: Connection, stamp: str) -> list[int]:
    levels = []
    for name, code in PRICE_LEVELS:
        row: Row = {"IDS": name, "SText": name, "SDph": True, "Cenik": True, "DatCreate": stamp, "DatSave": stamp}
        if code is not None:
            currency = first(connection, "SELECT ID, Mnozstvi FROM sCMeny WHERE Kod = ?", code)
            rate = first(connection, "SELECT NBs FROM sCKurspol WHERE Kod = ?", code)
            assert currency is not None
            assert rate is not None
            row |= {"RefCM": currency["ID"], "CmMnoz": currency["Mnozstvi"], "CmKurs": rate["NBs"]}
        levels.append(insert(connection, "SkCeny", row))
    return levels


def _level_prices(good: Good) -> tuple[Decimal, ...]:
    retail = (good.price_czk * RETAIL).quantize(Decimal(1), ROUND_HALF_UP)
    return (good.price_czk, retail, good.price_czk, good.price_eur)


def _card(good: Good, store: int, stamp: str) -> Row:
    net = without_vat(good.price_czk, good.vat)
    bought = (net * BOUGHT_FOR).quantize(CENT, ROUND_HALF_UP)
    return {
        "RelSkTyp": 1,
        "RefSklad": store,
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
        "NakupC": bought,
        "VNakup": bought,
        "ProdejKc": net,
        "ProdejDPH": good.price_czk,
        "Hmotnost": PIECE_KG,
        "Odbyt": True,
        "IObchod": True,
        "VPrAlgProd": True,
        "DatCreate": stamp,
        "DatSave": stamp,
    }


def without_vat(price: Decimal, percent: int) -> Decimal:
    """The price before VAT, to the cent."""
    return (price * 100 / (100 + percent)).quantize(CENT, ROUND_HALF_UP)
