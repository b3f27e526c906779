"""The application: routes, the middleware around them, and what starts and ends with it."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allegro_integration.sandbox import (
    commands,
    control,
    control_offers,
    invoices,
    oauth,
    offer_patch,
    offer_reading,
    orders,
    sale,
    shipments,
)
from allegro_integration.sandbox.answers import ApiError, failure, refusal
from allegro_integration.sandbox.buying import buy_for_ever
from allegro_integration.sandbox.context import Sandbox
from allegro_integration.sandbox.gate import targets_of_call
from allegro_integration.sandbox.sellers import prepare
from allegro_integration.sandbox.settings import Settings
from allegro_integration.sandbox.settling import settle, settle_for_ever
from allegro_integration.sandbox.state import State
from connectify.sandbox.control import control_routes
from connectify.sandbox.counters import Counters
from connectify.sandbox.faults import Faults
from connectify.sandbox.ledger import Ledger
from connectify.sandbox.recorder import ExchangeRecorder
from connectify.sandbox.wire import WIRE_FAULTS, WireFaults

FAULTS = WIRE_FAULTS | {
    "journal_gap",
    "journal_duplicate",
    "journal_disorder",
    "form_404_until",
    "refresh_answer_lost",
    "gate_after_rotate",
    "unknown_enum",
    "wrong_seller",
    "command_never_completes",
    "command_fail",
    "report_late",
    "tasks_missing",
    "edit_in_progress",
    "scan_rejected",
    "scan_slow",
    "invoice_corpse",
    "gate_after_apply",
}
ROUTES = [
    *oauth.ROUTES,
    *orders.ROUTES,
    *shipments.ROUTES,
    *invoices.ROUTES,
    *sale.ROUTES,
    *offer_reading.ROUTES,
    *offer_patch.ROUTES,
    *commands.ROUTES,
    *control.ROUTES,
    *control_offers.ROUTES,
]


class TraceId:
    """Every answer carries a trace-id, as Allegro's do."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def tracing(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"trace-id", uuid.uuid4().hex.encode())]
            await send(message)

        await self.app(scope, receive, tracing if scope["type"] == "http" else send)


class Settling:
    """What is due is done before the next request of anybody is answered."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self.app = app
        self.sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.sandbox.settle(self.sandbox)
        await self.app(scope, receive, send)


def build_app(settings: Settings) -> Starlette:
    """The sandbox as an ASGI application; `app.state.sandbox` for tests. Its files are closed when it shuts down."""
    ledger = Ledger(settings.ledger_dir, "allegro")
    sandbox = Sandbox(settings, State(settings.state, ledger), ledger, Faults(), Counters(), settle=settle)
    prepare(sandbox)
    shared = control_routes(ledger, sandbox.faults, sandbox.counters, FAULTS)
    app = Starlette(
        routes=[*ROUTES, *shared],
        middleware=[
            Middleware(ExchangeRecorder, ledger=ledger, counters=sandbox.counters),
            Middleware(TraceId),
            Middleware(Settling, sandbox=sandbox),
            Middleware(WireFaults, faults=sandbox.faults, failure=failure, targets=partial(targets_of_call, sandbox)),
        ],
        exception_handlers={404: _nothing_here, 405: _nothing_here},
        lifespan=_lifespan,
    )
    app.state.sandbox = sandbox
    return app


async def _nothing_here(request: Request, error: Exception) -> Response:
    return refusal(ApiError(404, "NotFoundException", f"Nothing answers {request.method} {request.url.path}"))


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    sandbox = app.state.sandbox
    lives = [asyncio.create_task(life) for life in (buy_for_ever(sandbox), settle_for_ever(sandbox))]
    try:
        yield
    finally:
        for life in lives:
            life.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await life
        app.state.sandbox.close()
