"""ASGI middleware that writes every exchange into the ledger."""

import time
from datetime import datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectify.sandbox.bodies import mask_query, record_body, record_headers
from connectify.sandbox.counters import Counters
from connectify.sandbox.ledger import Ledger, utc_now

CONTROL_PREFIX = "/_sandbox"


class ExchangeRecorder:
    """Records one line per exchange when it ends, also when the client left or the answer was withheld.

    Keys: at (start, UTC), seconds, method, path, query, request_headers, request_body, status (null when no answer was
    started), response_headers, response_body. A request body is recorded as far as the application has read it.
    """

    def __init__(self, app: ASGIApp, ledger: Ledger, counters: Counters) -> None:
        self.app = app
        self.ledger = ledger
        self.counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX):
            await self.app(scope, receive, send)
            return
        at, started = utc_now(), time.monotonic()
        sent, answered = bytearray(), bytearray()
        start: Message = {}

        async def recording_receive() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                sent.extend(message.get("body", b""))
            return message

        recorded = False

        def record() -> None:
            nonlocal recorded
            if not recorded:
                recorded = True
                self._record(scope, at, started, bytes(sent), start, bytes(answered))

        async def recording_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                answered.extend(message.get("body", b""))
                if not message.get("more_body"):
                    record()  # before the last byte leaves: who has the answer finds it in the ledger
            await send(message)

        try:
            await self.app(scope, recording_receive, recording_send)
        finally:
            record()

    def _record(self, scope: Scope, at: datetime, started: float, sent: bytes, start: Message, answered: bytes) -> None:
        request_headers = record_headers(scope["headers"])
        response_headers = record_headers(start.get("headers", ()))
        status = start.get("status")
        self.counters.add("requests")
        self.counters.add(f"status.{status or 'none'}")
        self.ledger.exchange(
            {
                "at": at.isoformat(),
                "seconds": round(time.monotonic() - started, 4),
                "method": scope["method"],
                "path": scope["path"],
                "query": mask_query(scope["query_string"].decode("latin-1")),
                "request_headers": request_headers,
                "request_body": record_body(sent, request_headers),
                "status": status,
                "response_headers": response_headers,
                "response_body": record_body(answered, response_headers),
            }
        )
