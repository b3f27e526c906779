"""The sockets below the HTTP wrapper: a deadline that covers everything, and the knowledge whether a byte has left.

httpx limits inactivity only: an answer that drips lives for ever under its time-outs (RELIABILITY HT1). Here each wait
of a request is cut to what is left of its total time.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

import httpcore
import httpx


class Span(threading.local):
    """What the request of this thread may still use and has done. One request at a time per thread (sync httpx)."""

    ends_at: float = 0.0
    sent: bool = False

    def begin(self, total_s: float) -> None:
        """Starts the clock of a request."""
        self.ends_at = time.monotonic() + total_s
        self.sent = False

    def left(self, timeout: float | None) -> float:
        """The smaller of the wait asked for and the time left. Raises httpcore.ReadTimeout when none is left."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the total time is used up")
        return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, span: Span) -> None:
        self._inner: Final = inner
        self._span: Final = span

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._span.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._span.sent = self._span.sent or bool(buffer)
        self._inner.write(buffer, self._span.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._inner.start_tls(ssl_context, server_hostname, self._span.left(timeout))
        return _Stream(secured, self._span)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, span: Span) -> None:
        self._inner: Final = httpcore.SyncBackend()
        self._span: Final = span

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.connect_tcp(host, port, self._span.left(timeout), local_address, socket_options)
        return _Stream(stream, self._span)


class _Body(httpx.SyncByteStream):
    def __init__(self, inner: Iterable[bytes]) -> None:
        self._inner: Final = inner

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        close = getattr(self._inner, "close", None)
        if close is not None:
            close()


class DeadlineTransport(httpx.BaseTransport):
    """httpx on an httpcore pool whose sockets know the deadline. Errors stay httpcore's."""

    def __init__(self, span: Span, ssl_context: ssl.SSLContext, connections: int) -> None:
        self._pool: Final = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=20.0,
            network_backend=_Backend(span),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request; the body of the answer is streamed."""
        assert isinstance(request.stream, httpx.SyncByteStream)
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.stream))

    def close(self) -> None:
        """Closes all connections."""
        self._pool.close()
