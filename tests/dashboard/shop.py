"""A shop after some days: two instances, orders in each state, timelines with documents as they really look."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from allegro_integration.models import Account, InboxForm, Market, Order
from connectify.audit.models import Event
from connectify.instances.models import Connection, Instance
from connectify.sync.models import DirectionState, Link
from connectify.sync.payloads import store_payload
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Role, Tenant
from connectify.tenants.services import add_member, create_tenant
from connectify.users.models import User
from pohoda_bridge.documents import ExternalId, OrderImport, OrderLine, Party, ReceivedOrder, StockRef, UnitPin
from pohoda_bridge.server.models import Unit
from pohoda_bridge.xml.ids import item_id, pack_id
from pohoda_bridge.xml.order_writer import write_order

PASSWORD = "kolobezka-na-kopecku"
DELIVERY = "Allegro Doručení - Kurýr DPD"
BUYERS = (
    "Jana Novotná", "Petr Svoboda", "Zahrada Dvořák s.r.o.", "Lucie Procházková", "Tomáš Kučera", "Eva Horáková",
    "Martin Němec", "Stavebniny Říha a.s.", "Kateřina Veselá", "Ján Kováč", "Zuzana Hrušková", "Ondřej Šimek",
)  # fmt: skip
GOODS = (
    ("Koloběžka Skvrnka, modrá", "KOL-0012", "1499.00"),
    ("Dřevěné kostky, 100 kusů", "KOST-100", "649.00"),
    ("Odrážedlo Puky LR", "ODR-0004", "2190.00"),
    ("Přilba dětská, vel. S", "PRI-S", "389.00"),
)


@dataclass
class Shop:
    """The company, its owner, and its instances. Use inside `tenant_scope(shop.tenant.pk)`."""

    tenant: Tenant
    owner: User
    czech: Market
    slovak: Market
    orders: list[Order]


def make_user(email: str, *, name: str = "", **more: Any) -> User:
    return User.objects.create_user(email, PASSWORD, full_name=name, **more)


def make_shop(*, email: str = "jana@hracky-dvorak.cz", name: str = "Hračky Dvořák", role: str = Role.OWNER) -> Shop:
    """A company with two instances and no orders."""
    owner = make_user(email, name="Jana Dvořáková")
    tenant = create_tenant(name=name)
    with tenant_scope(tenant.pk):
        add_member(user=owner, role=role)
        account = Account.objects.create(
            connection=Connection.objects.create(kind="allegro.account", name=f"Allegro {name}", state="active"),
            environment="sandbox", seller_id=str(uuid.uuid4().int)[:8], login="hracky-dvorak",
            base_marketplace="allegro-cz",
        )  # fmt: skip
        books = Connection.objects.create(kind="pohoda.unit", name=f"{name} s.r.o.", state="active")
        unit = Unit.objects.create(connection=books, ico="12345678")
        czech = _market(account, unit, "allegro-cz", "Allegro Česko", Market.Role.PRIMARY)
        slovak = _market(account, unit, "allegro-sk", "Allegro Slovensko", Market.Role.SECONDARY)
    return Shop(tenant, owner, czech, slovak, [])


def _market(account: Account, unit: Unit, marketplace: str, name: str, role: str) -> Market:
    instance = Instance.objects.create(name=name, source=account.connection, target=unit.connection)
    return Market.objects.create(instance=instance, account=account, unit=unit, marketplace=marketplace, role=role)


def add_market(shop: Shop, marketplace: str, name: str) -> Market:
    """One more instance of the same account and unit. Inside the tenant's scope."""
    return _market(shop.czech.account, shop.czech.unit, marketplace, name, Market.Role.SECONDARY)


def set_direction(
    market: Market, state: str, *, code: str = "", since: dt.datetime, good: dt.datetime | None, **params: Any
) -> None:
    facts = {"state": state, "code": code, "params": params, "since": since, "last_good_at": good}
    DirectionState.objects.create(instance=market.instance, direction="orders", **facts)


def make_order(market: Market, *, at: dt.datetime, buyer: str = "Jana Novotná", state: str = "sent", code: str = "",
               params: dict[str, str] | None = None, total: str = "1558.00", currency: str = "CZK", number: str = "",
               pohoda_number: str = "", **more: Any) -> Order:  # fmt: skip
    """An order with its form, without a timeline."""
    form_id = number or str(uuid.uuid4())
    form = InboxForm.objects.create(
        account=market.account, form_id=form_id, marketplace=market.marketplace, status="READY_FOR_PROCESSING",
        state="read",
    )  # fmt: skip
    facts = {"paid": Decimal(total), "delivery_method": DELIVERY, **more}
    return Order.objects.create(
        instance=market.instance, form=form, number=form_id, state=state, code=code, params=params or {}, buyer=buyer,
        total=Decimal(total), currency=currency, bought_at=at, pohoda_number=pohoda_number, **facts,
    )  # fmt: skip


def add_event(order: Order, type_: str, at: dt.datetime, *, data: dict[str, Any] | None = None,
              sent: bytes | None = None, received: bytes | None = None, media: str = "text/xml") -> Event:  # fmt: skip
    return Event.objects.create(
        type=type_, object_kind="order", object_id=order.pk, at=at, data=data or {},
        sent=store_payload(sent, media) if sent else None,
        received=store_payload(received, media) if received else None,
    )  # fmt: skip


def form_json(order: Order, name: str, code: str, price: str) -> bytes:
    first, _, last = order.buyer.partition(" ")
    price_of = {"amount": price, "currency": order.currency}
    form = {
        "id": order.number,
        "messageToSeller": "Prosím zabalit jako dárek, děkuji!",
        "buyer": {"id": "44300000", "email": "x1y2z3@user.allegromail.cz", "login": "Klient:44300000",
                  "firstName": first, "lastName": last},
        "payment": {"id": str(uuid.uuid4()), "type": "ONLINE", "provider": "P24",
                    "finishedAt": order.bought_at.isoformat(),
                    "paidAmount": {"amount": f"{order.total}", "currency": order.currency}},
        "status": "READY_FOR_PROCESSING",
        "delivery": {"method": {"id": "c3066682-97a3-42fe-9eb5-3beeccab840c", "name": DELIVERY},
                     "address": {"firstName": first, "lastName": last, "street": "Lidická 18", "city": "Brno",
                                 "zipCode": "602 00", "countryCode": "CZ", "phoneNumber": "+420601000001"},
                     "cost": {"amount": "59.00", "currency": order.currency}},
        "lineItems": [{"id": str(uuid.uuid4()), "offer": {"id": "7700000001", "name": name, "external": {"id": code}},
                       "quantity": 1, "originalPrice": price_of, "price": price_of,
                       "boughtAt": order.bought_at.isoformat()}],
        "summary": {"totalToPay": {"amount": f"{order.total}", "currency": order.currency}},
        "marketplace": {"id": order.form.marketplace},
    }  # fmt: skip
    return json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode()


def order_xml(order: Order, name: str, code: str, price: str) -> bytes:
    pin = UnitPin("12345678", "12345678_2026.mdb", order.bought_at.year)
    lines = (
        OrderLine(name, Decimal(1), Decimal(price), "high", code=code, stock=StockRef("ESHOP", code)),
        OrderLine("Doprava DPD", Decimal(1), Decimal("59.00"), "high"),
    )
    document = ReceivedOrder(
        ext_id=ExternalId(order.number, "allegro:sandbox:42"), number_order=order.number.replace("-", "")[:32],
        date=order.bought_at.date(), text=f"Allegro {order.number}",
        buyer=Party(name=order.buyer, city="Brno"), lines=lines,
    )  # fmt: skip
    pack = pack_id(unit="12345678", environment="sandbox", seller="42", kind="order.create", form_id=order.number)
    whole = OrderImport(pack_id=pack, item_id=item_id(form_id=order.number), pin=pin, order=document)
    return write_order(whole).document


def answer_xml(order: Order) -> bytes:
    return (
        '<?xml version="1.0" encoding="Windows-1250"?><rsp:responsePack version="2.0" state="ok" note="" '
        'programVersion="14000.7 (1.6.2026)" xmlns:rsp="http://www.stormware.cz/schema/version_2/response.xsd" '
        'xmlns:rdc="http://www.stormware.cz/schema/version_2/documentresponse.xsd">'
        f'<rsp:responsePackItem version="2.0" id="{order.number}" state="ok"><ord:orderResponse '
        'xmlns:ord="http://www.stormware.cz/schema/version_2/order.xsd" version="2.0" state="ok"><rdc:producedDetails>'
        f"<rdc:id>118</rdc:id><rdc:number>{order.pohoda_number}</rdc:number><rdc:actionType>add</rdc:actionType>"
        "</rdc:producedDetails></ord:orderResponse></rsp:responsePackItem></rsp:responsePack>"
    ).encode("cp1250")


def add_full_timeline(order: Order, *, goods: tuple[str, str, str] = GOODS[0]) -> None:
    """Everything that happens to an order that goes well, some seconds apart."""
    name, code, price = goods
    after = [order.bought_at + dt.timedelta(seconds=second) for second in (62, 63, 64, 70, 71, 74, 75, 83)]
    form = form_json(order, name, code, price)
    order.form.raw = store_payload(form, "application/vnd.allegro.public.v1+json")
    order.form.save()
    trace = [
        {"code": "home_currency", "params": {"currency": order.currency}},
        {"code": "line_from_stock", "params": {"offer_id": "7700000001", "code": code, "store": "ESHOP",
                                               "quantity": "1", "price": price}},
        {"code": "vat_from_settings", "params": {"what": name, "percent": "21", "name": "high"}},
        {"code": "delivery_line", "params": {"method_id": "c3066682", "text": "Doprava DPD", "price": "59.00"}},
        {"code": "ship_to_address", "params": {}},
        {"code": "payment_mapped", "params": {"type": "ONLINE", "provider": "P24", "form": "Allegro online"}},
        {"code": "total_equal", "params": {"total": f"{order.total}", "currency": order.currency}},
    ]  # fmt: skip
    add_event(order, "order.seen", after[0], data={"found_by": "journal"})
    status = {"status": "READY_FOR_PROCESSING"}
    add_event(order, "order.read", after[1], data=status, received=form, media="application/json")
    notes = [{"code": "message_from_buyer", "params": {}}]
    add_event(order, "order.planned", after[2], data={"trace": trace, "notes": notes, "total": f"{order.total}"})
    document = order_xml(order, name, code, price)
    add_event(order, "order.queued", after[3], sent=document)
    add_event(order, "order.handed", after[4], sent=document)
    outcome = {"outcome": {"type": "imported", "id": 118}}
    add_event(order, "order.answered", after[5], data=outcome, received=answer_xml(order))
    add_event(order, "order.confirmed", after[6], data={"number": order.pohoda_number, "id": 118, "warnings": []})
    Link.objects.create(
        kind="order", here_id=order.pk, there_system="pohoda:12345678:2026", there_id=order.pohoda_number,
        confirmed_at=after[6],
    )  # fmt: skip
    add_event(order, "order.processing_set", after[7], data={"status": "PROCESSING"})


def add_waiting(order: Order) -> None:
    add_event(order, "order.seen", order.bought_at, data={"found_by": "sweep"})
    add_event(order, "order.waiting", order.bought_at, data={"code": order.code, "params": order.params})


# Longer than usual: one order of each state, told in full.
def fill(shop: Shop, *, now: dt.datetime, more: int = 60) -> Shop:
    """Orders in each state, and both directions' states."""
    with tenant_scope(shop.tenant.pk):
        ago = dt.timedelta
        set_direction(shop.czech, "ok", since=now - ago(days=3), good=now - ago(seconds=95))
        set_direction(
            shop.slovak,
            "waiting_agent",
            code="agent_silent",
            since=now - ago(minutes=47),
            good=now - ago(minutes=49),
            host="UCETNI-PC",
        )
        total = Decimal("1558.00")
        first = make_order(shop.czech, at=now - ago(minutes=3), pohoda_number="2600118", pohoda_total=total)
        add_full_timeline(first)
        waiting = make_order(
            shop.czech, at=now - ago(minutes=9), buyer="Petr Svoboda", state="waiting", code="unmapped_delivery",
            params={"method_id": "1f2e", "method_name": "Allegro Zásilkovna Z-BOX"}, total="708.00",
            delivery_method="Allegro Zásilkovna Z-BOX",
        )  # fmt: skip
        add_waiting(waiting)
        queued = make_order(shop.slovak, at=now - ago(minutes=31), buyer="Ján Kováč", state="waiting", code="queued",
                            total="46.90", currency="EUR")  # fmt: skip
        add_waiting(queued)
        wrong = make_order(
            shop.czech, at=now - ago(hours=2), buyer="Stavebniny Říha a.s.", state="error", code="pohoda_total_differs",
            params={"allegro": "2249.00", "pohoda": "2248.99", "currency": "CZK"}, total="2249.00",
            pohoda_number="2600109", pohoda_total=Decimal("2248.99"),
        )  # fmt: skip
        add_full_timeline(wrong, goods=GOODS[2])
        make_order(shop.czech, at=now - ago(hours=3), buyer="Eva Horáková", state="skipped", code="cancelled")
        make_order(shop.czech, at=now - ago(hours=4), buyer="Lucie Procházková", state="superseded", code="merged",
                   params={"by": first.number})  # fmt: skip
        odd = make_order(shop.slovak, at=now - ago(hours=5), buyer="Zuzana Hrušková", state="waiting",
                         code="brand_new_code", total="39.90", currency="EUR")  # fmt: skip
        shop.orders += [first, waiting, queued, wrong, odd]
        for count in range(more):
            _name, _code, price = GOODS[count % len(GOODS)]
            total = f"{Decimal(price) + 59}"
            make_order(
                shop.czech, at=now - ago(hours=6 + 3 * count, minutes=count * 7 % 60),
                buyer=BUYERS[count % len(BUYERS)], total=total,
                pohoda_number=f"26001{99 - count:02d}", pohoda_total=Decimal(total),
            )  # fmt: skip
    return shop
