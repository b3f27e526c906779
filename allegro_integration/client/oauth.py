"""OAuth at Allegro: authorization code with PKCE, device flow, refresh. Source: Allegro's authorization guide."""

from __future__ import annotations

import base64
import hashlib
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

from msgspec import Struct

from allegro_integration.client.environments import Environment
from allegro_integration.client.errors import Answer, OutcomeUnknown, api_error, oauth_error
from allegro_integration.client.http import AllegroHttp, Observer, Request, Timeouts
from allegro_integration.client.messages import DeviceAnswer, TokenAnswer
from allegro_integration.client.strict_json import NotAsExpected, NotJson, read
from connectify.domain.crashpoints import crashpoint
from connectify.domain.errors import ConnectifyError, NeedsUser, Retryable

T = TypeVar("T")
TOKEN_TIMEOUTS: Final = Timeouts(connect=5.0, read=15.0, total=15.0)
DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
_TOKEN_PATH: Final = "/auth/oauth/token"  # noqa: S105 - a path


class TokenPair(Struct, frozen=True):
    """A pair as Allegro answered it. `expires_in_s` is the life of the access token; the refresh token works once."""

    access: str
    refresh: str
    expires_in_s: int
    scope: str

    def __repr__(self) -> str:
        return f"TokenPair(expires_in_s={self.expires_in_s}, scope={self.scope!r})"


class DeviceCode(Struct, frozen=True):
    """What to show to the person, and how often to ask for the outcome."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    interval_s: int
    expires_in_s: int


class DevicePending(Struct, frozen=True):
    """The person has not decided. `slow_down`: ask less often from now on."""

    slow_down: bool


class InvalidGrant(NeedsUser):
    """The OAuth server answered completely that this code or refresh token is not valid (any more)."""

    def __init__(self, detail: str) -> None:
        super().__init__("reauth", detail)


def code_challenge(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (43 to 128 characters, RFC 7636)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


class OAuthClient:
    """The OAuth calls of our one application in one environment."""

    def __init__(
        self,
        http: AllegroHttp,
        environment: Environment,
        *,
        client_id: str,
        client_secret: str,
        observer: Observer | None = None,
    ) -> None:
        self._http: Final = http
        self._environment: Final = environment
        self._client_id: Final = client_id
        self._client_secret: Final = client_secret
        self._observer: Final = observer

    def authorize_url(self, *, state: str, challenge: str, redirect_uri: str, scopes: tuple[str, ...] = ()) -> str:
        """Where to send the person. `prompt=confirm` makes Allegro show which account is being linked."""
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "prompt": "confirm",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if scopes:
            query["scope"] = " ".join(scopes)
        return f"{self._environment.auth}/auth/oauth/authorize?{urlencode(query)}"

    def exchange_code(self, *, code: str, verifier: str, redirect_uri: str) -> TokenPair:
        """Trades the code (valid 10 s, once) for a pair. Raises InvalidGrant."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self._client_id,
            "code_verifier": verifier,
        }
        return _pair(self._complete(self._post(_TOKEN_PATH, fields, basic=False)))

    def refresh(self, refresh_token: str) -> TokenPair:
        """Rotates a pair.

        Raises InvalidGrant when the token is refused, NotSent or OutcomeUnknown when no complete answer came: Allegro
        may then have rotated, and the same token still works for 60 s after its first use.
        """
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        pair = _pair(self._complete(self._post(_TOKEN_PATH, fields, crash=True)))
        crashpoint("P6.s05.answered")
        return pair

    def start_device(self) -> DeviceCode:
        """Begins the device flow."""
        answer = self._complete(self._post("/auth/oauth/device", {"client_id": self._client_id}))
        started = _typed(answer, DeviceAnswer)
        return DeviceCode(
            device_code=started.device_code,
            user_code=started.user_code,
            verification_uri=started.verification_uri,
            verification_uri_complete=started.verification_uri_complete or started.verification_uri,
            interval_s=started.interval,
            expires_in_s=started.expires_in,
        )

    def poll_device(self, device_code: str) -> TokenPair | DevicePending:
        """Asks whether the person decided. Raises NeedsUser("device_denied") or NeedsUser("device_expired")."""
        answer = self._post(_TOKEN_PATH, {"grant_type": DEVICE_GRANT, "device_code": device_code})
        refusal = oauth_error(answer) if answer.status == 400 else None
        if refusal is None:
            return _pair(self._complete(answer))
        if refusal.error in {"authorization_pending", "slow_down"}:
            return DevicePending(refusal.error == "slow_down")
        if refusal.error == "access_denied":
            raise NeedsUser("device_denied")
        raise NeedsUser("device_expired", refusal.error)

    def _post(self, path: str, fields: dict[str, str], *, basic: bool = True, crash: bool = False) -> Answer:
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        if basic:
            headers["Authorization"] = self._basic()
        request = Request(
            method="POST",
            base_url=self._environment.auth,
            path=path,
            headers=headers,
            body=urlencode(fields).encode("ascii"),
            is_secret=True,
            after_sent=_die_after_sending if crash else None,
            timeouts=TOKEN_TIMEOUTS,
        )
        return self._http.exchange(request, self._observer)

    def _basic(self) -> str:
        pair = f"{quote(self._client_id, safe='')}:{quote(self._client_secret, safe='')}"
        return f"Basic {base64.b64encode(pair.encode('ascii')).decode('ascii')}"

    def _complete(self, answer: Answer) -> Answer:
        """The answer when it is a success. Only a complete refusal counts as one."""
        if answer.status == 200:
            return answer
        refusal = oauth_error(answer)
        if refusal is not None and refusal.error == "invalid_grant":
            raise InvalidGrant(refusal.error_description or "")
        raise _failure(answer, refusal.error if refusal else "")


def _failure(answer: Answer, error: str) -> ConnectifyError:
    if answer.status == 429:
        return api_error(answer, is_write=True)
    if answer.status >= 500 or answer.status in {408, 425}:
        return OutcomeUnknown("answer_lost", "the OAuth server failed", status=answer.status)
    if error in {"invalid_client", "unauthorized", "unauthorized_client"}:
        return NeedsUser("client_refused", error, status=answer.status, trace_id=answer.trace_id)
    return Retryable("oauth_refused", error, status=answer.status, trace_id=answer.trace_id)


def _typed(answer: Answer, type_: type[T]) -> T:
    try:
        return read(answer.body, type_)
    except (NotJson, NotAsExpected) as error:
        # Half an answer is a lost answer: the server may have acted.
        raise OutcomeUnknown("unreadable_answer", type(error).__name__, status=answer.status) from None


def _pair(answer: Answer) -> TokenPair:
    tokens = _typed(answer, TokenAnswer)
    if not tokens.access_token or not tokens.refresh_token or tokens.expires_in <= 0:
        raise OutcomeUnknown("unreadable_answer", "an empty token", status=answer.status)
    return TokenPair(tokens.access_token, tokens.refresh_token, tokens.expires_in, tokens.scope)


def _die_after_sending() -> None:
    crashpoint("P6.s03.sent")
    crashpoint("P6.s04.rotated")
