"""The items of an order as rows of OBJpol, with their amounts."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pohoda_bridge.sandbox.amounts import RATES, ItemAmount, cents, in_home_currency, item_amount
from pohoda_bridge.sandbox.codelists import References, Refused
from pohoda_bridge.sandbox.database import Row
from pohoda_bridge.sandbox.envelope import Element, flag_of, text_of
from pohoda_bridge.sandbox.stock_items import find_card


@dataclass(frozen=True)
class Currency:
    """The document's currency; home currency: no id, rate 1."""

    code: str = "CZK"
    id: int | None = None
    rate: Decimal = Decimal(1)
    per: int = 1

    @property
    def element(self) -> str:
        return "ord:homeCurrency" if self.id is None else "ord:foreignCurrency"


@dataclass
class Line:
    """An item ready to be saved: its row, its amount in the document's currency and in CZK, its stock card."""

    row: Row
    amount: ItemAmount
    home: ItemAmount
    card_id: int | None
    quantity: Decimal


def order_line(
    references: References, item: Element, path: str, currency: Currency, level_discount: str, oss: bool
) -> Line:
    """One ord:orderItem. Raises Refused for an unknown card, a price in another currency, a number that is none."""
    xpath = f"{references.base}/{path}"
    card = find_card(references.connection, item, f"{xpath}/ord:stockItem")
    if oss and text_of(item, "ord:typeServiceMOSS/typ:ids") is None:
        raise Refused("Položka v režimu OSS nemá druh služby.", f"{xpath}/ord:typeServiceMOSS")
    rate = text_of(item, "ord:rateVAT") or "none"
    kind, percent, bucket = RATES[rate]
    if rate.startswith("history"):
        percent = _decimal(text_of(item, "ord:percentVAT"), f"{xpath}/ord:percentVAT", percent)
    quantity = _decimal(text_of(item, "ord:quantity"), f"{xpath}/ord:quantity", Decimal(1))
    discount = _decimal(
        text_of(item, "ord:discountPercentage"), f"{xpath}/ord:discountPercentage", Decimal(level_discount)
    )
    including = flag_of(item, "ord:payVAT")
    price = _unit_price(item, xpath, currency, card, including)
    amount = item_amount(
        unit_price=price, quantity=quantity, discount=discount, including_vat=including, percent=percent, bucket=bucket
    )
    home = in_home_currency(amount, currency.rate, currency.per)
    row: Row = _described(item, card) | {
        "Mnozstvi": float(quantity),
        "Sleva": float(discount),
        "RelSzDPH": kind,
        "ProcentoDPH": float(percent) if kind == 4 else None,
        "SDph": including,
        "KcJedn": (price * currency.rate / currency.per).quantize(Decimal("0.0001")),
        "Kc": home.net,
        "KcDPH": home.vat,
    }
    if currency.id is not None:
        row |= {"CmJedn": price, "Cm": amount.net, "CmDPH": amount.vat}
    return Line(row, amount, home, card["ID"] if card else None, quantity)


def _described(item: Element, card: Row | None) -> Row:
    return {
        "SText": text_of(item, "ord:text") or (card["Nazev"] if card else None),
        "Pozn": text_of(item, "ord:note"),
        "Kod": text_of(item, "ord:code") or (card["IDS"] if card else None),
        "RefSKz": card["ID"] if card else None,
        "Dodano": 0.0,
        "MJ": text_of(item, "ord:unit") or (card["MJ"] if card else None),
        "MJKoef": float(text_of(item, "ord:coefficient") or 1),
        "MOSSDruh": text_of(item, "ord:typeServiceMOSS/typ:ids"),
        "PDP": flag_of(item, "ord:PDP"),
    }


def _unit_price(item: Element, xpath: str, currency: Currency, card: Row | None, including: bool) -> Decimal:
    price = text_of(item, f"{currency.element}/typ:unitPrice")
    other = "ord:foreignCurrency" if currency.id is None else "ord:homeCurrency"
    if price is None and text_of(item, f"{other}/typ:unitPrice") is not None:
        raise Refused("Cena položky není v měně dokladu.", f"{xpath}/{other}")
    if price is not None:
        return _decimal(price, f"{xpath}/{currency.element}/typ:unitPrice", Decimal(0))
    if card is None:
        return Decimal(0)
    own = card["ProdejDPH"] if including else card["ProdejKc"]
    return cents((own or Decimal(0)) * currency.per / currency.rate)


def _decimal(text: str | None, xpath: str, default: Decimal) -> Decimal:
    if text is None:
        return default
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise Refused("Hodnota není číslo.", xpath, text) from error
    if not value.is_finite():
        raise Refused("Hodnota není číslo.", xpath, text)
    return value
