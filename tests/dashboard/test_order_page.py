"""One order's page: both documents, what was put aside beside it, and how it renews itself."""

import datetime as dt
import re
from decimal import Decimal

import msgspec
import pytest

from allegro_integration.models import Order
from connectify.audit.models import AuditEntry
from connectify.domain.change import ChangeState
from connectify.sync.changes import begin, mark_unknown, plan_change, quarantine
from connectify.sync.models import Change, Quarantined
from connectify.sync.quarantine import put
from connectify.tenants.context import tenant_scope
from pohoda_bridge.documents import ExternalId, OrderLine, Party, ReceivedOrder
from tests.dashboard import shop

HTMX = {"HX-Request": "true"}


def plan(order: Order, market) -> Change:
    lines = (
        OrderLine("Koloběžka Skvrnka, modrá", Decimal(1), Decimal("1499.00"), "high", code="KOL-0012"),
        OrderLine("Doprava DPD", Decimal(1), Decimal("58.00"), "high"),
    )
    document = ReceivedOrder(
        ext_id=ExternalId(order.number, "allegro:sandbox:42"), number_order="1", date=dt.date(2026, 11, 23), text="",
        buyer=Party(name=order.buyer, city="Brno"), carrier="DPD", payment_type="Allegro online", lines=lines,
    )  # fmt: skip
    return plan_change(
        instance=order.instance, kind="order.create", key=order.number, subject_kind="order", subject_id=order.pk,
        resource_kind="pohoda.unit", resource_id=market.unit_id, content=msgspec.to_builtins(document),
    )  # fmt: skip


def compared(page: str) -> dict[str, tuple[str, str]]:
    """What the table says: label → (Allegro, Pohoda)."""
    cells = r'scope="row">([^<]*)</th>\s*<td[^>]*><bdi>([^<]*)</bdi></td>\s*<td[^>]*><bdi>([^<]*)</bdi>'
    return {label: (left, right) for label, left, right in re.findall(cells, page.replace("\xa0", " "))}


@pytest.mark.parametrize(
    ("state", "code", "leads_to"),
    [
        ("waiting", "unmapped_delivery", "mappings/?method=dpd"),
        ("waiting", "unmapped_payment", "mappings/?payment=ONLINE"),
        ("waiting", "orders_not_set", "orders/"), ("waiting", "queued", ""), ("error", "unmapped_delivery", ""),
    ],
)  # fmt: skip
def test_an_order_that_waits_for_a_setting_leads_to_it(toys, owner, state, code, leads_to):
    order = toys.orders[0]
    with tenant_scope(toys.tenant.pk):
        wanted = {"state": state, "code": code, "delivery_method_id": "dpd", "payment_type": "ONLINE"}
        Order.objects.filter(pk=order.pk).update(**wanted)
    page = owner.get(f"/orders/{order.pk}/").content.decode()
    links = re.findall(r'class="button" href="/setup/instances/[^/]+/([^"#]*)', page)
    assert links == ([leads_to] if leads_to else [])


def test_both_documents_stand_side_by_side(toys, browser_of):
    order = toys.orders[0]
    with tenant_scope(toys.tenant.pk):
        plan(order, toys.czech)
    page = browser_of(toys.owner, "en").get(f"/orders/{order.pk}/").content.decode()
    rows = compared(page)
    assert rows["Method and carrier"] == (shop.DELIVERY, "DPD")
    assert rows["Payment"] == ("online", "Allegro online")
    goods = "1 × Koloběžka Skvrnka, modrá [KOL-0012] · 1,499.00 CZK"
    assert rows["1."] == (goods, goods)
    assert rows["2."] == ("Delivery · 59.00 CZK", "1 × Doprava DPD · 58.00 CZK")
    assert "Pohoda got" in page


def test_a_document_that_did_not_go_yet_says_so_and_shows_a_total_that_differs(toys, browser_of):
    order = toys.orders[0]
    with tenant_scope(toys.tenant.pk):
        Order.objects.filter(pk=order.pk).update(pohoda_number="", pohoda_total=None, state="waiting", code="queued")
        plan(order, toys.czech)
    page = browser_of(toys.owner, "en").get(f"/orders/{order.pk}/").content.decode()
    assert compared(page)["Total"] == ("1,558.00 CZK", "1,557.00 CZK")
    assert ("Pohoda would get" in page, page.count('class="differs"')) == (True, 1)


def test_the_page_asks_again_and_gets_nothing_until_something_has_changed(toys, owner, now):
    order = toys.orders[0]
    page = owner.get(f"/orders/{order.pk}/").content.decode()
    again = re.search(r'hx-get="([^"]*seen=[^"]*)"', page)[1]
    assert owner.get(again, headers=HTMX).status_code == 204
    with tenant_scope(toys.tenant.pk):
        shop.add_event(order, "order.status_set", now, data={"fulfilment": "SENT"})
    answer = owner.get(again, headers=HTMX)
    assert answer.status_code == 200
    assert answer.content.decode().strip().startswith('<article id="order"')


def test_what_is_folded_keeps_its_name(toys, owner):
    """By its name the page's script opens again what was open before the page renewed itself."""
    path = f"/orders/{toys.orders[0].pk}/"
    names = [re.findall(r'<details class="raw" id="([^"]+)"', owner.get(path).content.decode()) for _ in range(2)]
    assert names[0] == names[1]
    assert len(set(names[0])) == len(names[0]) == 6


def test_a_refused_parcel_stands_beside_the_order_with_its_buttons(toys, owner, browser_of):
    order = toys.orders[0]
    with tenant_scope(toys.tenant.pk):
        put(instance=order.instance, subject_kind="order_parcel", subject_key=str(order.pk), code="parcel_refused",
            params={"waybill": "DR1", "carrier": "DPD", "detail": "x"})  # fmt: skip
    page = owner.get(f"/orders/{order.pk}/").content.decode()
    assert [name for name in ("retry", "ignore") if f'name="act" value="{name}"' in page] == ["retry", "ignore"]
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    owner.post("/inbox/act/", {"source": "quarantined", "key": key, "act": "ignore"})
    with tenant_scope(toys.tenant.pk):
        assert Quarantined.objects.get().state == "ignored"


@pytest.fixture
def duplicate(toys, now) -> Order:
    with tenant_scope(toys.tenant.pk):
        order = toys.orders[0]
        change = begin(plan(order, toys.czech).pk, epoch=1)
        mark_unknown(change.pk, code="duplicate", detail="")
        quarantine(change.pk, code="duplicate_not_found", detail="")
        Order.objects.filter(pk=order.pk).update(state="error", code="duplicate_not_found", pohoda_number="")
    return order


def test_a_second_creation_needs_a_reason(toys, owner, duplicate):
    assert 'name="reason"' in owner.get(f"/orders/{duplicate.pk}/").content.decode()
    owner.post(f"/orders/{duplicate.pk}/recreate/", {"reason": "  "})
    with tenant_scope(toys.tenant.pk):
        assert Order.objects.get(pk=duplicate.pk).generation == 1
        assert not AuditEntry.objects.filter(action="order.recreated").exists()


def test_a_second_creation_is_approved_once_with_its_reason(toys, owner, duplicate):
    for _ in range(2):
        owner.post(f"/orders/{duplicate.pk}/recreate/", {"reason": "Smazáno omylem"})
    with tenant_scope(toys.tenant.pk):
        assert Order.objects.get(pk=duplicate.pk).generation == 2
        assert AuditEntry.objects.get(action="order.recreated").reason == "Smazáno omylem"
        assert Change.objects.get(key=duplicate.number).state == ChangeState.SUPERSEDED


def test_a_person_may_have_both_sides_looked_at_again(toys, owner):
    order = toys.orders[0]
    assert owner.post(f"/orders/{order.pk}/look-again/")["Location"] == f"/orders/{order.pk}/"
    with tenant_scope(toys.tenant.pk):
        assert AuditEntry.objects.get(action="order.resynced").actor == toys.owner


@pytest.mark.parametrize("path", ["recreate", "look-again"])
def test_another_company_has_no_such_order(toys, browser_of, path):
    other = shop.make_shop(email="karel@jina-firma.cz", name="Jiná firma")
    answer = browser_of(other.owner).post(f"/orders/{toys.orders[0].pk}/{path}/", {"reason": "x"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [("?code=unmapped_delivery", 1), ("?code=queued&state=waiting", 1), ("?since=2026-11-23", 9),
     ("?until=2026-11-22", 1), ("?since=nonsense", 10)],
)  # fmt: skip
def test_the_list_is_narrowed_by_cause_and_days(owner, query, count):
    assert len(re.findall(r'id="order-', owner.get(f"/orders/{query}").content.decode())) == count
