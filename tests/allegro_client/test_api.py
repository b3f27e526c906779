"""Allegro's REST API through our client, against the sandbox."""

from __future__ import annotations

import datetime as dt

import pytest

from allegro_integration.client.api import AllegroApi, FormFilter, events_page, identify_seller
from allegro_integration.client.http import AllegroHttp
from allegro_integration.client.messages import RawOrderEvents
from allegro_integration.client.oauth import TokenPair
from allegro_integration.domain.forms import FormState, form_state
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from connectify.domain.errors import Retryable
from tests.allegro_client.conftest import Allegro, Tokens
from tests.allegro_domain.forms import FORM_ID, raw_form
from tests.openapi import violations


def test_me_says_whose_token_it_is(api: AllegroApi) -> None:
    me = api.me()
    assert me.id == DEFAULT_SELLER
    assert me.base_marketplace is not None
    assert me.base_marketplace.id == "allegro-cz"


def test_a_pair_of_no_account_yet_tells_its_seller(allegro: Allegro, http: AllegroHttp, pair: TokenPair) -> None:
    tokens = Tokens(pair.access, seller_id="")
    assert identify_seller(http, allegro.environment, tokens).id == DEFAULT_SELLER


def test_the_journal_is_read_from_a_cursor(api: AllegroApi, allegro: Allegro, form_id: str) -> None:
    events = api.order_events().events
    assert [event.type for event in events] == ["BOUGHT", "FILLED_IN", "READY_FOR_PROCESSING"]
    assert {event.order.checkout_form.id for event in events if event.order.checkout_form} == {form_id}
    assert [event.id for event in api.order_events(from_=events[0].id).events] == [events[1].id, events[2].id]
    assert [event.id for event in api.order_events(limit=1).events] == [events[0].id]
    latest = api.event_stats().latest_event
    assert latest is not None
    assert latest.id == events[-1].id


def test_one_odd_entry_of_the_journal_costs_neither_its_page_nor_the_cursor() -> None:
    good = {
        "id": "1",
        "type": "BOUGHT",
        "occurredAt": "2026-11-20T10:00:00Z",
        "order": {"seller": {"id": "7"}, "checkoutForm": {"id": "f"}},
    }
    page = events_page(RawOrderEvents(events=(good, {"id": "2", "type": "BOUGHT", "order": {"checkoutForm": {}}})))
    assert [event.id for event in page.events] == ["1"]
    assert [event.id for event in page.odd] == ["2"]
    assert (page.cursor, page.size) == ("2", 2)


def test_an_entry_without_an_id_cannot_be_passed() -> None:
    with pytest.raises(Retryable, match="an event without an id"):
        events_page(RawOrderEvents(events=({"type": "BOUGHT"},)))


def test_an_account_that_never_sold_has_no_latest_event(api: AllegroApi) -> None:
    assert api.event_stats().latest_event is None
    assert api.order_events().events == ()


def test_a_form_comes_with_its_bytes(api: AllegroApi, form_id: str) -> None:
    form, raw = api.checkout_form(form_id)
    assert form.id == form_id
    assert form_id.encode() in raw
    assert form_state(form) is FormState.READY
    assert form.summary.total_to_pay.currency == "CZK"


def test_unknown_words_and_keys_do_not_cost_the_form(api: AllegroApi, allegro: Allegro) -> None:
    raw = raw_form(status="READY_FOR_PROCESSING", novelty={"deep": [1, 2.5, None]})
    raw["payment"]["type"] = "BARTER"
    allegro.control("PUT", f"forms/{FORM_ID}", raw)
    form, _ = api.checkout_form(FORM_ID)
    assert form.payment is not None
    assert form.payment.type == "BARTER"


def test_forms_are_listed_by_window_and_page(api: AllegroApi, allegro: Allegro) -> None:
    ids = set(allegro.purchase(count=3, marketplace="allegro-cz"))
    now = dt.datetime.now(dt.UTC)
    window = FormFilter(
        statuses=("READY_FOR_PROCESSING",),
        bought_from=now - dt.timedelta(days=1),
        updated_to=now + dt.timedelta(hours=1),
        marketplace="allegro-cz",
        sort="lineItems.boughtAt",
    )
    first, second = api.checkout_forms(window, limit=2), api.checkout_forms(window, offset=2, limit=2)
    assert first.total == second.total == 3
    assert {one.id for page in (first, second) for one in page.forms} == ids
    assert api.checkout_forms(FormFilter(bought_to=now - dt.timedelta(days=1))).forms == ()


def test_a_window_without_a_time_zone_is_a_mistake_of_ours(api: AllegroApi) -> None:
    with pytest.raises(ValueError, match="zone"):
        api.checkout_forms(FormFilter(bought_from=dt.datetime(2026, 1, 1)))


def test_the_sellers_status_is_set_with_the_revision(api: AllegroApi, allegro: Allegro, form_id: str) -> None:
    form, _ = api.checkout_form(form_id)
    api.set_fulfillment(form_id, "PROCESSING", form.revision)
    again, _ = api.checkout_form(form_id)
    assert again.fulfillment is not None
    assert again.fulfillment.status == "PROCESSING"
    assert allegro.seen[-2].sent == b'{"status":"PROCESSING"}'


def test_delivery_methods_and_marketplaces_are_listed(api: AllegroApi) -> None:
    assert all(method.id for method in api.delivery_methods("allegro-cz"))
    currencies = {place.id: place.currencies.base.code for place in api.marketplaces()
                  if place.currencies and place.currencies.base}  # fmt: skip
    assert currencies["allegro-cz"] == "CZK"


def test_no_token_is_seen_by_the_observer(api: AllegroApi, allegro: Allegro, pair: TokenPair) -> None:
    api.me()
    assert pair.access not in repr(allegro.seen)


@pytest.fixture
def recorded(api: AllegroApi, allegro: Allegro, form_id: str) -> list[dict[str, object]]:
    api.me()
    api.order_events(from_=api.order_events(limit=1).events[0].id)
    api.event_stats()
    now = dt.datetime.now(dt.UTC)
    api.checkout_forms(
        FormFilter(
            statuses=("READY_FOR_PROCESSING",), bought_from=now, bought_to=now, updated_from=now, updated_to=now,
            marketplace="allegro-cz", sort="updatedAt",
        )
    )  # fmt: skip
    form, _ = api.checkout_form(form_id)
    api.set_fulfillment(form_id, "PROCESSING", form.revision)
    api.delivery_methods("allegro-cz")
    api.marketplaces()
    return allegro.exchanges()


@pytest.mark.reference
def test_every_request_is_one_that_the_official_file_allows(
    recorded: list[dict[str, object]], reference_dir: object
) -> None:
    requests = [one for one in recorded if not str(one["path"]).startswith("/auth/")]
    assert len(requests) == 9
    assert [problem for one in requests for problem in violations({**one, "status": None})] == []
