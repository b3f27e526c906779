"""What every API call passes first: User-Agent, bearer token, media types, scope; and where a write can be held."""

import functools
import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from allegro_integration.sandbox.answers import MEDIA_TYPE, ApiError, answer, refusal
from allegro_integration.sandbox.context import Sandbox, sandbox_of
from allegro_integration.sandbox.tokens import read_claims
from connectify.sandbox.wire import hold

CONFORMING_AGENT = re.compile(r"^[A-Za-z][\w .-]*/\d[\w.-]* \(\+https?://[^\s)]+\)$")
Handler = Callable[[Request, str], Awaitable[Response]]


class Unauthorized(Exception):
    """The bearer token does not open the door; the text is OAuth's error_description."""


def api(
    scope: str | None = None, takes: str = MEDIA_TYPE, refuses_in: str = MEDIA_TYPE
) -> Callable[[Handler], Callable[[Request], Awaitable[Response]]]:
    """Wrap a handler `(request, seller id) -> response`; `scope` without the "allegro:api:" prefix.

    `takes` is the media type of the bodies it reads, `refuses_in` that of its refusals.
    """

    def wrap(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        @functools.wraps(handler)
        async def guarded(request: Request) -> Response:
            try:
                seller = _admit(request, scope, takes)
                response = await handler(request, seller)
                await _hold_applied(request, seller)
            except Unauthorized as error:
                response = answer({"error": "invalid_token", "error_description": str(error)}, 401)
            except ApiError as error:
                response = refusal(error)
            else:
                return response
            if refuses_in != MEDIA_TYPE:
                response.headers["content-type"] = refuses_in
            return response

        return guarded

    return wrap


async def _hold_applied(request: Request, seller: str) -> None:
    """Fault gate_after_apply: the write is done, its answer waits `seconds` (30) after the file `path` was touched."""
    if request.method == "GET":
        return
    path = request.url.path
    params = sandbox_of(request).faults.take("gate_after_apply", path, f"{request.method} {path}", seller)
    if params is not None:
        Path(params["path"]).touch()
        await hold(request.receive, float(params.get("seconds", 30)))


def bearer(request_scope: Scope) -> str:
    for name, value in request_scope["headers"]:
        if name == b"authorization" and value.lower().startswith(b"bearer "):
            return str(value[7:].decode("latin-1").strip())
    return ""


def targets_of_call(sandbox: Sandbox, request_scope: Scope) -> tuple[str, ...]:
    """What a fault may aim at beside the path: "PUT /path", and the seller where the call carries a token of ours."""
    claims = read_claims(bearer(request_scope), sandbox.state.signing_key)
    seller = (str(claims["user_name"]),) if claims else ()
    return (f"{request_scope['method']} {request_scope['path']}", *seller)


def _admit(request: Request, scope: str | None, takes: str) -> str:
    sandbox = sandbox_of(request)
    _check_user_agent(sandbox, request)
    seller, scopes = _check_token(sandbox, bearer(request.scope))
    accepted = [part.split(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    if MEDIA_TYPE not in accepted:
        raise ApiError(406, "NotAcceptableException", f"Accept {MEDIA_TYPE}")
    has_body = request.method in ("POST", "PUT", "PATCH")
    if has_body and request.headers.get("content-type", "").split(";")[0].strip() != takes:
        raise ApiError(415, "UnsupportedMediaTypeException", f"Send {takes}")
    if scope is not None and f"allegro:api:{scope}" not in scopes:
        raise ApiError(
            403, "AccessDenied", f"No access to the specified resource, scope allegro:api:{scope} is missing"
        )
    return seller


def _check_user_agent(sandbox: Sandbox, request: Request) -> None:
    agent = request.headers.get("user-agent", "")
    if CONFORMING_AGENT.match(agent):
        return
    sandbox.counters.add("user_agent.nonconforming" if agent else "user_agent.missing")
    if not agent and sandbox.settings.user_agent == "refuse":
        raise ApiError(403, "AccessDenied", "The User-Agent header is required")


def _check_token(sandbox: Sandbox, token: str) -> tuple[str, list[str]]:
    if not token:
        raise Unauthorized("Full authentication is required to access this resource")
    claims = read_claims(token, sandbox.state.signing_key)
    if claims is None:
        raise Unauthorized("Cannot convert access token to JSON")
    row = sandbox.state.row("SELECT * FROM access_token WHERE jti = ?", claims["jti"])
    if row is None or not row["alive"] or datetime.fromisoformat(row["expires_at"]) <= sandbox.state.now():
        raise Unauthorized("Access token expired")
    return str(row["seller"]), list(json.loads(row["scopes"]))
