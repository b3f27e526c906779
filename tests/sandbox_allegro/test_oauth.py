"""OAuth as a seller, an application and an attacker meet it."""

import base64
import hashlib
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from tests.sandbox_allegro.conftest import CALLBACK, Visitor

VERIFIER = "a-verifier-of-more-than-forty-three-characters-in-all"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
ASKED = {"response_type": "code", "client_id": "connectify-sandbox", "redirect_uri": CALLBACK, "state": "s-1"}


def refused(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def refresh(visitor: Visitor, pair: dict[str, str]) -> httpx.Response:
    return visitor.token(grant_type="refresh_token", refresh_token=pair["refresh_token"])


def exchange(visitor: Visitor, code: str, **changed: str) -> httpx.Response:
    return visitor.token(**{"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **changed})


def test_a_seller_allows_on_the_page_and_the_code_becomes_a_pair(allegro: Visitor) -> None:
    shown = allegro.http.get("/auth/oauth/authorize", params=ASKED)
    assert shown.status_code == 200
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', shown.text))
    assert fields == ASKED
    sent = allegro.http.post("/auth/oauth/authorize", data={**fields, "seller": DEFAULT_SELLER, "decision": "allow"})
    back = urlsplit(sent.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
    query = parse_qs(back.query)
    assert query["state"] == ["s-1"]
    pair = exchange(allegro, query["code"][0]).json()
    assert pair["token_type"] == "bearer"
    assert pair["expires_in"] == 43_199
    allegro.bearer = pair["access_token"]
    assert allegro.get("/me")["id"] == DEFAULT_SELLER


def test_a_denied_consent_comes_back_with_an_error_and_no_code(allegro: Visitor) -> None:
    sent = allegro.http.post("/auth/oauth/authorize", data={**ASKED, "seller": DEFAULT_SELLER, "decision": "deny"})
    query = parse_qs(urlsplit(sent.headers["location"]).query)
    assert query["error"] == ["access_denied"]
    assert query["state"] == ["s-1"]
    assert "code" not in query


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"client_id": "stranger"}, "Unknown client_id"),
        ({"redirect_uri": "http://127.0.0.1:8000/elsewhere"}, "redirect_uri is not registered"),
        ({"response_type": "token"}, "response_type must be code"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "must be S256"),
    ],
)
def test_a_wrong_authorize_call_is_refused_on_the_page_without_a_redirect(
    start: Callable[..., Visitor], change: dict[str, str], reason: str
) -> None:
    response = start(redirect_uris=(CALLBACK,)).http.get("/auth/oauth/authorize", params={**ASKED, **change})
    assert response.status_code == 400
    assert reason in response.text


def test_what_the_application_sends_is_escaped_on_the_page(allegro: Visitor) -> None:
    shown = allegro.http.get("/auth/oauth/authorize", params={**ASKED, "state": '"><script>x</script>'})
    assert "<script>" not in shown.text


def test_a_code_works_once_for_ten_seconds_with_the_same_redirect(allegro: Visitor) -> None:
    code = allegro.code()
    assert exchange(allegro, code).status_code == 200
    assert refused(exchange(allegro, code)) == (400, "invalid_grant")
    late = allegro.code()
    allegro.control("POST", "clock", {"advance": 10})
    assert refused(exchange(allegro, late)) == (400, "invalid_grant")
    assert refused(exchange(allegro, allegro.code(), redirect_uri=f"{CALLBACK}/")) == (400, "invalid_grant")
    assert refused(exchange(allegro, "unknown")) == (400, "invalid_grant")


def test_a_challenged_code_needs_its_verifier_and_no_secret(allegro: Visitor) -> None:
    asked = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "client_id": allegro.settings.client_id}

    def without_secret(**fields: str) -> httpx.Response:
        return allegro.http.post("/auth/oauth/token", data={**asked, **fields})

    right = without_secret(code=allegro.code(code_challenge=CHALLENGE), code_verifier=VERIFIER)
    assert right.status_code == 200
    wrong = without_secret(code=allegro.code(code_challenge=CHALLENGE), code_verifier=VERIFIER[::-1])
    assert refused(wrong) == (400, "invalid_grant")
    assert refused(without_secret(code=allegro.code(code_challenge=CHALLENGE))) == (401, "unauthorized")
    assert refused(without_secret(code=allegro.code(), code_verifier=VERIFIER)) == (401, "unauthorized")


def test_wrong_client_credentials_are_refused(allegro: Visitor) -> None:
    pair = allegro.sign_in()
    fields = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    for headers in ({}, allegro.basic("wrong"), {"Authorization": "Basic ###"}):
        response = allegro.http.post("/auth/oauth/token", data=fields, headers=headers)
        assert refused(response) == (401, "unauthorized")
    assert refused(allegro.token(grant_type="password")) == (400, "unsupported_grant_type")
    assert refresh(allegro, pair).status_code == 200


def test_a_used_refresh_token_gives_further_new_pairs_for_sixty_seconds_only(allegro: Visitor) -> None:
    pair = allegro.sign_in()
    first, second = refresh(allegro, pair).json(), refresh(allegro, pair).json()
    assert len({one["refresh_token"] for one in (pair, first, second)}) == 3
    allegro.control("POST", "clock", {"advance": 61})
    assert refused(refresh(allegro, pair)) == (400, "invalid_grant")
    assert refresh(allegro, second).status_code == 200
    assert [entry["key"] for entry in allegro.effects("token.rotated")] == [DEFAULT_SELLER] * 3
    assert [entry["data"]["within_grace"] for entry in allegro.effects("token.rotated")] == [False, True, False]
    assert [entry["data"]["reason"] for entry in allegro.effects("token.refused")] == ["used"]


def test_without_grace_a_refresh_token_works_strictly_once(start: Callable[..., Visitor]) -> None:
    allegro = start(refresh_grace=0)
    pair = allegro.sign_in()
    assert refresh(allegro, pair).status_code == 200
    assert refused(refresh(allegro, pair)) == (400, "invalid_grant")


def test_a_refresh_token_dies_after_three_months_and_when_it_is_revoked(allegro: Visitor) -> None:
    old = allegro.sign_in()
    allegro.control("POST", "clock", {"advance": 91 * 86_400})
    assert refused(refresh(allegro, old)) == (400, "invalid_grant")
    pair = allegro.sign_in()
    allegro.control("POST", "tokens/revoke", {"seller": DEFAULT_SELLER})
    assert refused(refresh(allegro, pair)) == (400, "invalid_grant")
    assert allegro.call("GET", "/me").status_code == 401


def test_an_access_token_expires_by_time_and_by_control_and_the_refresh_goes_on(allegro: Visitor) -> None:
    pair = allegro.sign_in()
    allegro.control("POST", "clock", {"advance": 43_199})
    assert allegro.call("GET", "/me").json()["error_description"] == "Access token expired"
    allegro.bearer = refresh(allegro, pair).json()["access_token"]
    assert allegro.call("GET", "/me").status_code == 200
    allegro.control("POST", "tokens/expire", {"seller": DEFAULT_SELLER})
    assert allegro.call("GET", "/me").status_code == 401


def test_a_token_of_another_environment_cannot_be_read(start: Callable[..., Visitor], allegro: Visitor) -> None:
    pair = allegro.sign_in()
    other = start(state=allegro.settings.state.with_name("other.sqlite3"))
    other.bearer = pair["access_token"]
    response = other.call("GET", "/me")
    assert response.status_code == 401
    assert response.json()["error_description"] == "Cannot convert access token to JSON"


def test_only_what_the_application_declared_is_granted(allegro: Visitor) -> None:
    code = allegro.code(scope="allegro:api:orders:read allegro:api:bids")
    pair = exchange(allegro, code).json()
    assert pair["scope"] == "allegro:api:orders:read"
    allegro.bearer = pair["access_token"]
    assert allegro.call("GET", "/order/events").status_code == 200
    refusal = allegro.call("GET", "/me")
    assert refusal.status_code == 403
    assert refusal.json()["errors"][0]["code"] == "AccessDenied"


def test_a_device_waits_until_the_seller_has_decided(allegro: Visitor) -> None:
    def poll() -> httpx.Response:
        return allegro.token(grant_type=DEVICE, device_code=shown["device_code"])

    where = f"/auth/oauth/device?client_id={allegro.settings.client_id}"
    shown = allegro.http.post(where, headers=allegro.basic()).json()
    assert (shown["expires_in"], shown["interval"]) == (3600, 5)
    assert refused(poll()) == (400, "authorization_pending")
    assert refused(poll()) == (400, "slow_down")
    page = allegro.http.get(shown["verification_uri_complete"])
    assert shown["user_code"] in page.text
    allegro.control("POST", f"device/{shown['user_code']}/allow", {"seller": DEFAULT_SELLER})
    assert poll().json()["token_type"] == "bearer"
    assert refused(poll()) == (400, "Invalid device code")


def test_a_device_is_denied_on_its_page_or_too_late(allegro: Visitor) -> None:
    where = f"/auth/oauth/device?client_id={allegro.settings.client_id}"
    denied, late = (allegro.http.post(where, headers=allegro.basic()).json() for _ in range(2))
    allegro.http.post("/skojarz-aplikacje", data={"code": denied["user_code"], "decision": "deny"})
    assert refused(allegro.token(grant_type=DEVICE, device_code=denied["device_code"])) == (400, "access_denied")
    allegro.control("POST", "clock", {"advance": 3600})
    assert refused(allegro.token(grant_type=DEVICE, device_code=late["device_code"])) == (400, "Invalid device code")


def test_secrets_are_masked_in_the_ledger_of_exchanges(allegro: Visitor) -> None:
    code = allegro.code(code_challenge=CHALLENGE)
    pair = exchange(allegro, code, code_verifier=VERIFIER).json()
    again = refresh(allegro, pair).json()
    text = (allegro.settings.ledger_dir / "allegro.jsonl").read_text(encoding="utf-8")
    secrets = [one[name] for one in (pair, again) for name in ("access_token", "refresh_token")]
    for secret in (code, VERIFIER, allegro.settings.client_secret, allegro.basic()["Authorization"], *secrets):
        assert secret not in text
    assert "grant_type=refresh_token&refresh_token=***" in text
