"""What a click in the inbox does, what it does the second time, and that every kind of record goes again."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allegro_integration.models import Account, InboxForm, Offer, Order
from connectify.audit.models import AuditEntry
from connectify.dashboard import inbox_quarantined
from connectify.dashboard.inbox import all_groups
from connectify.dashboard.inbox_quarantined import QuarantinedRecords, key_of
from connectify.domain.change import ChangeState, Evidence
from connectify.sync import quarantine
from connectify.sync.changes import confirm, refuse
from connectify.sync.models import Change, Due, Link, Quarantined
from connectify.sync.quarantine import may_retry, put
from connectify.tenants.context import tenant_scope
from pohoda_bridge.server.mirror.models import MirrorRead
from tests.dashboard import shop
from tests.dashboard.waiting import OPEN, change_of, click, groups, only, put_aside, refused_order, retry

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


def test_a_group_of_one_account_is_found_behind_any_number_of_others(inside, now, monkeypatch):
    monkeypatch.setattr(inbox_quarantined, "MOST_AT_ONCE", 2)
    other = uuid.uuid4()
    for number in range(20):
        put_aside("form", f"{other}:f{number}", "form_not_found")
    # An owner's name is text, not a pattern.
    ours = [put_aside("form", f"a_c:f{number}", "form_not_found") for number in range(3)]
    put_aside("form", "abc:f1", "form_not_found")
    until = Quarantined.objects.order_by("-first_seen_at").first().first_seen_at
    key = f"form|form_not_found||a_c|{until.isoformat()}|"
    moved = [QuarantinedRecords().act(key, "ignore", inside.owner) for _ in range(3)]
    assert moved == [2, 1, 0]
    assert set(Quarantined.objects.filter(state="ignored").values_list("pk", flat=True)) == {row.pk for row in ours}


def test_what_a_click_has_moved_stays_moved_when_a_later_record_breaks(bare, now, browser_of, monkeypatch):
    with tenant_scope(bare.tenant.pk):
        orders = [refused_order(bare.czech, now) for _ in range(3)]
        group = only("pohoda_refused")
    really, tried = quarantine.retry, []

    def break_the_third(**facts):
        tried.append(facts)
        return really(**facts) if len(tried) < 3 else 1 / 0

    monkeypatch.setattr(quarantine, "retry", break_the_third)
    client = browser_of(bare.owner)
    client.raise_request_exception = False
    form = {"source": group.source, "key": group.key, "act": "retry"}
    assert client.post("/inbox/act/", form).status_code == 500
    with tenant_scope(bare.tenant.pk):
        states = Quarantined.objects.order_by("first_seen_at").values_list("state", flat=True)
        assert list(states) == ["retried", "retried", "open"]
        assert Order.objects.filter(pk__in=[order.pk for order in orders], code="queued").count() == 2


def test_an_order_is_locked_before_its_row_of_the_inbox_as_the_runs_do(inside, now):
    refused_order(inside.czech, now)
    row = Quarantined.objects.get()
    with CaptureQueriesContext(connection) as asked:
        assert retry(row, inside.owner) == 1
    locks = [query["sql"] for query in asked if "FOR UPDATE" in query["sql"]]
    wanted = [model._meta.db_table for model in (Order, Quarantined)]
    assert [table for sql in locks for table in wanted if f'FROM "{table}"' in sql] == wanted


@pytest.mark.parametrize(
    "key", ["", "one|", "one|x", "form|a", "form|a|x|y|z", "form\x00|a||b|2026-11-23T11:00:00+00:00"]
)
def test_a_key_that_names_nothing_moves_nothing(bare, browser_of, key):
    form = {"source": "quarantined", "key": key, "act": "retry"}
    answer = browser_of(bare.owner, "en").post("/inbox/act/", form, follow=True)
    assert "There is nothing to try again there" in answer.content.decode()


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
