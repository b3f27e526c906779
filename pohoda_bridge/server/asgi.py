"""The bridge's web side: a small async app mounted beside Django's middleware (DESIGN §4.4; messages in `protocol`)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec
from django.conf import settings
from django.db import Error as DatabaseError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from pohoda_bridge import protocol
from pohoda_bridge.protocol import CHUNK_LIMIT, EnrolRequest, PollRequest, ProtocolError, SessionRequest
from pohoda_bridge.server import authentication
from pohoda_bridge.server.authentication import Caller
from pohoda_bridge.server.enrolment import enrol
from pohoda_bridge.server.hand_out import hand_out
from pohoda_bridge.server.health import take_health
from pohoda_bridge.server.refusals import ErrorAnswer, Refused, record_security
from pohoda_bridge.server.results import Chunk, store_result, stored_bytes
from pohoda_bridge.server.sessions import open_session
from pohoda_bridge.server.waiting import WaitingRoom

logger = logging.getLogger(__name__)

BODY_S: Final = 30.0
RETRY_AFTER_S: Final = 5

_T = TypeVar("_T")
_room: WaitingRoom | None = None


def waiting_room() -> WaitingRoom:
    """Of the running event loop; made at its first request."""
    global _room
    if _room is None or _room.loop is not asyncio.get_running_loop():
        _room = WaitingRoom()
    return _room


async def close() -> None:
    """Ends the waiting room of this loop."""
    global _room
    if _room is not None:
        room, _room = _room, None
        await room.close()


async def post_enrol(request: Request) -> Response:
    message = protocol.decode(await _body(request), EnrolRequest)
    return _json(await waiting_room().work(enrol, message))


async def post_session(request: Request) -> Response:
    signed = await _signed(request)

    def answer() -> msgspec.Struct:
        caller = authentication.identify(signed)
        message = protocol.decode(signed.body, SessionRequest)
        return _guarded(caller, lambda: open_session(caller, message))

    return _json(await waiting_room().work(answer))


async def post_poll(request: Request) -> Response:
    """Waits for a job; a client that leaves is noticed, so that no job is handed to nobody."""
    signed = await _signed(request)
    room = waiting_room()
    caller, message = await room.work(_enter, signed)
    until = room.loop.time() + min(max(message.wait_s, 0), settings.BRIDGE_POLL_WAIT_S)
    left = asyncio.create_task(_left(request))
    try:
        with room.place(caller.tenant_id, caller.unit_id) as event:
            while not left.done():
                event.clear()
                if envelope := await room.work(hand_out, caller):
                    return _json(envelope)
                if not await _woken(event, left, until - room.loop.time()):
                    break
    finally:
        left.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await left
    return Response(status_code=204)


async def put_or_head_result(request: Request) -> Response:
    job_id = _uuid(request.path_params["job"])
    signed = await _signed(request)
    room = waiting_room()
    if request.method == "HEAD":
        stored = await room.work(lambda: stored_bytes(authentication.authenticate(signed), job_id))
        return Response(headers={protocol.STORED_HEADER: str(stored)})
    chunk = Chunk(
        offset=_number(request, "offset"),
        total=_number(request, "total"),
        data=signed.body,
        report=request.headers.get(protocol.RESULT_HEADER, ""),
    )

    def answer() -> msgspec.Struct:
        caller = authentication.authenticate(signed)
        return _guarded(caller, lambda: store_result(caller, job_id, chunk))

    return _json(await room.work(answer))


def _enter(signed: authentication.Request) -> tuple[Caller, PollRequest]:
    caller = authentication.authenticate(signed)
    message = protocol.decode(signed.body, PollRequest)
    if message.health is not None:
        take_health(caller, message.health)
    return caller, message


def _guarded(caller: Caller, function: Callable[[], _T]) -> _T:
    try:
        return function()
    except Refused as refused:
        record_security(tenant_id=caller.tenant_id, agent_id=caller.agent_id, refused=refused)
        raise


async def _woken(event: asyncio.Event, left: asyncio.Task[None], seconds: float) -> bool:
    """Waits for the event, the client's leaving or the end of the time; → whether it was the event."""
    if seconds <= 0:
        return False
    woken = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({woken, left}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return woken.done() and not left.done()
    finally:
        woken.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue


async def _signed(request: Request) -> authentication.Request:
    query = request.scope["query_string"]
    target = request.scope["raw_path"] + (b"?" + query if query else b"")
    return authentication.Request(
        authorization=request.headers.get("authorization", ""),
        method=request.method,
        target=target.decode("latin-1"),
        body=await _body(request),
    )


async def _body(request: Request) -> bytes:
    """At most CHUNK_LIMIT bytes within BODY_S seconds."""
    received = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                received += chunk
                if len(received) > CHUNK_LIMIT:
                    raise Refused(413, "too_big", f"more than {CHUNK_LIMIT} bytes")
    except TimeoutError as error:
        raise Refused(408, "too_slow") from error
    return bytes(received)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Refused(404, "no_such_job") from error


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Refused(400, "range", name)
    return int(text)


def _json(message: msgspec.Struct, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(protocol.encode(message), status, headers, media_type="application/json")


def _answering(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Every error becomes {"code", "detail"}: the agent's to mend, ours to wait for, or a bug."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refused:
            return _json(refused.answer, refused.status)
        except ProtocolError as error:
            return _json(ErrorAnswer(code=error.code), 400)
        except DatabaseError as error:
            logger.warning("the database did not answer: %s", str(error).strip())
            return _json(ErrorAnswer(code="unavailable"), 503, {"Retry-After": str(RETRY_AFTER_S)})
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            logger.exception("a request of an agent failed")
            return _json(ErrorAnswer(code="internal"), 500)

    return answer


async def _no_route(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _json(ErrorAnswer(code="no_such_address"), status)


ROUTES: Final[list[tuple[str, Any, list[str]]]] = [
    ("/bridge/v1/enrol", post_enrol, ["POST"]),
    ("/bridge/v1/session", post_session, ["POST"]),
    ("/bridge/v1/poll", post_poll, ["POST"]),
    ("/bridge/v1/jobs/{job}/result", put_or_head_result, ["PUT", "HEAD"]),
]
application = Starlette(
    routes=[Route(path, _answering(endpoint), methods=methods) for path, endpoint, methods in ROUTES],
    exception_handlers={HTTPException: _no_route},
)
