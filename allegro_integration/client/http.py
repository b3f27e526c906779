"""The one door to Allegro's HTTP: total deadline, size cap, no redirects, no environment, every exchange observable."""

from __future__ import annotations

import hashlib
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal, Self
from urllib.parse import urlencode, urlsplit

import httpcore
import httpx
from msgspec import Struct

from allegro_integration.client.errors import Answer, NotSent, OutcomeUnknown
from allegro_integration.client.transport import DeadlineTransport, Span
from connectify.domain.errors import Retryable

V1: Final = "application/vnd.allegro.public.v1+json"
BETA: Final = "application/vnd.allegro.beta.v1+json"
MAX_ANSWER: Final = 10 * 1024 * 1024
PDF: Final = "application/pdf"
_CHUNK: Final = 64 * 1024
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_BROKEN: Final = (
    httpx.HTTPError,
    httpx.StreamError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    OSError,
)


class Timeouts(Struct, frozen=True):
    """Seconds: to connect, to wait for the next bytes, and for the whole exchange."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 60.0


class Exchange(Struct, frozen=True):
    """One exchange for the timeline. Bodies are as they went, secret ones `***`, files as a digest; no headers."""

    method: str
    path: str
    status: int | None
    trace_id: str
    sent: bytes
    received: bytes
    seconds: float
    outcome: Literal["answered", "not_sent", "unknown"]
    detail: str = ""


class Request(Struct, frozen=True, kw_only=True):
    """One request. `query` repeats keys where Allegro wants lists; `after_sent` runs when the last byte has left."""

    method: str
    base_url: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str]
    body: bytes = b""
    is_secret: bool = False
    after_sent: Callable[[], None] | None = None
    timeouts: Timeouts | None = None


Observer = Callable[[Exchange], None]


class AllegroHttp:
    """One long-lived client per process, shared by all accounts: it has no cookies, and tokens travel per request.

    `user_agent` is the registered application's name, version and page ("Name/1.2.3 (+https://…)"): Allegro's terms ask
    for it on each call.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        timeouts: Timeouts | None = None,
        ssl_context: ssl.SSLContext | None = None,
        connections: int = 8,
        max_answer: int = MAX_ANSWER,
    ) -> None:
        if "/" not in user_agent or not user_agent.isprintable():
            raise ValueError("the User-Agent must be Name/version (+page)")
        self._timeouts: Final = timeouts or Timeouts()
        self._max_answer: Final = max_answer
        self._span: Final = Span()
        self._client: Final = httpx.Client(
            transport=DeadlineTransport(self._span, ssl_context or ssl.create_default_context(), connections),
            headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
            trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Closes all connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def exchange(self, request: Request, observer: Observer | None = None) -> Answer:
        """Sends once, never repeats. Raises NotSent, or OutcomeUnknown once a byte has left."""
        started = time.monotonic()
        try:
            answer = self._send(request, request.timeouts or self._timeouts)
        except Retryable as failure:
            if observer is not None:
                observer(_failed(request, failure, time.monotonic() - started))
            raise
        if observer is not None:
            observer(_answered(request, answer, time.monotonic() - started))
        return answer

    def _send(self, request: Request, timeouts: Timeouts) -> Answer:
        self._span.begin(timeouts.total)
        try:
            with self._client.stream(
                request.method,
                _url(request),
                headers={**request.headers, "Content-Length": str(len(request.body))}
                if request.body
                else dict(request.headers),
                content=_body(request) if request.body else None,
                timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect, pool=timeouts.connect),
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, self._read(response))
        except _BROKEN as error:
            detail = f"{type(error).__name__}: {error}"[:200]
            if self._span.sent:
                raise OutcomeUnknown("answer_lost", detail) from error
            raise NotSent("allegro_unreachable", detail) from error

    def _read(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise _unusable(response, "compressed, though we did not ask for it")
        body = bytearray()
        try:
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > self._max_answer:
                    raise _unusable(response, f"longer than {self._max_answer} bytes")
        except httpcore.RemoteProtocolError as error:
            raise _unusable(response, f"cut off: {error}") from error
        return bytes(body)


def check_base_url(url: str) -> str:
    """The URL without a closing slash. Plain http is for the loopback alone. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("not a base URL")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("plain http leaves the machine")
    return url.rstrip("/")


def _unusable(response: httpx.Response, detail: str) -> OutcomeUnknown:
    return OutcomeUnknown("unreadable_answer", detail, status=response.status_code)


def _url(request: Request) -> str:
    query = f"?{urlencode(request.query)}" if request.query else ""
    return f"{request.base_url}{request.path}{query}"


def _body(request: Request) -> Iterator[bytes]:
    # In parts, so that the wait for progress of a large file is a wait for each part.
    for start in range(0, len(request.body), _CHUNK):
        yield request.body[start : start + _CHUNK]
    # The transport asks for the next part only when it has written this one.
    if request.after_sent is not None:
        request.after_sent()


def _shown(body: bytes, request: Request) -> bytes:
    return b"***" if request.is_secret and body else body


def _shown_request(request: Request) -> bytes:
    """A file is named by its digest: the timeline keeps neither megabytes nor a second copy of the document."""
    if request.headers.get("Content-Type") == PDF and not request.is_secret:
        digest = hashlib.sha256(request.body).hexdigest()
        return f"{PDF}, {len(request.body)} bytes, sha256 {digest}".encode()
    return _shown(request.body, request)


def _answered(request: Request, answer: Answer, seconds: float) -> Exchange:
    return Exchange(
        method=request.method,
        path=_url(request).removeprefix(request.base_url),
        status=answer.status,
        trace_id=answer.trace_id,
        sent=_shown_request(request),
        received=_shown(answer.body, request),
        seconds=seconds,
        outcome="answered",
    )


def _failed(request: Request, failure: Retryable, seconds: float) -> Exchange:
    status = failure.params.get("status")
    return Exchange(
        method=request.method,
        path=_url(request).removeprefix(request.base_url),
        status=status if isinstance(status, int) else None,
        trace_id="",
        sent=b"" if isinstance(failure, NotSent) else _shown_request(request),
        received=b"",
        seconds=seconds,
        outcome="not_sent" if isinstance(failure, NotSent) else "unknown",
        detail=failure.detail,
    )
