"""Invented purchases: what the buyers of a Czech tool and household shop order, the same for the same seed."""

import random
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from allegro_integration.sandbox.context import Json, random_uuid
from allegro_integration.sandbox.delivery import DeliveryMethod, delivery_methods
from allegro_integration.sandbox.offers import SandboxOffer
from allegro_integration.sandbox.people import Person, address_of, countries, make_person
from allegro_integration.sandbox.sale import MARKETPLACES
from allegro_integration.sandbox.shops import visible_price
from allegro_integration.sandbox.state import timestamp

MESSAGES = (
    "Prosím doručit po 16. hodině, děkuji.",
    "Zvonek nefunguje, volejte prosím.",
    "Je to dárek, prosím bez ceny na obalu 🎁",
    "Ďakujem za rýchle odoslanie & pekný deň <3",
)
Offers = list[SandboxOffer]


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a purchase must look like; None leaves it to chance.

    `payment` ONLINE, CASH_ON_DELIVERY or WIRE_TRANSFER; `country` of delivery; `lines` how many; `offers` ids or
    external ids, one line each; `smart` delivery without cost; `invoice` whether the buyer asks for one.
    """

    payment: str | None = None
    company: bool | None = None
    pickup: bool | None = None
    invoice: bool | None = None
    smart: bool | None = None
    country: str | None = None
    lines: int | None = None
    quantity: int | None = None
    offers: tuple[str, ...] = ()
    message: str | None = None


ANYTHING = Wish()


class NothingToBuy(ValueError):
    """What buyers want is not for sale, or not in so many pieces."""


def make_form(draw: random.Random, marketplace: str, offers: Offers, now: datetime, wish: Wish = ANYTHING) -> Json:
    """A whole checkout form as it is when READY_FOR_PROCESSING; totals are equal to the sum of lines and delivery."""
    currency, _, home = MARKETPLACES[marketplace]
    payment = wish.payment or draw.choices(("ONLINE", "CASH_ON_DELIVERY", "WIRE_TRANSFER"), (65, 25, 10))[0]
    method = _choose_method(draw, marketplace, wish.country or home, payment == "CASH_ON_DELIVERY", wish)
    company = draw.random() < 0.25 if wish.company is None else wish.company
    buyer = make_person(draw, method.destination_country, company)
    bought_at = now - timedelta(seconds=draw.randrange(30, 300))
    lines: list[Json] = []
    for offer in _choose_offers(draw, offers, marketplace, wish):
        taken = sum(line["quantity"] for line in lines if line["offer"]["id"] == offer.id)
        if taken < offer.stock:
            lines.append(_line(draw, offer, offer.stock - taken, marketplace, bought_at, wish))
    smart = (draw.random() < 0.3 if wish.smart is None else wish.smart) and payment == "ONLINE"
    cost = Decimal(0) if smart else method.cost
    total = sum((Decimal(line["price"]["amount"]) * line["quantity"] for line in lines), cost)
    form: Json = {
        "id": random_uuid(draw),
        "buyer": _buyer(draw, buyer),
        "payment": _payment(draw, payment, total, currency, now),
        "status": "READY_FOR_PROCESSING",
        "fulfillment": {"status": "NEW", "shipmentSummary": {"lineItemsSent": "NONE"}, "provider": {"id": "SELLER"}},
        "delivery": _delivery(draw, buyer, method, _price(cost, currency), smart, now),
        "invoice": _invoice(draw, buyer, wish),
        "lineItems": lines,
        "surcharges": [],
        "marketplace": {"id": marketplace},
        "summary": {"totalToPay": _price(total, currency)},
        "updatedAt": timestamp(now),
        "revision": "",
    }
    message = wish.message if wish.message is not None else draw.choice(MESSAGES) if draw.random() < 0.2 else ""
    return {**form, "messageToSeller": message} if message else form


def _choose_method(draw: random.Random, marketplace: str, country: str, cod: bool, wish: Wish) -> DeliveryMethod:
    served = "allegro-cz" if marketplace == "allegro-business-cz" else marketplace
    methods = [m for m in delivery_methods() if served in m.marketplaces and m.cash_on_delivery == cod]
    abroad = wish.country is None and not cod and not wish.pickup and draw.random() < 0.08
    fitting = [m for m in methods if abroad != (m.destination_country == country)]
    fitting = [m for m in fitting if wish.pickup is None or m.pickup == wish.pickup] or fitting or methods
    return draw.choice(fitting)


def _choose_offers(draw: random.Random, offers: Offers, marketplace: str, wish: Wish) -> Offers:
    least = wish.quantity or 1
    sold = [one for one in offers if one.status == "ACTIVE" and one.stock >= least and marketplace in one.prices]
    if wish.offers:
        by_name = {name: offer for offer in sold for name in (offer.id, offer.external) if name}
        if missing := [name for name in wish.offers if name not in by_name]:
            raise NothingToBuy(f"not for sale on {marketplace}: {', '.join(missing)}")
        return [by_name[name] for name in wish.offers]
    if not sold:
        raise NothingToBuy(f"nothing is for sale on {marketplace}")
    count = wish.lines or draw.choices((1, 2, 3, 4), (60, 22, 12, 6))[0]
    chosen = draw.sample(sold, min(count, len(sold)))
    if len(chosen) > 1 and draw.random() < 0.08:
        chosen[-1] = chosen[0]  # Allegro may show the same offer in two lines
    return chosen


def _line(
    draw: random.Random, offer: SandboxOffer, left: int, marketplace: str, bought_at: datetime, wish: Wish
) -> Json:
    currency = MARKETPLACES[marketplace][0]
    price = original = visible_price(offer, marketplace) or offer.prices[marketplace]
    discounted = draw.random() < 0.07
    if discounted:
        step = Decimal(5) if currency == "HUF" else Decimal(1)
        price = max(step, original - (original / 10 // step) * step)
    line: Json = {
        "id": random_uuid(draw),
        "offer": {"id": offer.id, "name": offer.name},
        "quantity": min(left, wish.quantity or draw.choices((1, 2, 3, 5), (80, 13, 5, 2))[0]),
        "originalPrice": _price(original, currency),
        "price": _price(price, currency),
        "selectedAdditionalServices": [],
        "vouchers": [],
        "boughtAt": timestamp(bought_at),
        "discounts": [{"type": "COUPON"}] if discounted else [],
    }
    if offer.external:
        line["offer"]["external"] = {"id": offer.external}
    if offer.vat and draw.random() < 0.8:  # Allegro tells the rate only where the offer has one for the country
        line["tax"] = {"rate": offer.vat, "subject": "GOODS", "exemption": None}
    return line


def _buyer(draw: random.Random, buyer: Person) -> Json:
    number = draw.randrange(10**7, 10**8)
    known: Json = {
        "id": str(number),
        "email": f"{draw.getrandbits(40):010x}+{draw.getrandbits(36):09x}@allegromail.pl",
        "login": f"client:{number}",
        "firstName": buyer.first_name,
        "lastName": buyer.last_name,
        "guest": draw.random() < 0.15,
        "phoneNumber": buyer.phone,
        "preferences": {"language": buyer.language},
        "address": {
            "street": buyer.street,
            "city": buyer.city,
            "postCode": buyer.zip_code,
            "countryCode": buyer.country,
        },
    }
    return {**known, "companyName": buyer.company} if buyer.company else known


def _payment(draw: random.Random, kind: str, total: Decimal, currency: str, now: datetime) -> Json:
    payment: Json = {"id": random_uuid(draw), "type": kind, "finishedAt": timestamp(now)}
    if kind == "CASH_ON_DELIVERY":
        return {**payment, "provider": "OFFLINE"}
    provider = "OFFLINE" if kind == "WIRE_TRANSFER" else draw.choice(("PAYU", "P24", "AF"))
    return {**payment, "provider": provider, "paidAmount": _price(total, currency), "features": []}


def _delivery(
    draw: random.Random, buyer: Person, method: DeliveryMethod, cost: Json, smart: bool, now: datetime
) -> Json:
    delivery: Json = {
        "address": address_of(buyer),
        "method": {"id": method.id, "name": method.name},
        "cost": cost,
        "time": {
            "from": timestamp(now + timedelta(days=1)),
            "to": timestamp(now + timedelta(days=3)),
            "dispatch": {"from": timestamp(now), "to": timestamp(now + timedelta(days=1))},
        },
        "smart": smart,
        "calculatedNumberOfPackages": 1,
    }
    if method.pickup:
        place = countries()[method.destination_country]
        city, zip_code = draw.choice(place.towns)
        delivery["pickupPoint"] = {
            "id": f"{method.destination_country}-{draw.randrange(1000, 99999)}",
            "name": f"{draw.choice(place.points)}, {city}",
            "description": "Po-Ne 6:00-22:00",
            "address": {
                "street": draw.choice(place.streets),
                "zipCode": zip_code,
                "city": city,
                "countryCode": method.destination_country,
            },
        }
    return delivery


def _invoice(draw: random.Random, buyer: Person, wish: Wish) -> Json:
    asked = (buyer.company is not None or draw.random() < 0.35) if wish.invoice is None else wish.invoice
    if not asked:
        return {"required": False}
    address: Json = {
        "street": buyer.street,
        "city": buyer.city,
        "zipCode": buyer.zip_code,
        "countryCode": buyer.country,
    }
    if buyer.company:
        address["company"] = {
            "name": buyer.company,
            "ids": [{"type": kind, "value": value} for kind, value in buyer.company_ids],
            "vatPayerStatus": "ACTIVE" if buyer.vat_payer else "NON_ACTIVE",
        }
    else:
        address["naturalPerson"] = {"firstName": buyer.first_name, "lastName": buyer.last_name}
    return {"required": True, "address": address, "features": []}


def _price(amount: Decimal, currency: str) -> Json:
    return {"amount": f"{amount:.2f}", "currency": currency}
