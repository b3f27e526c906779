"""The HTTP side of mServer: login, compression, the queue, and faults of the connection."""

import base64
import binascii
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from connectify.sandbox.control import control_routes
from connectify.sandbox.counters import Counters
from connectify.sandbox.faults import Faults
from connectify.sandbox.ledger import Ledger
from connectify.sandbox.recorder import ExchangeRecorder
from connectify.sandbox.wire import drop_connection
from connectify.sandbox.wire import hold as hold_connection
from pohoda_bridge.sandbox.control import unit_routes
from pohoda_bridge.sandbox.control_documents import document_routes
from pohoda_bridge.sandbox.database import Database
from pohoda_bridge.sandbox.faults import KNOWN_FAULTS, hold_answer
from pohoda_bridge.sandbox.life import Life
from pohoda_bridge.sandbox.mserver import LOGIN_PAGE, Answer, MServer
from pohoda_bridge.sandbox.queue import SerialQueue
from pohoda_bridge.sandbox.seed import seed_unit
from pohoda_bridge.sandbox.settings import Settings
from pohoda_bridge.sandbox.spoiling import OTHER_ICO
from pohoda_bridge.sandbox.status import status_document
from pohoda_bridge.sandbox.unit import Unit, read_unit

DEFAULT_WITHHELD_SECONDS = 300.0


def build_app(settings: Settings) -> Starlette:
    """An mServer over the unit of `settings.state`; the state file is made and seeded when it is new."""
    database = Database(settings.state)
    if database.is_new:
        with database.writing() as connection:
            seed_unit(connection, settings)
    ledger, faults, counters = Ledger(settings.ledger_dir, "pohoda"), Faults(), Counters()
    database.flush_effects(ledger, after_restart=True)
    life = Life(settings, database, ledger)
    gate = Gate(settings, database, MServer(settings, database, ledger, faults), faults)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        gate.queue.start()
        life.start()
        yield
        life.close()
        gate.queue.close()
        ledger.close()
        database.close()

    return Starlette(
        routes=[
            Route("/status", gate.status, methods=["GET"]),
            Route("/xml", gate.xml, methods=["POST"]),
            *control_routes(ledger, faults, counters, KNOWN_FAULTS),
            *unit_routes(settings, database, ledger),
            *document_routes(settings, database, ledger, life),
        ],
        middleware=[Middleware(ExchangeRecorder, ledger=ledger, counters=counters)],
        lifespan=lifespan,
    )


class Gate:
    """The two addresses of mServer."""

    def __init__(self, settings: Settings, database: Database, mserver: MServer, faults: Faults) -> None:
        self.settings = settings
        self.database = database
        self.mserver = mserver
        self.faults = faults
        self.queue = SerialQueue()

    async def status(self, request: Request) -> Response:
        unit = await run_in_threadpool(self._unit)
        if (closed := self._closed(unit, request)) is not None:
            return closed
        detail = any(name.lower() == "companydetail" for name in request.query_params)
        if detail and (refusal := _login_refusal(unit, request)) is not None:
            return refusal
        server = f"http://{request.url.netloc}"
        if (params := self._struck_status("other_unit")) is not None:
            ico = str(params.get("ico", OTHER_ICO))
            unit = replace(unit, ico=ico, database=f"StwPh_{ico}_{unit.year}", company="Jiná firma s.r.o.")
        return _response(status_document(unit, server, self.queue.waiting, detail), 200, "text/xml")

    def _struck_status(self, name: str) -> dict[str, Any] | None:
        """Params of a fault that is aimed at GET /status itself."""
        if not any(fault["name"] == name and fault["target"] in ("status", "/status") for fault in self.faults.list()):
            return None
        return self.faults.take(name, "status", "/status")

    async def xml(self, request: Request) -> Response:
        unit = await run_in_threadpool(self._unit)
        document = await request.body()
        if (closed := self._closed(unit, request)) is not None:
            return closed
        if (refusal := _login_refusal(unit, request)) is not None:
            return refusal
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            document = _inflate(document)
        except zlib.error as error:
            return Response(f"Bad Request: {error}", 400, media_type="text/plain")
        answer = await self.queue.run(partial(self.mserver.answer, document, headers))
        return await self._respond(answer, request)

    async def _respond(self, answer: Answer, request: Request) -> Response:
        if (params := answer.faults.get("gate_after_commit")) is not None:
            await hold_answer(params)
        if (params := answer.faults.get("apply_then_timeout")) is not None:
            return Withheld(float(params.get("seconds", DEFAULT_WITHHELD_SECONDS)))
        if answer.faults.get("truncated", {}).get("cut"):
            return CutOff(answer.body, headers={"Content-Type": answer.media_type})
        body, encoding = _compress(answer.body, request.headers.get("accept-encoding", ""))
        response = _response(body, answer.status, answer.media_type)
        if encoding:
            response.headers["Content-Encoding"] = encoding
        return response

    def _unit(self) -> Unit:
        with self.database.reading() as connection:
            return read_unit(connection, self.settings)

    def _closed(self, unit: Unit, request: Request) -> Response | None:
        kind = "status" if request.url.path == "/status" else "xml"
        params = self.faults.take("mserver_off", request.url.path, kind)
        if params is None and unit.enabled:
            return None
        if params is not None and str(params.get("mode", "close")) == "503":
            return Response("Service Unavailable", 503, media_type="text/plain")
        return Withheld(0)


class Withheld(Response):
    """No answer: after the time, or when the client leaves, the connection is cut."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.seconds:
            await hold_connection(receive, self.seconds)
        await drop_connection(scope)


class CutOff(Response):
    """Promises its whole length, sends half of it and cuts the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2], "more_body": True})
        await drop_connection(scope)


def _response(body: bytes, status: int, media_type: str) -> Response:
    """mServer names no charset: the XML declaration counts."""
    return Response(body, status, headers={"Content-Type": media_type})


def _login_refusal(unit: Unit, request: Request) -> Response | None:
    """401 for a wrong login; a login page with 200 for a user without the right to use mServer."""
    scheme, _, credentials = request.headers.get("stw-authorization", "").partition(" ")
    try:
        login = base64.b64decode(credentials, validate=True).decode("cp1250")
    except (binascii.Error, UnicodeDecodeError):
        login = ""
    if scheme.lower() != "basic" or login != f"{unit.user}:{unit.password}":
        return _response(LOGIN_PAGE, 401, "text/html")
    return None if unit.mserver_right else _response(LOGIN_PAGE, 200, "text/html")


def _inflate(body: bytes) -> bytes:
    """mServer tells a compressed body by its first bytes."""
    if body[:2] == b"\x1f\x8b":
        return zlib.decompress(body, 31)
    if body[:1] == b"\x78" and body[:2] in (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"):
        return zlib.decompress(body)
    return body


def _compress(body: bytes, accepted: str) -> tuple[bytes, str]:
    wanted = {part.split(";")[0].strip().lower() for part in accepted.split(",")}
    for encoding, window in (("gzip", 31), ("deflate", 15)):
        if encoding in wanted:
            packer = zlib.compressobj(wbits=window)
            return packer.compress(body) + packer.flush(), encoding
    return body, ""
