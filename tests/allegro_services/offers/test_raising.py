"""While it is not known what was sold, no offer gets more pieces: what a buyer took would be offered again."""

from __future__ import annotations

import pytest

from allegro_integration.models import Account, InboxForm, Offer
from connectify.clock import now
from connectify.sync.models import DirectionState
from connectify.sync.states import set_state
from pohoda_bridge.server.mirror.models import MirrorRead
from tests.allegro_services.offers.stall import Stall, offer
from tests.allegro_services.offers.test_sold import bought

UNREAD = {"marketplace": "allegro-cz", "state": InboxForm.State.TO_READ}


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
    InboxForm.objects.create(account=stall.account, form_id="f1", reads=1, **UNREAD)
    stall.card("KOD101", 7)
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

    Account.objects.filter(pk=stall.account.pk).update(journal_read_at=now())
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
