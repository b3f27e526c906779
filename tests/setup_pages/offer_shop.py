"""A company with stock cards in the mirror and offers at Allegro, whose pieces and prices are set through the pages."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from typing import Any

from django.http import HttpResponse

from allegro_integration.models import Market, Offer
from connectify.clock import now
from connectify.instances.models import Instance
from pohoda_bridge.server.mirror.models import MirrorRead, StockCard
from tests.factories import ConnectionFactory
from tests.setup_pages.flow_shop import FlowShop


class OfferShop(FlowShop):
    """Cards have their code, store and count; offers sell the card of their external number at 249 Kč."""

    def stock_card(self, code: str, count: int = 5, store: str = "HLAVNI", **more: Any) -> StockCard:
        facts: dict[str, Any] = {
            "name": f"Zboží {code}", "kind": "card", "measure": "ks", "is_internet": True, "price": Decimal(249),
            "price_with_vat": True, "vat_percent": Decimal(21), "levels": {"Internet": "200.0000"},
            "storage": f"Sklad {store}",
        }  # fmt: skip
        with self.inside():
            return StockCard.objects.create(
                unit=self.market.unit, code=code, store=store, count=Decimal(count), began_at=now(), fingerprint=b"x",
                record_id=StockCard.objects.count() + 1, **{**facts, **more},
            )  # fmt: skip

    def offer(self, offer_id: str, code: str = "", stock: int = 5, price: str = "249.00", **more: Any) -> Offer:
        with self.inside():
            return Offer.objects.create(
                account=self.market.account, offer_id=offer_id, name=f"Nabídka {offer_id}", stock=stock,
                external_id=code or f"KOD{offer_id}", status="ACTIVE",
                card=StockCard.objects.filter(code=code or f"KOD{offer_id}").first(),
                prices={self.market.marketplace: {"amount": price, "currency": "CZK"}}, **more,
            )  # fmt: skip

    def stock_read(self) -> None:
        """A whole export of the stock was stored."""
        moment = now()
        with self.inside():
            MirrorRead.objects.update_or_create(
                unit=self.market.unit,
                agenda="stock",
                defaults={"complete_at": moment, "complete_began_at": moment, "records": StockCard.objects.count()},
            )

    def secondary(self, marketplace: str = "allegro-sk", **settings: Any) -> Market:
        """An instance of the same account and unit beside the primary one."""
        with self.inside():
            instance = Instance.objects.create(
                name="Slovakia",
                source=self.market.instance.source,
                target=ConnectionFactory(),
                settings=settings,
            )
            return Market.objects.create(
                instance=instance, account=self.market.account, unit=self.market.unit, marketplace=marketplace,
                role=Market.Role.SECONDARY,
            )  # fmt: skip


def fields_of(page: HttpResponse) -> dict[str, str]:
    """What a browser would post of the page's form, without its buttons."""
    form = re.search(r'<form id="settings".*?</form>', page.content.decode(), flags=re.DOTALL)
    assert form is not None, page.content.decode()[:500]
    found: dict[str, str] = {}
    for tag, attributes, inner in re.findall(r"<(input|select|textarea)([^>]*)>(.*?</\1>)?", form[0], flags=re.DOTALL):
        name = re.search(r'\bname="([^"]*)"', attributes)
        if name is None:
            continue
        if tag == "select":
            options = re.findall(r'<option value="([^"]*)"( selected)?', inner)
            chosen = [value for value, is_chosen in options if is_chosen] or [value for value, _ in options[:1]]
            found[name[1]] = unescape(next(iter(chosen), ""))
        elif re.search(r'type="(checkbox|radio)"', attributes) is None or " checked" in attributes:
            value = re.search(r'\bvalue="([^"]*)"', attributes)
            found[name[1]] = unescape(value[1]) if value else ("on" if " checked" in attributes else "")
    found.pop("csrfmiddlewaretoken", None)
    return found


def text_of(page: HttpResponse, part: str = "") -> str:
    """What a person reads on the page, or in the element of this id up to the end of its section."""
    source = page.content.decode()
    if part:
        source = source[source.index(f'id="{part}"') :]
        source = source[source.index(">") + 1 : source.index("</section>")]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", source)).split())


# --- prices -----------------------------------------------------------------------------------------------------------


def price_shop() -> OfferShop:
    """Three cards with an offer each; the level "Internet" is without VAT."""
    shop = OfferShop("instance_prices")
    for number, count in ((101, 5), (102, 12), (103, 7)):
        shop.stock_card(f"KOD{number}", count)
        shop.offer(str(number), stock=count)
    shop.stock_read()
    return shop


def steps(*rows: dict[str, str]) -> dict[str, str]:
    """What the form posts for these steps."""
    posted = {"steps-count": str(len(rows))}
    for at, row in enumerate(rows):
        posted |= {f"steps-{at}-{name}": value for name, value in row.items()}
    return posted


def price_form(shop: OfferShop, **changed: str) -> dict[str, str]:
    """The page's form with other steps."""
    kept = {name: value for name, value in fields_of(shop.get()).items() if not name.startswith("steps-")}
    return {**kept, **BUILT, **changed}


LEVEL = {"step": "from_level", "level": "Internet", "with_vat": False, "currency": ""}
PLUS_20 = {"step": "multiply", "factor": "1.2"}
LIMITS = {"price_low": 50, "price_high": 200, "moved_by": 20, "moved_share": 10, "least_active": 10}
FROM_INTERNET = {"kind": "from_level", "level": "Internet", "with_vat": "no", "currency": ""}
VAT = {"kind": "add_vat", "percent": ""}
BUILT = steps(FROM_INTERNET, VAT, {"kind": "multiply", "percent": "+20"}, {"kind": "ending", "ending": "9"})


# --- pieces -----------------------------------------------------------------------------------------------------------


def pieces_shop() -> OfferShop:
    """Two stores; KOD101 is in both, three of its pieces are reserved and two more are on received orders."""
    shop = OfferShop("instance_offers")
    shop.stock_card("KOD101", 12, reservation=3, received_orders=5)
    shop.stock_card("KOD101", 4, store="PRODEJNA")
    shop.stock_card("KOD102", 7, is_internet=False)
    shop.offer("101", stock=13)
    shop.offer("102", stock=7)
    shop.stock_read()
    return shop


def pieces_form(shop: OfferShop, *stores: str, **changed: str) -> dict[str, str]:
    """The page's form as it stands, with these stores and other values."""
    kept = {name: value for name, value in fields_of(shop.get()).items() if not name.startswith("stores-")}
    chosen = {f"stores-{at}-store": store for at, store in enumerate(stores)}
    return {**kept, **chosen, **changed}


RULE = {
    "rules-count": "1", "rules-0-name": "Toys", "rules-0-outcome": "include", "rules-0-count": "1",
    "rules-0-0-fact": "code", "rules-0-0-test": "contains", "rules-0-0-value": "101",
}  # fmt: skip
