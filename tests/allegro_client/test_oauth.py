"""Signing in at Allegro, against its sandbox."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from allegro_integration.client.environments import custom_environment
from allegro_integration.client.errors import NotSent, OutcomeUnknown, Throttled
from allegro_integration.client.http import AllegroHttp
from allegro_integration.client.oauth import (
    DeviceCode,
    DevicePending,
    InvalidGrant,
    OAuthClient,
    TokenPair,
    code_challenge,
)
from connectify.domain.errors import NeedsUser, Retryable
from tests.allegro_client.conftest import CALLBACK, VERIFIER, Allegro, consent, oauth_of, sign_in


def test_the_authorize_address_asks_for_consent_with_a_challenge(oauth: OAuthClient, allegro: Allegro) -> None:
    url = oauth.authorize_url(
        state="s t&", challenge=code_challenge(VERIFIER), redirect_uri=CALLBACK, scopes=("a:b", "c:d")
    )
    assert url.startswith(f"{allegro.server.url}/auth/oauth/authorize?")
    assert parse_qs(urlsplit(url).query) == {
        "response_type": ["code"],
        "client_id": [allegro.settings.client_id],
        "redirect_uri": [CALLBACK],
        "state": ["s t&"],
        "prompt": ["confirm"],
        "code_challenge": ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"],
        "code_challenge_method": ["S256"],
        "scope": ["a:b c:d"],
    }


def test_a_code_with_its_verifier_becomes_a_pair_without_the_secret(allegro: Allegro, oauth: OAuthClient) -> None:
    pair = sign_in(allegro, oauth)
    assert pair.expires_in_s == 43_199
    assert "allegro:api:orders:read" in pair.scope.split()
    (recorded,) = allegro.exchanges("/auth/oauth/token")
    assert "authorization" not in recorded["request_headers"]


def test_a_code_with_another_verifier_is_refused(allegro: Allegro, oauth: OAuthClient) -> None:
    with pytest.raises(InvalidGrant) as caught:
        oauth.exchange_code(code=consent(allegro), verifier="x" * 43, redirect_uri=CALLBACK)
    assert caught.value.code == "reauth"


def test_a_code_works_once(allegro: Allegro, oauth: OAuthClient) -> None:
    code = consent(allegro)
    oauth.exchange_code(code=code, verifier=VERIFIER, redirect_uri=CALLBACK)
    with pytest.raises(InvalidGrant):
        oauth.exchange_code(code=code, verifier=VERIFIER, redirect_uri=CALLBACK)


def test_a_refresh_gives_another_pair(oauth: OAuthClient, pair: TokenPair) -> None:
    other = oauth.refresh(pair.refresh)
    assert other.refresh != pair.refresh
    assert other.access != pair.access


def test_an_unknown_refresh_token_asks_for_a_new_sign_in(oauth: OAuthClient) -> None:
    with pytest.raises(InvalidGrant):
        oauth.refresh("unknown")


def test_a_wrong_client_secret_is_not_the_sellers_fault(allegro: Allegro, http: AllegroHttp, pair: TokenPair) -> None:
    stranger = OAuthClient(http, allegro.environment, client_id=allegro.settings.client_id, client_secret="wrong")
    with pytest.raises(NeedsUser) as caught:
        stranger.refresh(pair.refresh)
    assert caught.value.code == "client_refused"
    assert not isinstance(caught.value, InvalidGrant)


@pytest.mark.parametrize("fault", ["html_200", "truncated_json", "http_503", "refresh_answer_lost"])
def test_whatever_is_not_a_complete_answer_leaves_a_refresh_unknown(
    allegro: Allegro, oauth: OAuthClient, pair: TokenPair, fault: str
) -> None:
    allegro.fault(fault, times=1)
    with pytest.raises(OutcomeUnknown):
        oauth.refresh(pair.refresh)
    assert oauth.refresh(pair.refresh).refresh != pair.refresh


def test_too_many_refreshes_are_throttled(allegro: Allegro, oauth: OAuthClient, pair: TokenPair) -> None:
    allegro.fault("http_429", times=1, params={"retry_after": 7})
    with pytest.raises(Throttled) as caught:
        oauth.refresh(pair.refresh)
    assert caught.value.retry_after_s == 7


def test_no_token_is_seen_by_the_observer_or_in_a_repr(allegro: Allegro, oauth: OAuthClient, pair: TokenPair) -> None:
    other = oauth.refresh(pair.refresh)
    with pytest.raises(InvalidGrant):
        oauth.refresh("unknown-token")
    shown = repr(allegro.seen) + repr(pair) + repr(other)
    for secret in (pair.access, pair.refresh, other.access, other.refresh, "unknown-token", VERIFIER):
        assert secret not in shown
    assert len(allegro.seen) == 3


def test_the_device_flow_waits_for_the_person(allegro: Allegro, oauth: OAuthClient) -> None:
    started = oauth.start_device()
    assert isinstance(started, DeviceCode)
    assert (started.interval_s, started.expires_in_s) == (5, 3600)
    assert started.user_code in started.verification_uri_complete
    assert oauth.poll_device(started.device_code) == DevicePending(slow_down=False)
    assert oauth.poll_device(started.device_code) == DevicePending(slow_down=True)
    allegro.control("POST", f"device/{started.user_code}/allow", {})
    assert isinstance(oauth.poll_device(started.device_code), TokenPair)


def test_a_person_may_refuse_the_device(allegro: Allegro, oauth: OAuthClient) -> None:
    started = oauth.start_device()
    allegro.control("POST", f"device/{started.user_code}/deny", {})
    with pytest.raises(NeedsUser) as caught:
        oauth.poll_device(started.device_code)
    assert caught.value.code == "device_denied"


def test_a_device_code_grows_too_old(allegro: Allegro, oauth: OAuthClient) -> None:
    started = oauth.start_device()
    allegro.control("POST", "clock", {"advance": 3601})
    with pytest.raises(NeedsUser) as caught:
        oauth.poll_device(started.device_code)
    assert caught.value.code == "device_expired"


def test_a_strict_server_refuses_a_used_token(start: Callable[..., Allegro], http: AllegroHttp) -> None:
    allegro = start(refresh_grace=0)
    oauth = oauth_of(allegro, http)
    pair = sign_in(allegro, oauth)
    oauth.refresh(pair.refresh)
    with pytest.raises(InvalidGrant):
        oauth.refresh(pair.refresh)


def test_an_unreachable_server_got_nothing(http: AllegroHttp) -> None:
    nowhere = "http://127.0.0.1:1"
    environment = custom_environment(name="gone", api=nowhere, auth=nowhere, upload=nowhere)
    with pytest.raises(NotSent) as caught:
        OAuthClient(http, environment, client_id="a", client_secret="b").refresh("x")
    assert isinstance(caught.value, Retryable)
