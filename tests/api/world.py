"""A company with something at every address of the API, a neighbour with the same, and programs that call."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.test import Client

from allegro_integration.models import DeliveryMapping, InvoiceDocument, Market, Offer, PaymentMapping
from connectify.api.models import ApiKey
from connectify.api.scopes import SCOPES
from connectify.api.services import create_key
from connectify.instances.models import Instance
from connectify.instances.services import arm
from connectify.sync import changes
from connectify.sync.models import Run
from connectify.sync.payloads import store_payload
from connectify.tenants.context import tenant_scope
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.models import StockCard
from tests.dashboard import shop

NOW = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)
PREFIX = "/api/v1/"
OFFERS = {"stores": ["ESHOP"], "price_steps": [{"step": "from_level", "level": "Internet"}]}


class Program:
    """Calls with one key, in English; bodies are JSON."""

    def __init__(self, plain: str, language: str = "en") -> None:
        self.plain = plain
        headers = {"authorization": f"Bearer {plain}", "accept-language": language}
        self.client = Client(headers=headers, raise_request_exception=False)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(_whole(path), headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`body` as bytes goes as it is."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = headers.pop("content_type", "application/json")
        return self.client.generic(method, _whole(path), raw, content_type=kind, headers=headers)


def _whole(path: str) -> str:
    return path if path.startswith(("/", "http")) else f"{PREFIX}{path}"


@dataclass
class Company:
    """A filled shop. `word` stands in texts of each of its records, so that a leak is seen."""

    shop: shop.Shop
    word: str

    def program(self, scopes: Iterable[str] = tuple(SCOPES), *, name: str = "Sklad", language: str = "en") -> Program:
        with tenant_scope(self.shop.tenant.pk):
            key, plain = create_key(name=name, scopes=scopes, actor=self.shop.owner)
            # PostgreSQL asks the real clock whether a key has expired.
            ApiKey.objects.filter(pk=key.pk).update(expires_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
        return Program(plain, language)

    def rows(self, model: type[Model], **facts: Any) -> list[Any]:
        with tenant_scope(self.shop.tenant.pk):
            return list(model.objects.filter(**facts).order_by("pk"))

    @property
    def czech(self) -> Market:
        return self.shop.czech

    @property
    def instance(self) -> uuid.UUID:
        return self.shop.czech.instance_id

    @property
    def waiting(self) -> Any:
        """The order that waits for a mapping of its delivery method."""
        return next(order for order in self.shop.orders if order.code == "unmapped_delivery")


def make_company(*, email: str, word: str, now: dt.datetime = NOW) -> Company:
    filled = shop.fill(shop.make_shop(email=email, name=f"Firma {word}"), now=now, more=3)
    company = Company(filled, word)
    with tenant_scope(filled.tenant.pk):
        market = Market.objects.select_related("instance", "account", "unit").get(pk=filled.czech.pk)
        Instance.objects.filter(pk=market.instance_id).update(settings={"offers": OFFERS})
        market.instance.refresh_from_db()
        arm(instance=market.instance, direction="orders", actor=filled.owner)
        _add_mappings(market, word)
        type(company.waiting).objects.filter(pk=company.waiting.pk).update(
            delivery_method_id="1f2e", payment_type="ONLINE", buyer=word
        )
        _add_offer(market, word, now)
        _add_invoice(company, word)
        for pipeline, outcome, code in (("allegro.journal", "ok", ""), ("allegro.offers", "retry", "allegro_down")):
            Run.objects.create(
                pipeline=pipeline, resource_kind="allegro.account", resource_id=market.account_id, epoch=1,
                started_at=now - dt.timedelta(minutes=5), outcome=outcome, code=code, counts={"events": 3},
            )  # fmt: skip
    return company


def _add_mappings(market: Market, word: str) -> None:
    DeliveryMapping.objects.create(
        instance=market.instance, method_id="c3066682", method_name=f"Kurýr {word}", carrier="DPD", line_text="Doprava"
    )
    PaymentMapping.objects.create(instance=market.instance, payment_type="CASH_ON_DELIVERY", form_of_payment=word)


def _add_offer(market: Market, word: str, now: dt.datetime) -> None:
    MirrorRead.objects.create(
        unit=market.unit, agenda="stock", scope="", complete_at=now, complete_began_at=now, records=1
    )
    card = StockCard.objects.create(
        unit=market.unit, store="ESHOP", code=f"KOD-{word}", record_id=1, fingerprint=b"", began_at=now,
        count=Decimal(5), levels={"Internet": "249"}, vat_percent=Decimal(21), price=Decimal(249), name=f"Zboží {word}",
        kind="card", measure="ks", is_sales=True, is_internet=True,
    )  # fmt: skip
    offer = Offer.objects.create(
        account=market.account, offer_id="7700000001", name=f"Hračka {word}", external_id=card.code, status="ACTIVE",
        stock=3, prices={"allegro-cz": {"amount": "249.00", "currency": "CZK"}}, card=card, state="waiting",
        wanted_quantity=5, wanted_prices={"allegro-cz": {"amount": "249.00", "currency": "CZK"}},
        trace={"quantity": [{"code": "stock_count", "params": {"code": card.code, "count": "5"}}]},
        skips=[{"field": "price:allegro-sk", "code": "offer_not_linked", "params": {"external_id": card.code}}],
        base_marketplace="allegro-cz",
    )  # fmt: skip
    Offer.objects.create(
        account=market.account, offer_id="7700000002", name=f"Bez karty {word}", external_id="NIC", status="ACTIVE",
        stock=1, state="error", code="offer_not_linked", params={"external_id": "NIC"}, base_marketplace="allegro-cz",
        prices={"allegro-cz": {"amount": "99.00", "currency": "CZK"}},
    )  # fmt: skip
    changes.plan_change(
        instance=market.instance, kind="offer.quantity", key=f"{offer.offer_id}:quantity:1", subject_kind="offer",
        subject_id=offer.pk, resource_kind="allegro.account", resource_id=market.account_id,
        content={"quantity": 5}, trace=[{"code": "stock_count", "params": {"code": card.code, "count": "5"}}],
        revision=1,
    )  # fmt: skip


def _add_invoice(company: Company, word: str) -> None:
    order = company.shop.orders[0]
    InvoiceDocument.objects.create(
        order=order, record_id=7, number=f"F{word}"[:32], total=order.total, currency="CZK", state="sent",
        step="accepted", report_id=168, report_name=f"Faktura {word}",
        pdf=store_payload(b"%PDF-1.4 " + word.encode(), "application/pdf"),
    )  # fmt: skip
