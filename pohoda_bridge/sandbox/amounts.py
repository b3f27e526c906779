"""Pohoda's arithmetic: amounts of an item, totals of a document, rounding. Money is Decimal."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from pohoda_bridge.sandbox.database import CENT

LOW, HIGH, THIRD = Decimal(12), Decimal(21), Decimal(0)
HUNDRED = Decimal(100)
RATES = {  # rateVAT -> (RelSzDPH, percent, bucket of the document's columns)
    "none": (0, Decimal(0), 0),
    "low": (1, LOW, 1),
    "high": (2, HIGH, 2),
    "third": (3, THIRD, 3),
    "historyLow": (4, LOW, 1),
    "historyHigh": (4, HIGH, 2),
    "historyThird": (4, THIRD, 3),
}
ROUNDING = {  # roundingDocument -> (ZaokrFV, step, direction)
    "none": (0, CENT, ROUND_HALF_UP),
    "math2one": (1, Decimal(1), ROUND_HALF_UP),
    "math2half": (2, Decimal("0.5"), ROUND_HALF_UP),
    "math2tenth": (3, Decimal("0.1"), ROUND_HALF_UP),
    "math5cent": (4, Decimal("0.05"), ROUND_HALF_UP),
    "up2one": (5, Decimal(1), ROUND_CEILING),
    "up2half": (6, Decimal("0.5"), ROUND_CEILING),
    "up2tenth": (7, Decimal("0.1"), ROUND_CEILING),
    "down2one": (8, Decimal(1), ROUND_FLOOR),
    "down2half": (9, Decimal("0.5"), ROUND_FLOOR),
    "down2tenth": (10, Decimal("0.1"), ROUND_FLOOR),
}


@dataclass(frozen=True)
class ItemAmount:
    """Net and VAT of a line in one currency, with the bucket (0 none, 1 low, 2 high, 3 third) they are summed in."""

    net: Decimal
    vat: Decimal
    bucket: int

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def item_amount(
    *, unit_price: Decimal, quantity: Decimal, discount: Decimal, including_vat: bool, percent: Decimal, bucket: int
) -> ItemAmount:
    """A line: the price as entered times the quantity, less the discount; VAT from the top or on top."""
    entered = cents(unit_price * quantity * (HUNDRED - discount) / HUNDRED)
    if including_vat:
        vat = cents(entered * percent / (HUNDRED + percent))
        return ItemAmount(entered - vat, vat, bucket)
    return ItemAmount(entered, cents(entered * percent / HUNDRED), bucket)


def in_home_currency(amount: ItemAmount, rate: Decimal, per: int) -> ItemAmount:
    return ItemAmount(to_home(amount.net, rate, per), to_home(amount.vat, rate, per), amount.bucket)


def to_home(value: Decimal, rate: Decimal, per: int) -> Decimal:
    """Foreign money times the rate, which is for `per` units of the currency."""
    return cents(value * rate / per)


def buckets(amounts: list[ItemAmount]) -> dict[int, tuple[Decimal, Decimal]]:
    """Net and VAT by bucket 0 to 3."""
    sums = {bucket: (Decimal(0), Decimal(0)) for bucket in range(4)}
    for amount in amounts:
        net, vat = sums[amount.bucket]
        sums[amount.bucket] = (net + amount.net, vat + amount.vat)
    return sums


def rounded(total: Decimal, how: str) -> Decimal:
    """The document's total after rounding; `how` is a roundingDocument value."""
    _, step, direction = ROUNDING[how]
    return (total / step).quantize(Decimal(1), direction) * step


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
