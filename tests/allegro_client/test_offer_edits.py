"""Editing one offer through our client: what goes out, and what comes of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.errors import EditInProgress, OfferRefused, OutcomeUnknown, SecurityStop
from allegro_integration.client.http import Exchange
from allegro_integration.client.offer_messages import Accepted, Applied, Finished, OfferPatch, Running
from connectify.domain.money import Money
from tests.allegro_client.answers import OFFER, whole_offer
from tests.allegro_client.scripted import Scripted


def test_only_what_is_set_is_sent() -> None:
    euros = Money(Decimal("9.9"), "EUR")
    assert OfferPatch(stock=0).content() == {"stock": {"available": 0}}
    assert OfferPatch(stock=3, activate=True).content() == {
        "stock": {"available": 3},
        "publication": {"status": "ACTIVE"},
    }
    assert OfferPatch(price=Money(Decimal(583), "CZK"), prices={"allegro-sk": euros}).content() == {
        "sellingMode": {"price": {"amount": "583", "currency": "CZK"}},
        "additionalMarketplaces": {"allegro-sk": {"sellingMode": {"price": {"amount": "9.9", "currency": "EUR"}}}},
    }
    assert OfferPatch(price=Money(Decimal("1E+2"), "CZK")).content()["sellingMode"]["price"]["amount"] == "100"


@pytest.mark.parametrize("patch", [OfferPatch(), OfferPatch(stock=-1)])
def test_an_edit_of_nothing_or_to_a_negative_stock_is_a_mistake_of_ours(
    scripted_api: AllegroApi, script: Scripted, patch: OfferPatch
) -> None:
    with pytest.raises(ValueError, match=r"nothing|negative"):
        scripted_api.patch_offer(OFFER, patch)
    assert script.asked == []


def test_an_edit_done_at_once_is_applied(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(200, whole_offer())
    assert scripted_api.patch_offer(OFFER, OfferPatch(stock=5)) == Applied()
    assert (script.last["method"], script.sent) == ("PATCH", {"stock": {"available": 5}})


def test_what_blocks_an_inactive_offer_comes_with_the_applied_edit(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(200, whole_offer(validation={"errors": [{"code": "MISSING_PRODUCER", "message": "m"}]}))
    applied = scripted_api.patch_offer(OFFER, OfferPatch(price=Money(Decimal(1), "CZK")))
    assert isinstance(applied, Applied)
    assert [one.code for one in applied.errors] == ["MISSING_PRODUCER"]


def test_an_accepted_edit_is_followed_until_it_is_over(scripted_api: AllegroApi, script: Scripted) -> None:
    where = f"{script.url}/sale/product-offers/{OFFER}/operations/77"
    script.answer(202, whole_offer(), Location=where, Retry_After="5")
    accepted = scripted_api.patch_offer(OFFER, OfferPatch(stock=1, activate=True))
    assert accepted == Accepted(where, 5.0)
    running = {"offer": {"id": OFFER}, "operation": {"id": "77", "status": "IN_PROGRESS"}}
    script.answer(202, running, Retry_After="2")
    script.answer(202, running)
    script.answer(303, b"", Location=f"{script.url}/sale/product-offers/{OFFER}")
    assert scripted_api.operation(where) == Running(2.0)
    assert scripted_api.operation(where) == Running(None)
    assert scripted_api.operation(where) == Finished()
    assert [one["path"] for one in script.asked[1:]] == [f"/sale/product-offers/{OFFER}/operations/77"] * 3


def test_the_location_is_followed_as_it_came(scripted_api: AllegroApi, script: Scripted) -> None:
    for location in ("/odd%20place/77?x=a%2Fb", f"{script.url}/odd%20place/77?x=a%2Fb"):
        script.answer(303)
        assert scripted_api.operation(location) == Finished()
        assert (script.last["path"], script.last["query"]) == ("/odd%20place/77", "x=a%2Fb")
        assert script.last["request_headers"]["authorization"] == "Bearer token"


@pytest.mark.parametrize(
    "location",
    [
        "https://api.allegro.example/sale/product-offers/1/operations/2",
        "//127.0.0.2/x",
        "http://127.0.0.1:1/x",
        "{other_scheme}/x",
        "{with_user}/x",
        "{own}/x y",
        "{own}/x\r\nA: b",
        "{own}/š",
        "http://[x",
        "file:///etc/passwd",
    ],
)
def test_a_location_that_is_not_our_allegro_is_not_followed(
    scripted_api: AllegroApi, script: Scripted, location: str
) -> None:
    places = {
        "{own}": script.url,
        "{other_scheme}": script.url.replace("http:", "https:"),
        "{with_user}": script.url.replace("://", "://a:b@"),
    }
    for name, value in places.items():
        location = location.replace(name, value)
    with pytest.raises(SecurityStop) as caught:
        scripted_api.operation(location)
    assert caught.value.code == "foreign_location"
    assert script.asked == []


def test_an_edit_that_fails_later_is_refused_with_allegros_words(scripted_api: AllegroApi, script: Scripted) -> None:
    script.refuse(422, "InvalidPricePrecision", "whole crowns", path="sellingMode.price")
    with pytest.raises(OfferRefused) as caught:
        scripted_api.operation("/sale/product-offers/1/operations/2")
    assert (caught.value.errors[0].code, caught.value.errors[0].path) == ("InvalidPricePrecision", "sellingMode.price")
    assert caught.value.params["user_message"] == "~whole crowns"


def test_an_edit_of_an_offer_being_edited_waits(scripted_api: AllegroApi, script: Scripted) -> None:
    script.refuse(409, "OfferConflictException", "being processed")
    with pytest.raises(EditInProgress) as caught:
        scripted_api.patch_offer(OFFER, OfferPatch(stock=1))
    assert caught.value.code == "edit_in_progress"


def test_a_refused_edit_says_what_blocks_it(scripted_api: AllegroApi, script: Scripted) -> None:
    script.refuse(422, "MISSING_PRODUCER", "no producer")
    with pytest.raises(OfferRefused) as caught:
        scripted_api.patch_offer(OFFER, OfferPatch(stock=1))
    assert (caught.value.code, caught.value.detail) == ("refused", "no producer")


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>ok</html>"), (200, b""), (200, b'{"id":"2"}'), (202, b"{}"), (502, b"")]
)
def test_an_edit_without_allegros_own_answer_may_have_happened(
    scripted_api: AllegroApi, script: Scripted, status: int, body: bytes
) -> None:
    script.answer(status, body)
    with pytest.raises(OutcomeUnknown):
        scripted_api.patch_offer(OFFER, OfferPatch(stock=1))


def test_what_runs_on_sending_runs_once_before_the_answer_is_read(
    scripted_api: AllegroApi, script: Scripted, seen: list[Exchange]
) -> None:
    answers_read: list[int] = []
    script.answer(200, whole_offer())
    scripted_api.patch_offer(OFFER, OfferPatch(stock=1), on_sent=lambda: answers_read.append(len(seen)))
    assert (answers_read, len(seen)) == ([0], 1)
