"""Allegro's REST API through our client, against the sandbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from allegro_integration.client.api import AllegroApi, FormFilter
from allegro_integration.client.environments import SANDBOX
from allegro_integration.client.errors import (
    ContractChanged,
    FormNotUnderstood,
    NotFound,
    OutcomeUnknown,
    Refused,
    RevisionConflict,
    SecurityStop,
    Throttled,
)
from allegro_integration.client.governor import Governor
from allegro_integration.client.http import AllegroHttp
from allegro_integration.client.oauth import OAuthClient, TokenPair
from allegro_integration.domain.forms import FormState, form_state
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from connectify.domain.errors import NeedsUser, Retryable
from tests.allegro_client.conftest import Allegro, Tokens
from tests.allegro_domain.forms import FORM_ID, raw_form
from tests.openapi import violations

MakeApi = Callable[..., AllegroApi]


@pytest.fixture
def make_api(allegro: Allegro, http: AllegroHttp, governor: Governor) -> MakeApi:
    def make(tokens: Tokens) -> AllegroApi:
        return AllegroApi(http, allegro.environment, tokens.seller_id, tokens, governor, observer=allegro.seen.append)

    return make


@pytest.fixture
def api(make_api: MakeApi, pair: TokenPair) -> AllegroApi:
    return make_api(Tokens(pair.access))


@pytest.fixture
def form_id(allegro: Allegro) -> str:
    return allegro.purchase(marketplace="allegro-cz")[0]


def test_me_says_whose_token_it_is(api: AllegroApi) -> None:
    me = api.me()
    assert me.id == DEFAULT_SELLER
    assert me.base_marketplace is not None
    assert me.base_marketplace.id == "allegro-cz"


def test_another_sellers_me_stops_the_account(allegro: Allegro, oauth: OAuthClient, make_api: MakeApi) -> None:
    from tests.allegro_client.conftest import sign_in

    allegro.control("PUT", "sellers/777", {"login": "jiny"})
    other = sign_in(allegro, oauth, seller="777")
    with pytest.raises(SecurityStop) as caught:
        make_api(Tokens(other.access)).me()
    assert caught.value.code == "wrong_seller"


def test_the_journal_is_read_from_a_cursor(api: AllegroApi, allegro: Allegro, form_id: str) -> None:
    events = api.order_events().events
    assert [event.type for event in events] == ["BOUGHT", "FILLED_IN", "READY_FOR_PROCESSING"]
    assert {event.order.checkout_form.id for event in events if event.order.checkout_form} == {form_id}
    assert all(event.order.line_items[0].quantity >= 1 for event in events)
    assert [event.id for event in api.order_events(from_=events[0].id).events] == [events[1].id, events[2].id]
    assert [event.id for event in api.order_events(limit=1).events] == [events[0].id]
    latest = api.event_stats().latest_event
    assert latest is not None
    assert latest.id == events[-1].id


def test_an_account_that_never_sold_has_no_latest_event(api: AllegroApi) -> None:
    assert api.event_stats().latest_event is None
    assert api.order_events().events == ()


def test_events_of_another_seller_stop_the_account(api: AllegroApi, allegro: Allegro, form_id: str) -> None:
    allegro.fault("wrong_seller", times=1)
    with pytest.raises(SecurityStop):
        api.order_events()


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


def test_a_form_of_a_strange_shape_is_rejected_alone_with_its_bytes(api: AllegroApi, allegro: Allegro) -> None:
    strange = "29738e61-7f6a-11e8-ac45-09db60ede9d7"
    allegro.control("PUT", f"forms/{FORM_ID}", raw_form())
    allegro.control("PUT", f"forms/{strange}", raw_form(id=strange, buyer="who?"))
    with pytest.raises(FormNotUnderstood) as caught:
        api.checkout_form(strange)
    assert b"who?" in caught.value.raw
    assert "buyer" in caught.value.detail
    page = api.checkout_forms(FormFilter())
    assert page.total == 2
    listed = {one.id: one for one in page.forms}
    assert listed[strange].form is None
    assert "buyer" in listed[strange].problem
    assert listed[FORM_ID].form is not None


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


def test_an_outdated_revision_is_a_conflict(api: AllegroApi, allegro: Allegro, form_id: str) -> None:
    form, _ = api.checkout_form(form_id)
    allegro.control("POST", f"forms/{form_id}/modify-address", {})
    with pytest.raises(RevisionConflict):
        api.set_fulfillment(form_id, "PROCESSING", form.revision)


def test_a_status_that_cannot_be_set_is_refused_in_allegros_words(api: AllegroApi, form_id: str) -> None:
    with pytest.raises(Refused) as caught:
        api.set_fulfillment(form_id, "RETURNED", None)  # type: ignore[arg-type]
    assert caught.value.errors[0].code == "VALIDATION_ERROR"
    assert caught.value.params["user_message"]
    assert caught.value.params["trace_id"]


def test_a_missing_form_is_not_found(api: AllegroApi) -> None:
    with pytest.raises(NotFound):
        api.checkout_form(FORM_ID)


def test_delivery_methods_and_marketplaces_are_listed(api: AllegroApi) -> None:
    assert all(method.id for method in api.delivery_methods("allegro-cz"))
    currencies = {place.id: place.currencies.base.code for place in api.marketplaces()
                  if place.currencies and place.currencies.base}  # fmt: skip
    assert currencies["allegro-cz"] == "CZK"


def test_an_expired_token_is_refreshed_once_and_the_call_repeated_once(
    make_api: MakeApi, allegro: Allegro, oauth: OAuthClient, pair: TokenPair
) -> None:
    allegro.control("POST", "tokens/expire", {"seller": DEFAULT_SELLER})
    tokens = Tokens(pair.access, oauth.refresh(pair.refresh).access)
    assert make_api(tokens).me().id == DEFAULT_SELLER
    assert tokens.rejected == [pair.access]
    assert [one["status"] for one in allegro.exchanges("/me")] == [401, 200]


def test_a_fresh_token_that_is_refused_too_asks_for_a_new_sign_in(
    make_api: MakeApi, allegro: Allegro, pair: TokenPair
) -> None:
    allegro.control("POST", "tokens/expire", {"seller": DEFAULT_SELLER})
    with pytest.raises(NeedsUser) as caught:
        make_api(Tokens(pair.access)).me()
    assert caught.value.code == "reauth"
    assert len(allegro.exchanges("/me")) == 2


def test_a_token_of_another_environment_is_told_apart(make_api: MakeApi) -> None:
    with pytest.raises(NeedsUser) as caught:
        make_api(Tokens("not.one.ofours")).me()
    assert caught.value.code == "wrong_environment"


def test_a_provider_of_another_environment_or_seller_is_refused_before_sending(
    http: AllegroHttp, governor: Governor
) -> None:
    with pytest.raises(NeedsUser) as caught:
        AllegroApi(http, SANDBOX, "1", Tokens("t", environment="production", seller_id="1"), governor)
    assert caught.value.code == "wrong_environment"
    with pytest.raises(SecurityStop):
        AllegroApi(http, SANDBOX, "1", Tokens("t", environment="sandbox", seller_id="2"), governor)


def test_a_missing_scope_needs_a_person(
    make_api: MakeApi, allegro: Allegro, http: AllegroHttp, oauth: OAuthClient
) -> None:
    from tests.allegro_client.conftest import CALLBACK, VERIFIER, consent

    code = consent(allegro, scope="allegro:api:profile:read")
    pair = oauth.exchange_code(code=code, verifier=VERIFIER, redirect_uri=CALLBACK)
    with pytest.raises(NeedsUser) as caught:
        make_api(Tokens(pair.access)).order_events()
    assert caught.value.code == "forbidden"
    assert "orders:read" in caught.value.detail


@pytest.mark.parametrize("fault", ["html_200", "truncated_json"])
def test_an_answer_that_is_no_json_fails_the_whole_page(
    api: AllegroApi, allegro: Allegro, form_id: str, fault: str
) -> None:
    allegro.fault(fault, target="/order", times=2)
    with pytest.raises(Retryable) as caught:
        api.order_events()
    assert caught.value.code == "unreadable_answer"
    with pytest.raises(Retryable) as caught:
        api.checkout_form(form_id)
    assert caught.value.code == "unreadable_answer"


def test_a_server_error_is_retryable_when_reading_and_unknown_when_writing(
    api: AllegroApi, allegro: Allegro, form_id: str
) -> None:
    allegro.fault("http_503", target="/order", times=2)
    with pytest.raises(Retryable) as caught:
        api.checkout_form(form_id)
    assert caught.value.code == "allegro_down"
    with pytest.raises(OutcomeUnknown):
        api.set_fulfillment(form_id, "PROCESSING", None)


def test_a_status_applied_without_an_answer_is_unknown_and_can_be_looked_up(
    api: AllegroApi, allegro: Allegro, form_id: str
) -> None:
    allegro.fault("apply_then_timeout", target="/order", times=1, params={"seconds": 0})
    with pytest.raises(OutcomeUnknown):
        api.set_fulfillment(form_id, "PROCESSING", None)
    form, _ = api.checkout_form(form_id)
    assert form.fulfillment is not None
    assert form.fulfillment.status == "PROCESSING"


def test_a_429_pauses_the_seller(api: AllegroApi, allegro: Allegro, governor: Governor) -> None:
    allegro.fault("http_429", times=1)
    with pytest.raises(Throttled) as caught:
        api.me()
    assert caught.value.retry_after_s == 60
    with pytest.raises(Retryable) as paused:
        api.me()
    assert paused.value.code == "throttled"
    assert len(allegro.exchanges("/me")) == 1


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


def test_a_media_type_that_allegro_gave_up_stops_everything(
    allegro: Allegro, http: AllegroHttp, pair: TokenPair
) -> None:
    from allegro_integration.client.errors import api_error
    from allegro_integration.client.http import BETA, Request

    headers = {"Accept": BETA, "Authorization": f"Bearer {pair.access}"}
    answer = http.exchange(Request(method="GET", base_url=allegro.server.url, path="/me", headers=headers))
    assert isinstance(api_error(answer, is_write=False), ContractChanged)
