"""The inbox: groups by cause and place with their counts, what a click does, and what it does the second time."""

import datetime as dt
import re
import uuid

import pytest

from allegro_integration.models import Account, InboxForm, Offer, Order
from allegro_integration.services.offers import held as held_offers
from connectify.audit.models import AuditEntry
from connectify.dashboard.inbox import InboxGroup, all_groups
from connectify.dashboard.inbox_quarantined import QuarantinedRecords, key_of
from connectify.domain.change import ChangeState, Evidence
from connectify.sync.changes import begin, confirm, hold, plan_change, refuse
from connectify.sync.models import Change, DirectionState, Due, Link, Quarantined
from connectify.sync.quarantine import may_retry, put
from connectify.tenants.context import tenant_scope
from connectify.tenants.services import add_member
from pohoda_bridge.server.mirror.models import MirrorRead
from tests.dashboard import shop

ZBOX = "1f2e3d4c"
OPEN = Quarantined.State.OPEN


@pytest.fixture
def bare(db, now) -> shop.Shop:
    """A company in which all is well."""
    return shop.make_shop()


@pytest.fixture
def inside(bare):
    with tenant_scope(bare.tenant.pk):
        yield bare


def waiting(market, code: str, count: int, now: dt.datetime, **more) -> None:
    for number in range(count):
        shop.make_order(market, at=now - dt.timedelta(hours=count - number), state="waiting", code=code, **more)


def unmapped(market, count: int, now: dt.datetime, method: str = ZBOX, name: str = "Z-BOX") -> None:
    params = {"method_id": method, "method_name": name}
    waiting(market, "unmapped_delivery", count, now, params=params, delivery_method_id=method)


def change_of(order: Order, market, kind: str = "order.create", *, account: bool = False) -> Change:
    change = plan_change(
        instance=order.instance, kind=kind, key=f"{kind}:{order.number}", subject_kind="order", subject_id=order.pk,
        resource_kind="allegro.account" if account else "pohoda.unit",
        resource_id=market.account_id if account else market.unit_id, content={"form_id": order.number},
    )  # fmt: skip
    return begin(change.pk, epoch=1)


def refused_order(market, now: dt.datetime, note: str = "Zásoba chybí") -> Order:
    order = shop.make_order(market, at=now, state="error", code="pohoda_refused", params={"errno": "", "note": note})
    refuse(change_of(order, market).pk, code="pohoda_refused", detail="", proof={})
    put(instance=order.instance, subject_kind="order", subject_key=str(order.pk), code="pohoda_refused",
        params={"errno": "", "note": note})  # fmt: skip
    return order


def put_aside(kind: str, key: str, code: str, **params: str) -> Quarantined:
    return put(instance=None, subject_kind=kind, subject_key=key, code=code, params=params)


def groups() -> list[tuple[str, str, int]]:
    return [(group.codes[0], group.place, group.count) for group in all_groups()]


def only(code: str) -> InboxGroup:
    (group,) = [group for group in all_groups() if group.codes == (code,)]
    return group


def retry(row: Quarantined, actor) -> int:
    return QuarantinedRecords().act(key_of(row.pk), "retry", actor)


def click(client, group: InboxGroup, act: str, key: str = "") -> str:
    form = {"source": group.source, "key": key or group.key, "act": act}
    return client.post("/inbox/act/", form, follow=True).content.decode()


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
    for name in ("Kostky", "Přilba"):
        waiting(inside.czech, "line_without_code", 1, now, params={"offer_name": name, "offer_id": "7"})
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


# --- acts ------------------------------------------------------------------------------------------------------------


def test_a_whole_group_is_tried_again_with_one_click_and_a_second_click_does_nothing(bare, now, browser_of):
    with tenant_scope(bare.tenant.pk):
        orders = [refused_order(bare.czech, now) for _ in range(3)]
        group = only("pohoda_refused")
    client = browser_of(bare.owner, "en")
    assert "3 records are tried again." in click(client, group, "retry")
    with tenant_scope(bare.tenant.pk):
        states = set(
            Change.objects.filter(subject_id__in=[order.pk for order in orders]).values_list("state", flat=True)
        )
        assert states == {ChangeState.PLANNED}
        assert AuditEntry.objects.filter(action="quarantine.retried", actor=bare.owner).count() == 3
        assert groups() == []
    assert "There is nothing to try again there" in click(client, group, "retry")
    with tenant_scope(bare.tenant.pk):
        assert AuditEntry.objects.filter(action="quarantine.retried").count() == 3


def test_one_record_of_a_group_is_ignored_alone(bare, now, browser_of):
    with tenant_scope(bare.tenant.pk):
        first, second = refused_order(bare.czech, now), refused_order(bare.czech, now)
        group = only("pohoda_refused")
    click(browser_of(bare.owner), group, "ignore", group.records[0].key)
    with tenant_scope(bare.tenant.pk):
        states = dict(Quarantined.objects.values_list("subject_key", "state"))
        assert states == {str(first.pk): "ignored", str(second.pk): "open"}
        assert AuditEntry.objects.get(action="quarantine.ignored").actor == bare.owner


def test_what_joins_a_group_after_it_was_shown_is_not_ignored_with_it(inside, now):
    refused_order(inside.czech, now)
    shown = only("pohoda_refused")
    refused_order(inside.czech, now)
    later = Quarantined.objects.order_by("-first_seen_at", "-id").first()
    Quarantined.objects.filter(pk=later.pk).update(first_seen_at=shown.since + dt.timedelta(seconds=1))
    assert QuarantinedRecords().act(shown.key, "ignore", inside.owner) == 1
    assert [row.pk for row in Quarantined.objects.filter(state=OPEN)] == [later.pk]


def test_what_can_not_go_again_stays_open(inside, now):
    order = shop.make_order(inside.czech, at=now)  # nothing of it was ever planned
    row = put(instance=order.instance, subject_kind="order", subject_key=str(order.pk), code="document", params={})
    assert retry(row, inside.owner) == 0
    row.refresh_from_db()
    assert row.state == OPEN


def test_the_button_on_an_orders_page_leads_back_to_it(bare, now, browser_of):
    with tenant_scope(bare.tenant.pk):
        order = refused_order(bare.czech, now)
        group = only("pohoda_refused")
    form = {"source": group.source, "key": group.records[0].key, "act": "retry", "next": f"/orders/{order.pk}/"}
    client = browser_of(bare.owner)
    assert client.post("/inbox/act/", form)["Location"] == f"/orders/{order.pk}/"
    elsewhere = {**form, "next": "https://evil.example/"}
    assert client.post("/inbox/act/", elsewhere)["Location"] == "/inbox/"


# --- every kind goes again -------------------------------------------------------------------------------------------


def nudged(kind: str, resource_id: uuid.UUID, now: dt.datetime) -> None:
    Due.objects.create(kind=kind, resource_id=resource_id, due_at=now + dt.timedelta(days=900))


def is_due(resource_id: uuid.UUID, now: dt.datetime) -> bool:
    return Due.objects.get(resource_id=resource_id).due_at < now + dt.timedelta(days=800)


def test_every_kind_that_is_put_aside_can_be_tried_again():
    kinds = ("order", "form", "event", "order_status", "order_parcel", "invoice", "offer", "mirror")
    assert [kind for kind in kinds if not may_retry(kind, "some_code")] == []


def test_a_form_is_read_again(inside, now):
    account = inside.czech.account
    nudged("allegro.account", account.pk, now)
    form = InboxForm.objects.create(account=account, form_id="f1", state="gone", content_sha256="x")
    assert retry(put_aside("form", f"{account.pk}:f1", "form_not_found", form_id="f1"), inside.owner) == 1
    form.refresh_from_db()
    assert (form.state, form.content_sha256, is_due(account.pk, now)) == ("to_read", "", True)


def test_an_entry_of_the_journal_makes_the_list_of_orders_be_read(inside, now):
    account = inside.czech.account
    nudged("allegro.account", account.pk, now)
    Account.objects.filter(pk=account.pk).update(swept_at=now)
    assert retry(put_aside("event", f"{account.pk}:e1", "event_not_understood"), inside.owner) == 1
    account.refresh_from_db()
    assert (account.swept_at, is_due(account.pk, now)) == (None, True)


def test_an_offer_is_read_again(inside, now):
    account = inside.czech.account
    nudged("allegro.account", account.pk, now)
    Offer.objects.create(account=account, offer_id="77", needs_reading=False)
    assert retry(put_aside("offer", f"{account.pk}:77", "offer_not_understood"), inside.owner) == 1
    assert (Offer.objects.get().needs_reading, is_due(account.pk, now)) == (True, True)


def test_a_record_of_pohodas_makes_its_agenda_be_read_whole(inside, now):
    unit = inside.czech.unit
    read = MirrorRead.objects.create(unit=unit, agenda="stock", full_at=now, next_at=now + dt.timedelta(days=900))
    nudged("pohoda.unit", unit.pk, now)
    row = put_aside("mirror", f"{unit.pk}:stock:7", "record_unreadable", agenda="stock", record="7")
    assert retry(row, inside.owner) == 1
    read.refresh_from_db()
    assert (read.full_at, read.next_at < now + dt.timedelta(days=800), is_due(unit.pk, now)) == (None, True, True)


@pytest.mark.parametrize(("kind", "change_kind"), [("order_status", "order.status"), ("order_parcel", "order.parcel")])
def test_a_refused_status_or_parcel_goes_again(inside, now, kind, change_kind):
    nudged("allegro.account", inside.czech.account_id, now)
    order = shop.make_order(inside.czech, at=now)
    change = change_of(order, inside.czech, change_kind, account=True)
    refuse(change.pk, code="refused", detail="", proof={})
    row = put(instance=order.instance, subject_kind=kind, subject_key=str(order.pk), code="status_refused", params={})
    assert retry(row, inside.owner) == 1
    change.refresh_from_db()
    assert (change.state, change.evidence) == (ChangeState.PLANNED, Evidence.PERSON)
    assert is_due(inside.czech.account_id, now)


def test_an_invoice_is_printed_again(inside, now):
    nudged("pohoda.unit", inside.czech.unit_id, now)
    order = shop.make_order(inside.czech, at=now)
    invoice = order.invoices.create(tenant=inside.tenant, record_id=1, number="26001", state="error", step="printing")
    key, params = str(invoice.pk), {"number": "26001"}
    row = put(
        instance=order.instance, subject_kind="invoice", subject_key=key, code="invoice_not_printable", params=params
    )  # fmt: skip
    assert retry(row, inside.owner) == 1
    invoice.refresh_from_db()
    assert (invoice.state, invoice.step, is_due(inside.czech.unit_id, now)) == ("waiting", "found", True)


def in_pohoda(inside, now, code: str) -> tuple[Order, Quarantined, Change]:
    order = shop.make_order(inside.czech, at=now, state="error", code=code, pohoda_number="2600001")
    change = confirm(change_of(order, inside.czech).pk, evidence=Evidence.ANSWER, proof={})
    Link.objects.create(kind="order", here_id=order.pk, there_system="pohoda:1:2026", there_id="1")
    row = put(instance=order.instance, subject_kind="order", subject_key=str(order.pk), code=code, params={})
    return order, row, change


@pytest.mark.parametrize("code", ["pohoda_total_differs", "missing_in_pohoda"])
def test_an_order_that_is_in_pohoda_is_looked_up_again_not_sent(inside, now, code):
    order, row, change = in_pohoda(inside, now, code)
    assert retry(row, inside.owner) == 1
    change.refresh_from_db()
    assert change.state == ChangeState.CONFIRMED
    assert Link.objects.get(here_id=order.pk).confirmed["asked"] is True


@pytest.mark.parametrize(
    "code", ["value_changed_in_pohoda", "changed_after_import", "cancelled_after_import", "merged_after_import"]
)
def test_what_only_a_person_can_mend_in_pohoda_is_dealt_with_not_tried_again(inside, now, code):
    _order, row, _change = in_pohoda(inside, now, code)
    assert [act.name for act in only(code).acts] == ["ignore"]
    assert retry(row, inside.owner) == 0
    assert QuarantinedRecords().act(key_of(row.pk), "ignore", inside.owner) == 1
    assert all_groups() == []


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
