"""Faults of the wire: what a network and a tired server do to any exchange, whatever it is about."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectify.sandbox.faults import Faults
from connectify.sandbox.recorder import CONTROL_PREFIX

WIRE_FAULTS = frozenset(
    {
        "http_429",
        "http_500",
        "http_503",
        "timeout_before",
        "apply_then_timeout",
        "html_200",
        "truncated_json",
        "slow_drip",
    }
)
HTML_PAGE = "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>"
FailureResponse = Callable[[int], Response]
Targets = Callable[[Scope], tuple[str, ...]]


async def drop_connection(scope: Scope) -> None:
    """Close the TCP connection at once, without a byte of an answer. The handler returns right after it."""
    drop = scope.get("extensions", {}).get("connectify.drop")
    if drop is not None:
        drop["now"]()
    for _ in range(3):  # the server learns of the loss a turn of the loop later
        await asyncio.sleep(0)


async def hold(receive: Receive, seconds: float) -> None:
    """Wait, answering nothing, until the time is over or the client has left. The request body must have been read."""

    async def until_gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(until_gone(), seconds)
    except TimeoutError:
        return


class WireFaults:
    """ASGI middleware firing WIRE_FAULTS by path prefix or by what `targets` adds (a seller, a unit).

    Params: http_429/http_500/http_503 `retry_after` (s, absent: no header); timeout_before and apply_then_timeout
    `seconds` (default 30) held before the connection is cut, the latter for writes alone; slow_drip `seconds` between
    pieces (0.2) of `piece` bytes (16).
    """

    def __init__(
        self, app: ASGIApp, faults: Faults, failure: FailureResponse, targets: Targets = lambda scope: ()
    ) -> None:
        self.app = app
        self.faults = faults
        self.failure = failure
        self.targets = targets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX):
            await self.app(scope, receive, send)
            return
        targets = (scope["path"], *self.targets(scope))
        take = self.faults.take
        refusal = self._refusal(targets)
        if refusal is not None:
            await _read_all(receive)
            await refusal(scope, receive, send)
        elif (params := take("timeout_before", *targets)) is not None:
            await _read_all(receive)
            await hold(receive, float(params.get("seconds", 30)))
            await drop_connection(scope)
        elif scope["method"] != "GET" and (params := take("apply_then_timeout", *targets)) is not None:
            await self.app(scope, receive, _silence)
            await hold(receive, float(params.get("seconds", 30)))
            await drop_connection(scope)
        elif take("truncated_json", *targets) is not None:
            await self.app(scope, receive, _collecting(send, _send_half))
        elif (params := take("slow_drip", *targets)) is not None:
            pause, piece = float(params.get("seconds", 0.2)), int(params.get("piece", 16))
            await self.app(scope, receive, _collecting(send, _drip(pause, piece)))
        else:
            await self.app(scope, receive, send)

    def _refusal(self, targets: tuple[str, ...]) -> Response | None:
        for status in (429, 500, 503):
            if (params := self.faults.take(f"http_{status}", *targets)) is not None:
                response = self.failure(status)
                if "retry_after" in params:
                    response.headers["Retry-After"] = str(params["retry_after"])
                return response
        if self.faults.take("html_200", *targets) is not None:
            return HTMLResponse(HTML_PAGE)
        return None


async def _read_all(receive: Receive) -> None:
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass


async def _silence(message: Message) -> None:
    """The answer that never leaves."""


SendWhole = Callable[[Send, Message, bytes], Awaitable[None]]


def _collecting(send: Send, send_whole: SendWhole) -> Send:
    start: Message = {}
    body = bytearray()

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        body.extend(message.get("body", b""))
        if not message.get("more_body"):
            await send_whole(send, start, bytes(body))

    return collect


async def _send_half(send: Send, start: Message, body: bytes) -> None:
    half = body[: len(body) // 2]
    headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
    await send({**start, "headers": [*headers, (b"content-length", str(len(half)).encode())]})
    await send({"type": "http.response.body", "body": half})


def _drip(pause: float, piece: int) -> SendWhole:
    async def send_dripping(send: Send, start: Message, body: bytes) -> None:
        await send(start)
        for offset in range(0, len(body), piece):
            await send({"type": "http.response.body", "body": body[offset : offset + piece], "more_body": True})
            await asyncio.sleep(pause)
        await send({"type": "http.response.body"})

    return send_dripping
