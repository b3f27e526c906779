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
