"""The inbox: groups by cause and place with their counts, who may act, and what is held."""

import datetime as dt
import re
import uuid

import pytest

from allegro_integration.models import Offer
from allegro_integration.services.offers import held as held_offers
from connectify.audit.models import AuditEntry
from connectify.dashboard.inbox import all_groups
from connectify.dashboard.inbox_quarantined import QuarantinedRecords, key_of
from connectify.sync.changes import hold, plan_change
from connectify.sync.models import DirectionState, Quarantined
from connectify.tenants.context import tenant_scope
from connectify.tenants.services import add_member
from tests.dashboard import shop
from tests.dashboard.waiting import OPEN, ZBOX, click, groups, only, put_aside, refused_order, unmapped, waiting

# --- what is there ---------------------------------------------------------------------------------------------------


def test_nothing_waits_in_a_new_company(bare, browser_of):
    page = browser_of(bare.owner, "en").get("/inbox/").content.decode()
    assert "Nothing waits for you" in page
    assert "<section" not in page


def test_orders_wait_by_cause_instance_and_what_a_mapping_goes_by(inside, now):
    unmapped(inside.czech, 12, now)
    unmapped(inside.czech, 2, now, method="other", name="Kurýr")
    unmapped(inside.slovak, 3, now)
    waiting(inside.czech, "unmapped_payment", 1, now, params={"type": "ONLINE"}, payment_type="ONLINE")
    waiting(inside.czech, "queued", 4, now)  # these go by themselves
    assert sorted(groups()) == [
        ("unmapped_delivery", "Allegro Slovensko", 3), ("unmapped_delivery", "Allegro Česko", 2),
        ("unmapped_delivery", "Allegro Česko", 12), ("unmapped_payment", "Allegro Česko", 1),
    ]  # fmt: skip


def test_an_unmapped_method_leads_to_its_mapping_and_to_exactly_its_orders(inside, now, browser_of):
    unmapped(inside.czech, 12, now)
    unmapped(inside.czech, 2, now, method="other", name="Kurýr")
    group = next(group for group in all_groups() if group.count == 12)
    assert group.solve_url == f"/setup/instances/{inside.czech.instance_id}/mappings/?method={ZBOX}"
    assert (len(group.records), group.more) == (5, 7)
    page = browser_of(inside.owner).get(group.list_url).content.decode()
    assert len(re.findall(r'id="order-', page)) == 12


def test_a_group_of_different_offers_says_of_each_record_what_is_its_own(inside, now):
    for later, name in enumerate(("Kostky", "Přilba")):
        params = {"offer_name": name, "offer_id": "7"}
        waiting(inside.czech, "line_without_code", 1, now + dt.timedelta(minutes=later), params=params)
    group = only("line_without_code")
    assert "…" in group.why.title
    assert ["Kostky" in group.records[0].note, "Přilba" in group.records[1].note] == [True, True]


def test_quarantined_records_are_grouped_by_kind_cause_and_place(inside, now):
    refused_order(inside.czech, now)
    refused_order(inside.czech, now)
    refused_order(inside.slovak, now)
    account = inside.czech.account
    put_aside("form", f"{account.pk}:f1", "form_not_read", form_id="f1", detail="")
    put_aside("event", f"{account.pk}:e1", "event_not_understood", event_id="e1", detail="")
    put_aside("mirror", f"{inside.czech.unit_id}:stock:7", "record_unreadable", agenda="stock", record="7", detail="")
    assert sorted(groups()) == [
        ("event_not_understood", account.login, 1), ("form_not_read", account.login, 1),
        ("pohoda_refused", "Allegro Slovensko", 1), ("pohoda_refused", "Allegro Česko", 2),
        ("record_unreadable", "Hračky Dvořák s.r.o.", 1),
    ]  # fmt: skip


def test_offers_stand_there_by_cause_and_lead_to_their_list(inside, now, browser_of):
    account = inside.czech.account
    for number, (state, code) in enumerate(
        [("error", "offer_refused")] * 3 + [("sent", "price_in_other_currency")] * 2 + [("skipped", "offer_not_linked")]
        + [("skipped", "offer_filtered_out"), ("waiting", "sold_just_now"), ("sent", "")]
    ):  # fmt: skip
        params = {"currency": "EUR", "wanted": "CZK"} if code.startswith("price") else {}
        Offer.objects.create(account=account, offer_id=f"77{number}", name=f"Zboží {number}", state=state, code=code,
                             params=params, planned_at=now, needs_plan=False)  # fmt: skip
    assert sorted(groups()) == [
        ("offer_not_linked", account.login, 1), ("offer_refused", account.login, 3),
        ("price_in_other_currency", account.login, 2),
    ]  # fmt: skip
    group = only("price_in_other_currency")
    assert group.solve_url == f"/setup/instances/{inside.czech.instance_id}/prices/"
    page = browser_of(inside.owner).get(group.list_url).content.decode()
    assert len(re.findall(r'id="offer-', page)) == 2


def test_one_sign_in_is_one_thing_to_do_for_all_directions_of_an_account(inside, now):
    for market in (inside.czech, inside.slovak):
        for direction in ("orders", "offers"):
            DirectionState.objects.create(instance=market.instance, direction=direction, state="needs_reauth",
                                          code="reauth", since=now)  # fmt: skip
    (group,) = all_groups()
    assert (group.codes, group.place, group.solve_url) == (("reauth",), inside.czech.account.login, "/setup/accounts/")
    assert len(group.records) == 4


def test_a_silent_agent_leads_to_its_unit(inside, now):
    shop.set_direction(inside.czech, "waiting_agent", code="agent_silent", since=now, good=None, host="PC")
    (group,) = all_groups()
    assert (group.place, group.solve_url) == ("Hračky Dvořák s.r.o.", f"/setup/units/{inside.czech.unit_id}/")


def test_what_a_person_chose_is_nothing_to_do(inside, now):
    for direction, state in (("orders", "paused"), ("offers", "not_armed"), ("statuses", "ok")):
        DirectionState.objects.create(instance=inside.czech.instance, direction=direction, state=state, since=now)
    assert all_groups() == []


def test_another_company_sees_nothing_of_it_and_moves_nothing(bare, now, browser_of):
    with tenant_scope(bare.tenant.pk):
        order = refused_order(bare.czech, now)
        unmapped(bare.czech, 2, now)
        group = only("pohoda_refused")
    other = shop.make_shop(email="karel@jina-firma.cz", name="Jiná firma")
    client = browser_of(other.owner, "en")
    assert "Nothing waits for you" in client.get("/inbox/").content.decode()
    for key in (group.key, key_of(uuid.UUID(group.records[0].key.partition("|")[2] or str(order.pk)))):
        click(client, group, "retry", key)
        click(client, group, "ignore", key)
    with tenant_scope(bare.tenant.pk):
        assert Quarantined.objects.get().state == OPEN


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["accountant", "viewer"])
def test_who_only_reads_sees_the_groups_without_buttons_and_may_not_act(bare, now, browser_of, role):
    user = shop.make_user("kolega@hracky-dvorak.cz")
    with tenant_scope(bare.tenant.pk):
        add_member(user=user, role=role)
        refused_order(bare.czech, now)
        group = only("pohoda_refused")
    client = browser_of(user, "en")
    page = client.get("/inbox/").content.decode()
    assert "Pohoda refused the order" in page
    assert 'name="act"' not in page
    answer = client.post("/inbox/act/", {"source": group.source, "key": group.key, "act": "retry"})
    assert answer.status_code == 403
    with tenant_scope(bare.tenant.pk):
        assert Quarantined.objects.get().state == OPEN


@pytest.mark.parametrize(
    "form",
    [{}, {"source": "nobody", "key": "x", "act": "retry"}, {"source": "quarantined", "key": "x", "act": "destroy"}],
)
def test_a_source_or_an_act_that_does_not_exist_is_not_found(bare, browser_of, form):
    assert browser_of(bare.owner).post("/inbox/act/", form).status_code == 404


@pytest.mark.parametrize("key", ["", "x", "one|x", "order|pohoda_refused|x||y", "a|b|c|d|2026-01-01T00:00:00+00:00"])
def test_a_key_that_is_none_of_ours_moves_nothing(inside, now, key):
    refused_order(inside.czech, now)
    assert [QuarantinedRecords().act(key, act, inside.owner) for act in ("retry", "ignore", "approve")] == [0, 0, 0]


# --- what is held ----------------------------------------------------------------------------------------------------


@pytest.fixture
def held(inside, now) -> Offer:
    offer = Offer.objects.create(
        account=inside.czech.account, offer_id="101", name="Kostky", state="waiting", code="price_jump",
        prices={"allegro-cz": {"amount": "249.00", "currency": "CZK"}},
    )  # fmt: skip
    limits = {"percent": "10000", "low": "50", "high": "200"}
    trace = [{"code": "price_jump", "params": {"price": "24900.00", "before": "249.00", "currency": "CZK", **limits}}]
    change = plan_change(
        instance=inside.czech.instance, kind="offer.price", key="101:price", subject_kind="offer", subject_id=offer.pk,
        resource_kind="allegro.account", resource_id=inside.czech.account_id, trace=trace,
        content={"marketplace": "allegro-cz", "amount": "24900.00", "currency": "CZK"},
    )  # fmt: skip
    hold(change.pk, code="price_jump")
    return offer


def test_a_held_price_shows_what_it_would_do_and_is_approved_once(held, bare, browser_of):
    (group,) = all_groups()
    assert (group.codes, group.count, [act.name for act in group.acts]) == (("price_jump",), 1, ["approve", "refuse"])
    assert group.records[0].note.replace("\xa0", " ").startswith("Allegro.cz: 249,00 Kč → 24")
    client = browser_of(bare.owner, "en")
    assert "Approved: 1 record goes on." in click(client, group, "approve")
    assert "Nothing waits there any more." in click(client, group, "approve")
    assert AuditEntry.objects.filter(action="offers.approved").count() == 1
    assert held_offers.held_groups() == []


def test_the_old_address_leads_to_the_inbox(bare, browser_of):
    assert browser_of(bare.owner).get("/held/")["Location"] == "/inbox/"


# --- speed -----------------------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow(inside, held, now, browser_of, django_assert_max_num_queries):
    client = browser_of(inside.owner)
    for market in (inside.czech, inside.slovak):
        shop.set_direction(market, "needs_reauth", code="reauth", since=now, good=None)
        for _ in range(3):
            refused_order(market, now)
            unmapped(market, 2, now, method=str(uuid.uuid4()))
    # Beside what waits: savepoints and settings of the request (6), session, person, companies (3).
    with django_assert_max_num_queries(9 + 7):
        page = client.get("/inbox/").content.decode()
    assert page.count("<section") == 1 + 6 + 2 + 1
