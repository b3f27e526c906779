"""The inbox: hints come in any number and order, each form is one row, and none is lost."""

import datetime as dt
import json

import pytest

from allegro_integration.client.messages import OrderEvent
from allegro_integration.client.strict_json import shape
from allegro_integration.models import InboxForm, JournalEvent, SoldLine
from allegro_integration.services import inbox
from connectify.sync.models import Quarantined
from tests.allegro_domain.forms import FORM_ID, line
from tests.allegro_services.shop import MERGED_ID, Shop

State = InboxForm.State


def event(number: int, form_id: str = FORM_ID) -> OrderEvent:
    raw = {
        "id": str(number),
        "type": "READY_FOR_PROCESSING",
        "occurredAt": "2026-11-20T10:00:00Z",
        "order": {"seller": {"id": "101"}, "checkoutForm": {"id": form_id}},
    }
    return shape(raw, OrderEvent)


def to_read(shop: Shop) -> list[str]:
    return [row.form_id for row in inbox.forms_to_read(shop.market.account, limit=10)]


def test_the_same_page_twice_is_stored_once_and_moves_the_cursor(shop):
    account, page = shop.market.account, [event(1), event(2), event(2), event(3, MERGED_ID)]
    assert inbox.store_journal_page(account, page, cursor="3") == 3
    assert inbox.store_journal_page(account, page, cursor="3") == 0
    assert JournalEvent.objects.count() == 3
    assert sorted(to_read(shop)) == sorted([FORM_ID, MERGED_ID])
    account.refresh_from_db()
    assert account.journal_cursor == "3"


def test_an_event_of_a_form_that_was_read_has_it_read_again(shop):
    shop.receive()
    assert to_read(shop) == []
    inbox.store_journal_page(shop.market.account, [event(9)], cursor="9")
    assert to_read(shop) == [FORM_ID]


@pytest.mark.parametrize("state", [State.GONE, State.UNREADABLE, State.READ])
def test_a_hint_gives_every_settled_form_a_new_chance(shop, state):
    row = shop.hint()
    InboxForm.objects.filter(pk=row.pk).update(state=state, reads=3)
    row = shop.hint()
    assert (row.state, row.reads) == (State.TO_READ, 0)


def test_the_sweep_hints_what_is_unknown_or_changed_and_nothing_else(shop):
    shop.receive(revision="r1")
    account = shop.market.account
    assert inbox.hint_changed(account, [(FORM_ID, "r1")]) == 0
    assert inbox.hint_changed(account, [(FORM_ID, "r2"), (MERGED_ID, "r1")]) == 2
    assert inbox.hint_changed(account, [(FORM_ID, "r2"), (MERGED_ID, "r1")]) == 0
    assert InboxForm.objects.get(form_id=MERGED_ID).found_by == "sweep"


def test_content_that_is_the_same_but_for_its_revision_is_not_new(shop):
    shop.receive(revision="r1")
    story = shop.story()
    shop.receive(revision="r2")
    assert shop.story() == story


def test_a_form_that_is_not_there_is_looked_for_three_times_and_then_shown(shop):
    row = shop.hint()
    for _ in range(2):
        inbox.note_missing(row)
        row.refresh_from_db()
        assert row.state == State.TO_READ
        assert to_read(shop) == []
    assert row.next_read_at - row.first_seen_at >= dt.timedelta(minutes=4)
    inbox.note_missing(row)
    row.refresh_from_db()
    assert row.state == State.GONE
    assert shop.tasks() == {"form_not_found": "open"}


def test_a_reading_that_failed_is_no_look_at_a_form_that_is_not_there(shop):
    row = shop.hint()
    for _ in range(2):
        inbox.note_failed(row, ValueError("500"))
    assert row.missing_since is None
    inbox.note_missing(row)
    row.refresh_from_db()
    assert (row.state, row.missing_since is None) == (State.TO_READ, False)


def test_a_form_that_was_not_there_is_looked_for_at_once_when_it_is_named_again_and_is_found_when_read(shop):
    inbox.note_missing(shop.hint())
    assert to_read(shop) == []
    assert shop.hint().missing_since is None
    assert to_read(shop) == [FORM_ID]
    inbox.note_missing(InboxForm.objects.get(form_id=FORM_ID))
    shop.receive()
    assert InboxForm.objects.get(form_id=FORM_ID).missing_since is None


def test_a_form_that_vanished_into_another_is_no_riddle(shop):
    shop.receive()
    shop.receive(id=MERGED_ID, lineItems=[line()])
    row = InboxForm.objects.select_related("account").get(form_id=FORM_ID)
    for _ in range(3):
        inbox.note_missing(row)
    assert (row.state, shop.tasks()) == (State.GONE, {})
    assert set(SoldLine.objects.values_list("form__form_id", flat=True)) == {MERGED_ID}


def test_a_form_that_is_not_understood_is_kept_whole_beside_its_reason(shop):
    row = shop.hint()
    inbox.note_unreadable(row, raw=b'{"id": 1}', detail="Expected `str`")
    task = Quarantined.objects.get()
    assert (task.code, bytes(task.payload.body)) == ("form_not_understood", b'{"id": 1}')
    assert to_read(shop) == []
    shop.receive()
    assert shop.tasks() == {"form_not_understood": "solved"}


def test_the_lines_that_can_be_seen_in_a_form_that_is_not_understood_are_kept_and_the_others_are_known_to_lack(shop):
    lines = [
        {"id": "l1", "offer": {"id": "101", "external": {"id": " KOD "}}, "quantity": 2, "price": "what?"},
        {"id": "l2", "offer": {"id": "102", "external": 7}, "quantity": 1},
        {"id": "l3", "offer": {"id": "103"}, "quantity": "several"},
        {"id": "l4", "offer": {"id": "104"}, "quantity": -1},
    ]
    raw = json.dumps({"lineItems": lines}).encode()
    inbox.note_unreadable(shop.hint(), raw=raw, detail="x")
    kept = SoldLine.objects.order_by("line_id").values_list("line_id", "offer_id", "code", "quantity")
    assert list(kept) == [("l1", "101", "KOD", 2), ("l2", "102", "", 1)]
    assert InboxForm.objects.get().has_unknown_pieces

    inbox.note_unreadable(shop.hint(), raw=json.dumps({"lineItems": lines[:2]}).encode(), detail="x")
    assert not InboxForm.objects.get().has_unknown_pieces


def test_an_older_form_that_is_not_understood_takes_no_lines_from_the_joint_one(shop):
    shop.receive(id=MERGED_ID, lineItems=[line(id="l1"), line(id="l2")])
    raw = json.dumps({"lineItems": [{"id": "l1", "offer": {"id": "101"}, "quantity": 1}]}).encode()
    inbox.note_unreadable(shop.hint(), raw=raw, detail="x")
    assert set(SoldLine.objects.values_list("form__form_id", flat=True)) == {MERGED_ID}


@pytest.mark.parametrize(
    "good",
    [
        {},
        {"status": "BOUGHT"},
        {"status": "CANCELLED"},
        {"fulfillment": {"status": "NEW", "provider": {"id": "ALLEGRO"}}},
        {"messageToSeller": "Hello"},
    ],
)
@pytest.mark.parametrize("read_before", [False, True])
def test_a_form_that_can_be_read_again_needs_nobody_whatever_it_says(shop, good, read_before):
    if read_before:
        shop.receive()
    inbox.note_unreadable(shop.hint(), raw=b"{}", detail="x")
    assert shop.tasks() == {"form_not_understood": "open"}
    shop.receive(**good)
    assert shop.tasks() == {"form_not_understood": "solved"}


def test_a_form_that_was_put_aside_and_then_merged_needs_nobody(shop):
    row = shop.hint()
    inbox.note_unreadable(row, raw=b"{}", detail="x")
    inbox.close_merged(row, by=MERGED_ID)
    assert shop.tasks() == {"form_not_understood": "solved"}


def test_a_form_that_waits_for_its_instance_goes_on_waiting_when_it_is_read_again(shop):
    for _ in range(2):
        shop.receive(marketplace={"id": "allegro-sk"})
        assert shop.tasks() == {"no_instance": "open"}
    shop.receive(marketplace={"id": "allegro-sk"}, status="CANCELLED")
    assert shop.tasks() == {"no_instance": "solved"}
