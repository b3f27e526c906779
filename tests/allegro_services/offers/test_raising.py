"""While it is not known what was sold, no offer gets more pieces: what a buyer took would be offered again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from allegro_integration.models import Account, InboxForm, Offer
from allegro_integration.services import inbox
from allegro_integration.services.offers import raising
from connectify.clock import now
from connectify.sync.models import DirectionState, Quarantined
from connectify.sync.quarantine import ignore
from connectify.sync.states import set_state
from pohoda_bridge.server.mirror.models import MirrorRead
from tests.allegro_services.offers.stall import Stall, offer
from tests.allegro_services.offers.test_sold import bought

UNREAD = {"marketplace": "allegro-cz", "state": InboxForm.State.TO_READ}


def seen(*lines: Any) -> bytes:
    """A form of an unknown shape with these line items."""
    return json.dumps({"id": 1, "lineItems": lines}).encode()


def skips(stall: Stall, offer_id: str) -> list[str]:
    return [skip["code"] for skip in stall.offer(offer_id).skips]


def test_a_form_that_was_not_read_yet_keeps_pieces_from_coming_back(stall: Stall) -> None:
    stall.sell(
        offer("101", stock=6), offer("102", stock=9), offer("103", stock=0, status="ENDED", ended_by="EMPTY_STOCK")
    )
    form = InboxForm.objects.create(account=stall.account, form_id="f1", **UNREAD)
    stall.card("KOD101", 7)
    stall.card("KOD102", 8)
    stall.card("KOD103", 2)
    stall.turn(4)
    assert [stall.shown(number)[1] for number in ("101", "102", "103")] == [6, 8, 0]
    assert skips(stall, "101") == skips(stall, "103") == ["sold_not_known"]
    assert skips(stall, "102") == []

    InboxForm.objects.filter(pk=form.pk).update(state=InboxForm.State.READ, read_at=stall.offer("101").observed_at)
    stall.settle()
    assert [stall.shown(number)[1] for number in ("101", "102", "103")] == [7, 8, 2]
    assert skips(stall, "101") == []


def test_a_form_that_was_looked_for_in_vain_keeps_nothing_waiting(stall: Stall) -> None:
    stall.sell(offer("101", stock=6))
    inbox.note_missing(InboxForm.objects.create(account=stall.account, form_id="f1", **UNREAD))
    stall.card("KOD101", 7)
    stall.settle()
    assert stall.shown("101")[1] == 7


def test_a_form_whose_reading_failed_keeps_pieces_from_coming_back_until_it_is_read_or_ignored(stall: Stall) -> None:
    stall.sell(offer("101", stock=6))
    form = InboxForm.objects.create(account=stall.account, form_id="f1", **UNREAD)
    stall.card("KOD101", 7)
    for failures in range(4):
        stall.turn(2)
        assert (stall.shown("101")[1], skips(stall, "101")) == (6, ["sold_not_known"]), failures
        inbox.note_failed(form, ValueError("500"))

    ignore(quarantined=Quarantined.objects.get(code="form_not_read"), actor=None)
    stall.settle()
    assert stall.shown("101")[1] == 7


def test_pieces_that_can_be_seen_in_a_form_that_is_not_understood_are_sold_until_a_person_ignores_it(
    stall: Stall,
) -> None:
    stall.sell(offer("101", stock=7), offer("102", stock=5))
    form = InboxForm.objects.create(account=stall.account, form_id="f1", **UNREAD)
    inbox.note_unreadable(form, raw=seen({"id": "l1", "offer": {"id": "101"}, "quantity": 3}), detail="x")
    stall.card("KOD101", 10)
    stall.card("KOD102", 8)
    stall.settle()
    assert [stall.shown(number)[1] for number in ("101", "102")] == [7, 8]

    ignore(quarantined=Quarantined.objects.get(), actor=None)
    stall.card("KOD101", 10)
    stall.settle()
    assert stall.shown("101")[1] == 10


@pytest.mark.parametrize(
    "raw",
    [b"{}", b'{"lineItems": [', b'{"lineItems": []}', b'{"lineItems": [{"id": "l1", "quantity": 1}]}'],
)
def test_a_form_whose_pieces_cannot_be_seen_keeps_pieces_from_coming_back_until_a_person_ignores_it(
    stall: Stall, raw: bytes
) -> None:
    stall.sell(offer("101", stock=6))
    form = InboxForm.objects.create(account=stall.account, form_id="f1", **UNREAD)
    inbox.note_unreadable(form, raw=raw, detail="x")
    stall.card("KOD101", 7)
    stall.turn(3)
    assert stall.shown("101")[1] == 6
    assert stall.offer("101").skips == [
        {"field": "quantity", "code": "sold_not_understood", "params": {"form_id": "f1"}}
    ]

    ignore(quarantined=Quarantined.objects.get(), actor=None)
    stall.settle()
    assert stall.shown("101")[1] == 7


@pytest.mark.parametrize("state", ["waiting_allegro", "needs_reauth"])
def test_a_journal_that_was_not_read_to_its_end_keeps_pieces_from_coming_back(stall: Stall, state: str) -> None:
    instance = stall.shop.market.instance
    set_state(instance=instance, direction="orders", state=state, code="allegro_down")
    stall.sell(offer("101", stock=6))
    stall.card("KOD101", 7)
    stall.turn(3)
    assert stall.shown("101")[1] == 6

    set_state(instance=instance, direction="orders", state=DirectionState.State.OK)
    stall.settle()
    assert stall.shown("101")[1] == 7


def test_pieces_missing_since_the_journal_was_read_do_not_come_back(stall: Stall) -> None:
    stall.sell(offer("101", stock=7))
    stall.card("KOD101", 7)
    stall.settle()
    drained = now()
    Account.objects.filter(pk=stall.account.pk).update(journal_read_at=drained)
    stall.sell(offer("101", stock=6))
    Offer.objects.update(needs_reading=True)
    stall.turn(3)
    assert (stall.offer("101").stock, stall.shown("101")[1]) == (6, 6)
    assert skips(stall, "101") == ["sold_not_known"]

    Account.objects.filter(pk=stall.account.pk).update(journal_read_at=now() + raising.JOURNAL_LAG)
    stall.settle()
    assert stall.shown("101")[1] == 7


def test_while_an_export_is_held_what_is_sold_leaves_the_other_offers_and_nothing_comes_back(stall: Stall) -> None:
    stall.sell(offer("101", "KOD", stock=10), offer("102", "KOD", stock=10), offer("103", stock=4))
    stall.card("KOD", 10)
    stall.card("KOD103", 5)
    MirrorRead.objects.update(held_at=now(), held_code="export_shorter", held_params={"previous": 40, "records": 9})
    bought(stall, 3, offer_id="102")
    stall.turn(5)
    assert [stall.shown(number)[1] for number in ("101", "102", "103")] == [7, 7, 4]
    assert stall.offer("103").skips == [
        {"field": "quantity", "code": "export_shorter", "params": {"previous": "40", "records": "9"}}
    ]

    MirrorRead.objects.update(held_at=None, held_code="", held_params={})
    stall.settle()
    assert [stall.shown(number)[1] for number in ("101", "102", "103")] == [7, 7, 5]


@pytest.mark.parametrize("confirmed", [None, 7])
def test_pieces_missing_since_a_moment_before_the_journal_was_read_wait_for_the_next_one(
    stall: Stall, confirmed: int | None
) -> None:
    stall.sell(offer("101", "KOD", stock=7), offer("102", "KOD", stock=7), offer("103", stock=4))
    stall.card("KOD", 7)
    stall.card("KOD103", 4)
    stall.settle()
    Offer.objects.filter(account=stall.account).update(confirmed_quantity=confirmed)
    stall.sell(offer("101", "KOD", stock=6), offer("102", "KOD", stock=7), offer("103", stock=4))
    stall.card("KOD", 8)
    stall.card("KOD103", 5)
    Offer.objects.update(needs_reading=True)
    # Read after we looked at the offers, as in each turn: it had all that was there, and not yet this purchase.
    Account.objects.filter(pk=stall.account.pk).update(journal_read_at=now() + raising.JOURNAL_LAG / 2)
    stall.turn(4)
    assert [stall.shown(number)[1] for number in ("101", "102", "103")] == [6, 7, 5]
    assert skips(stall, "101") == skips(stall, "102") == ["sold_just_now"]

    seen_at = stall.offer("101").fell_at
    assert seen_at is not None
    Account.objects.filter(pk=stall.account.pk).update(journal_read_at=seen_at + raising.JOURNAL_LAG)
    stall.settle()
    assert [stall.shown(number)[1] for number in ("101", "102", "103")] == [8, 8, 5]


def test_pieces_that_we_took_off_ourselves_may_come_back_at_once(stall: Stall) -> None:
    stall.sell(offer("101", stock=7))
    stall.card("KOD101", 5)
    stall.settle()
    assert (stall.shown("101")[1], stall.offer("101").fell_at is None) == (5, False)
    Account.objects.filter(pk=stall.account.pk).update(journal_read_at=now())
    stall.card("KOD101", 7)
    stall.settle()
    assert stall.shown("101")[1] == 7
