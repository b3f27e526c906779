"""What Allegro's refusals and broken answers become, against the sandbox."""

from __future__ import annotations

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
    api_error,
)
from allegro_integration.client.governor import Governor
from allegro_integration.client.http import BETA, AllegroHttp, Request
from allegro_integration.client.oauth import OAuthClient, TokenPair
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from connectify.domain.errors import NeedsUser, Retryable
from tests.allegro_client.conftest import CALLBACK, VERIFIER, Allegro, MakeApi, Tokens, consent, sign_in
from tests.allegro_domain.forms import FORM_ID, raw_form


def test_me_says_whose_token_it_is(api: AllegroApi) -> None:
    me = api.me()
    assert me.id == DEFAULT_SELLER
    assert me.base_marketplace is not None
    assert me.base_marketplace.id == "allegro-cz"


def test_another_sellers_me_stops_the_account(allegro: Allegro, oauth: OAuthClient, make_api: MakeApi) -> None:
    allegro.control("PUT", "sellers/777", {"login": "jiny"})
    other = sign_in(allegro, oauth, seller="777")
    with pytest.raises(SecurityStop) as caught:
        make_api(Tokens(other.access)).me()
    assert caught.value.code == "wrong_seller"


def test_events_of_another_seller_stop_the_account(api: AllegroApi, allegro: Allegro, form_id: str) -> None:
    allegro.fault("wrong_seller", times=1)
    with pytest.raises(SecurityStop):
        api.order_events()


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


def test_a_media_type_that_allegro_gave_up_stops_everything(
    allegro: Allegro, http: AllegroHttp, pair: TokenPair
) -> None:
    headers = {"Accept": BETA, "Authorization": f"Bearer {pair.access}"}
    answer = http.exchange(Request(method="GET", base_url=allegro.server.url, path="/me", headers=headers))
    assert isinstance(api_error(answer, is_write=False), ContractChanged)
