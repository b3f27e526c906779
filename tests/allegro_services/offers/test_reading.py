"""The offers as Allegro shows them: the list, what the journal names, and what neither tells."""

from __future__ import annotations

import datetime as dt

import pytest

from allegro_integration.client.errors import Refused
from allegro_integration.client.offers import OfferCalls
from allegro_integration.models import Account, Market, Offer
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from allegro_integration.services.offers import reading
from connectify.clock import now
from connectify.sync.models import Quarantined
from tests.allegro_services.offers.stall import Stall, offer

READS = ["GET /sale/offer-events"]


def list_again(stall: Stall) -> None:
    Account.objects.filter(pk=stall.account.pk).update(offers_listed_at=now() - dt.timedelta(days=1))


def test_the_first_time_the_list_comes_whole(stall: Stall) -> None:
    stall.sell(offer("101", prices={"allegro-cz": "249.00", "allegro-sk": "9.99"}), offer("102", stock=1))
    run = stall.turn()["offers.read"]
    assert (run.outcome, run.counts["listed"]) == ("ok", 2)
    row = stall.offer("101")
    assert (row.name, row.external_id, row.status, row.stock) == ("Zboží 101", "KOD101", "ACTIVE", 5)
    assert (row.base_marketplace, row.prices["allegro-cz"]) == ("allegro-cz", {"amount": "249.00", "currency": "CZK"})
    assert row.prices["allegro-sk"] == {"amount": "9.99", "currency": "EUR"}
    assert stall.account.offers_listed_at is not None


def test_what_the_journal_names_is_read_again_and_nothing_else(stall: Stall) -> None:
    stall.sell(offer("101"), offer("102"))
    stall.turn(2)
    stall.site.control("POST", "offers/101", {"stock": 3})
    stall.forget()
    stall.turn()
    assert stall.requests() == ["GET /sale/offer-events", "GET /sale/offers"]
    assert (stall.offer("101").stock, stall.offer("102").stock) == (3, 5)


def test_an_offer_that_the_journal_names_first_is_read_and_planned(stall: Stall) -> None:
    stall.card("KOD101", 7)
    stall.sell(offer("102"))
    stall.turn()
    stall.sell(offer("102"), offer("101", status="INACTIVE"))
    stall.site.control("POST", "offers/101", {"status": "ACTIVE"})
    stall.settle()
    assert stall.shown("101")[1] == 7


def test_the_whole_list_finds_what_the_journal_never_said(stall: Stall) -> None:
    stall.sell(offer("101"))
    stall.turn()
    stall.sell(offer("101", stock=2))
    stall.turn()
    assert stall.offer("101").stock == 5
    list_again(stall)
    stall.turn()
    assert stall.offer("101").stock == 2


def test_an_offer_that_two_whole_lists_do_not_show_is_gone_and_may_come_back(stall: Stall) -> None:
    stall.sell(offer("101"), offer("102"))
    stall.turn()
    stall.sell(offer("102"))
    list_again(stall)
    stall.turn()
    assert stall.offer("101").state != "superseded"
    Offer.objects.filter(offer_id="101").update(listed_at=now() - dt.timedelta(days=2))
    list_again(stall)
    stall.turn()
    assert stall.stands("101") == ("superseded", "offer_gone")
    stall.sell(offer("101"), offer("102"))
    list_again(stall)
    stall.turn()
    assert stall.offer("101").state != "superseded"


def test_a_long_list_takes_a_few_pages_a_cycle_and_nothing_is_planned_before_its_end(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    monkeypatch.setattr(reading, "PAGES_PER_CYCLE", 2)
    stall.sell(*(offer(str(number)) for number in range(101, 108)))
    stall.card("KOD101", 9)
    runs = stall.turn()
    assert (Offer.objects.filter(account=stall.account).count(), stall.account.offers_offset) == (4, 4)
    assert runs["offers.plan"].counts == {"waiting": 1}
    assert stall.due_in_s() <= 0
    stall.turn()
    assert Offer.objects.filter(account=stall.account).count() == 7
    assert stall.changes("101") == [("offer.quantity", "intent")]


def test_a_long_journal_takes_a_few_pages_a_cycle(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    stall.sell(offer("101"))
    stall.turn(2)
    monkeypatch.setattr(reading, "EVENTS_PER_PAGE", 1)
    monkeypatch.setattr(reading, "JOURNAL_PAGES_PER_CYCLE", 2)
    for stock in (4, 3, 2, 1):
        stall.site.control("POST", "offers/101", {"stock": stock})
    stall.forget()
    stall.turn()
    assert stall.requests().count("GET /sale/offer-events") == 2
    assert stall.due_in_s() <= 0
    for _ in range(5):
        stall.turn()
    stall.forget()
    stall.turn()
    assert stall.requests() == ["GET /sale/offer-events"]
    assert stall.offer("101").stock == 1


def test_a_journal_that_has_forgotten_where_we_stand_is_made_up_for_by_the_list(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    stall.sell(offer("101"))
    stall.turn()
    asked = OfferCalls.offer_events

    def forgotten(self, from_=None, limit=1000):
        if from_ == "old":
            raise Refused("unknown event", errors=(), user_message="")
        return asked(self, from_, limit)

    monkeypatch.setattr(OfferCalls, "offer_events", forgotten)
    Account.objects.filter(pk=stall.account.pk).update(offers_cursor="old")
    stall.sell(offer("101", stock=1))
    stall.turn()
    assert stall.offer("101").stock == 1
    assert stall.account.offers_cursor != "old"


def test_an_offer_that_we_do_not_understand_is_alone(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    stall.sell(offer("101"), offer("102"))
    understood = OfferCalls.offers

    def odd(self, **asked):
        page = understood(self, **asked)
        from allegro_integration.client.offer_messages import OfferPage
        from allegro_integration.client.records import OddRecord

        kept = tuple(one for one in page.offers if one.id != "101")
        return OfferPage(kept, (OddRecord("101", "price is missing", b'{"id": "101"}'),), page.total)

    with monkeypatch.context() as patch:
        patch.setattr(OfferCalls, "offers", odd)
        stall.turn()
    found = Quarantined.objects.get(subject_kind="offer")
    assert (found.code, found.params) == ("offer_not_understood", {"offer_id": "101", "detail": "price is missing"})
    assert bytes(found.payload.body) == b'{"id": "101"}'
    assert list(Offer.objects.filter(account=stall.account).values_list("offer_id", flat=True)) == ["102"]
    list_again(stall)
    stall.turn()
    found.refresh_from_db()
    assert (found.state, stall.offer("101").stock) == ("solved", 5)


def test_details_are_read_a_few_a_cycle_and_once(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "DETAILS_PER_CYCLE", 2)
    stall.sell(*(offer(str(number), "neznámý") for number in range(101, 106)))
    stall.absorbed()
    stall.turn()
    details = []
    for _ in range(5):
        stall.forget()
        stall.turn()
        details.append(len([one for one in stall.requests() if one.startswith("GET /sale/product-offers/")]))
    assert details == [2, 2, 1, 0, 0]


def test_a_secondary_instance_alone_does_no_offer_work(stall: Stall) -> None:
    Market.objects.filter(pk=stall.shop.market.pk).update(role=Market.Role.SECONDARY)
    stall.forget()
    stall.turn()
    assert stall.requests() == []
    Market.objects.filter(pk=stall.shop.market.pk).update(assortment=Market.Assortment.SEPARATE)
    stall.sell(offer("101"))
    stall.turn()
    assert stall.offer("101").stock == 5


def test_before_there_are_settings_offers_are_read_for_the_first_preview_and_left_alone(stall: Stall) -> None:
    type(stall.instance).objects.filter(pk=stall.instance.pk).update(settings={"orders": {"store": "HLAVNI"}})
    stall.sell(offer("101"))
    stall.card("KOD101", 9)
    stall.forget()
    stall.turn(3)
    assert stall.offer("101").stock == 5
    assert stall.changes("101") == []
    assert [one for one in stall.requests() if not one.startswith("GET ")] == []


def test_nothing_is_planned_before_a_stock_was_read_and_no_more_pieces_while_it_is_held(stall: Stall) -> None:
    from pohoda_bridge.server.mirror.models import MirrorRead

    stall.sell(offer("101"))
    assert stall.turn()["offers.plan"].counts == {"waiting": 1}
    stall.card("KOD101", 9)
    MirrorRead.objects.update(held_at=now(), held_code="export_shorter")
    assert stall.turn()["offers.plan"].counts == {"offers": 1, "skipped": 1}
    assert stall.changes("101") == []
    MirrorRead.objects.update(held_at=None, held_code="")
    stall.settle()
    assert stall.shown("101")[1] == 9


def test_the_sellers_ids_are_asked_for_in_one_call(stall: Stall) -> None:
    stall.sell(*(offer(str(number)) for number in range(101, 131)))
    stall.turn(2)
    for number in range(101, 131):
        stall.site.control("POST", f"offers/{number}", {"stock": 3})
    stall.forget()
    stall.turn()
    assert stall.requests() == ["GET /sale/offer-events", "GET /sale/offers"]
    assert set(Offer.objects.filter(account=stall.account).values_list("stock", flat=True)) == {3}
    assert stall.account.seller_id == DEFAULT_SELLER
