"""How one seller's calls go out: budget, token, one refresh after a 401, refusals by who must act.

The subjects (orders, offers, commands, shipments, invoices) are mixins over `Calls`; `api.AllegroApi` joins them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

import msgspec

from allegro_integration.client.environments import Environment
from allegro_integration.client.errors import (
    Answer,
    SecurityStop,
    Subject,
    Throttled,
    TokenInvalid,
    api_error,
    unconfirmed,
    unreadable,
)
from allegro_integration.client.governor import Cost, Governor
from allegro_integration.client.http import V1, AllegroHttp, Observer, Request
from allegro_integration.client.strict_json import NotAsExpected, NotJson, load, shape
from connectify.domain.errors import NeedsUser

T = TypeVar("T")
Query = tuple[tuple[str, str], ...]
# Runs when the last byte of a write has left and before its answer is read.
OnSent = Callable[[], None] | None
UPLOAD_S: Final = 120.0


class TokenProvider(Protocol):
    """Gives an account's access token. `client.vault.TokenVault` is one."""

    @property
    def environment(self) -> str: ...

    @property
    def seller_id(self) -> str: ...

    def access(self) -> str: ...

    def after_401(self, rejected: str) -> str: ...


class Calls:
    """Sends for one seller in one environment. `observer` sees every exchange (for the timeline), without secrets.

    `upload_s` is the total time of sending a file.
    """

    def __init__(
        self,
        http: AllegroHttp,
        environment: Environment,
        seller_id: str,
        token_provider: TokenProvider,
        governor: Governor,
        *,
        observer: Observer | None = None,
        language: str = "cs-CZ",
        upload_s: float = UPLOAD_S,
    ) -> None:
        if token_provider.environment != environment.name:
            raise NeedsUser("wrong_environment", f"a token of {token_provider.environment} for {environment.name}")
        if token_provider.seller_id != seller_id:
            raise SecurityStop("wrong_seller", "the token belongs to another account")
        self._http: Final = http
        self._environment: Final = environment
        self._seller_id: Final = seller_id
        self._tokens: Final = token_provider
        self._governor: Final = governor
        self._observer: Final = observer
        self._language: Final = language
        self._upload_s: Final = upload_s

    def _read(
        self,
        path: str,
        type_: type[T],
        query: Query = (),
        *,
        language: str | None = None,
        costs: Sequence[Cost] = (),
    ) -> T:
        answer = self._call(self._request("GET", path, query, language=language), costs=costs)
        try:
            return shape(load(answer.body), type_)
        except (NotJson, NotAsExpected) as error:
            raise unreadable(answer, str(error)) from error

    def _write(
        self,
        method: str,
        path: str,
        content: Mapping[str, Any],
        *,
        subject: Subject,
        on_sent: OnSent,
        query: Query = (),
        language: str | None = None,
        costs: Sequence[Cost] = (),
    ) -> Answer:
        body = msgspec.json.encode(content)
        request = self._request(method, path, query, body, language=language, on_sent=on_sent)
        return self._call(request, subject=subject, costs=costs)

    def _call(
        self,
        request: Request,
        *,
        subject: Subject = "order",
        costs: Sequence[Cost] = (),
        also: Collection[int] = (),
    ) -> Answer:
        """Sends with the account's token; after a 401 once more with a refreshed one. `also` are no errors."""
        token = self._tokens.access()
        try:
            return self._send(request, token, subject, costs, also)
        except TokenInvalid:
            token = self._tokens.after_401(token)
        try:
            return self._send(request, token, subject, costs, also)
        except TokenInvalid as error:
            raise NeedsUser("reauth", "a fresh token is refused as well", **error.params) from error

    def _send(
        self, request: Request, token: str, subject: Subject, costs: Sequence[Cost], also: Collection[int]
    ) -> Answer:
        self._governor.admit(self._seller_id, costs)
        headers = {**request.headers, "Authorization": f"Bearer {token}"}
        answer = self._http.exchange(msgspec.structs.replace(request, headers=headers), self._observer)
        if 200 <= answer.status < 300 or answer.status in also:
            return answer
        error = api_error(answer, is_write=request.method != "GET", subject=subject)
        if isinstance(error, Throttled):
            self._governor.refused(self._seller_id, error.retry_after_s)
        raise error

    def _request(
        self,
        method: str,
        path: str,
        query: Query = (),
        body: bytes = b"",
        *,
        language: str | None = None,
        media_type: str = V1,
        on_sent: OnSent = None,
    ) -> Request:
        headers = {"Accept": media_type, "Accept-Language": language or self._language}
        if body:
            headers["Content-Type"] = media_type
        return Request(
            method=method,
            base_url=self._environment.api,
            path=path,
            query=query,
            headers=headers,
            body=body,
            after_sent=on_sent,
        )

    def _check_seller(self, seller_id: str) -> None:
        if seller_id != self._seller_id:
            raise SecurityStop("wrong_seller", "an answer belongs to another account", seller=seller_id)


def confirmation(answer: Answer, type_: type[T]) -> T:
    """What a write was answered with. Raises OutcomeUnknown when that is not what Allegro would say."""
    try:
        return shape(load(answer.body), type_)
    except (NotJson, NotAsExpected) as error:
        raise unconfirmed(answer, str(error)) from error
