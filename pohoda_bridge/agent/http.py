"""The one place of the agent that speaks HTTP: total deadline, size cap, no proxies, no redirects (RELIABILITY 5.3).

What matters to the caller is whether a byte of the body may have left: NotSentError says no, LostError says perhaps.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx
from msgspec import Struct

CONNECT_S: Final = 5.0
_CHUNK: Final = 64 * 1024


class HttpError(Exception):
    """`code` is stable: unreachable, deadline, broken, too_big, encoded."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class NotSentError(HttpError):
    """No byte of the body left this machine."""


class LostError(HttpError):
    """The other side may have received and done it."""


class Answer(Struct, frozen=True):
    """`headers` have lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes


class Hooks(Struct, frozen=True):
    """Called in the middle of an exchange: after the last body byte was written, and when the answer begins."""

    sent: Callable[[], None] = lambda: None
    answering: Callable[[], None] = lambda: None


class Http:
    """One client with at most one connection. Not for concurrent use, except `abort`."""

    def __init__(self, *, verify: ssl.SSLContext | bool = True) -> None:
        self._client = httpx.Client(
            verify=verify,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
        )
        self._socket: socket.socket | None = None

    def close(self) -> None:
        self._client.close()

    def abort(self) -> None:
        """Ends the exchange in progress, from a signal handler or another thread."""
        if self._socket is None:
            return
        try:
            # Not SSLSocket.shutdown: that one pulls the TLS object from under the reading thread.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        except OSError:
            return

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        deadline_s: float,
        limit: int,
        hooks: Hooks | None = None,
    ) -> Answer:
        """One request, at most `deadline_s` in all, at most `limit` bytes back. Raises NotSentError or LostError."""
        sending = _Sending(body, hooks or Hooks())
        with self._deadline(deadline_s) as passed:
            try:
                answer = self._exchange(method, url, dict(headers), sending, deadline_s, limit)
            except httpx.HTTPError as error:
                code = "deadline" if passed.is_set() or isinstance(error, httpx.TimeoutException) else _code(error)
                raise self._failure(sending, code, f"{type(error).__name__}: {error}") from error
        if passed.is_set():
            # Our own end of the connection can look like the regular end of an answer without a length.
            raise self._failure(sending, "deadline", f"{deadline_s} s")
        return answer

    def _exchange(
        self, method: str, url: str, headers: dict[str, str], sending: _Sending, deadline_s: float, limit: int
    ) -> Answer:
        headers = {"Accept-Encoding": "identity", "Content-Length": str(len(sending.body))} | headers
        request = self._client.build_request(
            method,
            url,
            headers=headers,
            content=sending.chunks(),
            timeout=httpx.Timeout(deadline_s, connect=min(CONNECT_S, deadline_s)),
            extensions={"trace": self._trace},
        )
        response = self._client.send(request, stream=True)
        try:
            sending.hooks.answering()
            if response.headers.get("content-encoding", "identity") != "identity":
                raise self._failure(sending, "encoded", response.headers["content-encoding"])
            received = bytearray()
            for chunk in response.iter_raw():
                received += chunk
                if len(received) > limit:
                    raise self._failure(sending, "too_big", str(limit))
            return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, bytes(received))
        finally:
            response.close()

    def _failure(self, sending: _Sending, code: str, detail: str) -> HttpError:
        return (LostError if sending.started else NotSentError)(code, detail[:200])

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[threading.Event]:
        """httpx's timeouts count silence, not the whole: this ends the connection when the time is over."""
        passed = threading.Event()

        def end() -> None:
            passed.set()
            self.abort()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield passed
        finally:
            timer.cancel()


class _Sending:
    """The body on its way. A request without one counts as sent when its head may have been."""

    def __init__(self, body: bytes, hooks: Hooks) -> None:
        self.body = body
        self.hooks = hooks
        self.started = False

    def chunks(self) -> Iterator[bytes]:
        # Asked for the first chunk when the head is written: from here on nobody can say that nothing left.
        self.started = True
        for start in range(0, len(self.body), _CHUNK):
            yield self.body[start : start + _CHUNK]
        self.hooks.sent()


def _code(error: httpx.HTTPError) -> str:
    return "unreachable" if isinstance(error, httpx.ConnectError | httpx.PoolTimeout) else "broken"


class AdaptiveDeadline:
    """How long a write may take: four times the slowest usual one, within [`floor_s`, `cap_s`] (RELIABILITY E2)."""

    _KEPT: Final = 100

    def __init__(self, *, floor_s: float = 60.0, cap_s: float = 600.0) -> None:
        self._floor_s = floor_s
        self._cap_s = cap_s
        self._taken: list[float] = []

    def seconds(self) -> float:
        if not self._taken:
            return self._floor_s
        p99 = sorted(self._taken)[min(len(self._taken) - 1, int(len(self._taken) * 0.99))]
        return min(self._cap_s, max(self._floor_s, 4 * p99))

    @contextmanager
    def measured(self) -> Iterator[None]:
        start = time.monotonic()
        yield
        self._taken = [*self._taken[1 - self._KEPT :], time.monotonic() - start]
