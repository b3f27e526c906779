"""What every API call passes first: User-Agent, bearer token, media types, scope."""

import functools
import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from allegro_integration.sandbox.answers import MEDIA_TYPE, ApiError, answer, refusal
from allegro_integration.sandbox.context import Sandbox, sandbox_of
from allegro_integration.sandbox.tokens import read_claims

CONFORMING_AGENT = re.compile(r"^[A-Za-z][\w .-]*/\d[\w.-]* \(\+https?://[^\s)]+\)$")
Handler = Callable[[Request, str], Awaitable[Response]]


class Unauthorized(Exception):
    """The bearer token does not open the door; the text is OAuth's error_description."""


def api(scope: str | None = None) -> Callable[[Handler], Callable[[Request], Awaitable[Response]]]:
    """Wrap a handler `(request, seller id) -> response`; `scope` without the "allegro:api:" prefix."""

    def wrap(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        @functools.wraps(handler)
        async def guarded(request: Request) -> Response:
            try:
                seller = _admit(request, scope)
                return await handler(request, seller)
            except Unauthorized as error:
                return answer({"error": "invalid_token", "error_description": str(error)}, 401)
            except ApiError as error:
                return refusal(error)

        return guarded

    return wrap


def bearer(request_scope: Scope) -> str:
    for name, value in request_scope["headers"]:
        if name == b"authorization" and value.lower().startswith(b"bearer "):
            return str(value[7:].decode("latin-1").strip())
    return ""


def seller_of_token(sandbox: Sandbox, request_scope: Scope) -> tuple[str, ...]:
    """The seller a call is made for, as a target of faults; empty when it carries no token of ours."""
    claims = read_claims(bearer(request_scope), sandbox.state.signing_key)
    return (str(claims["user_name"]),) if claims else ()


def _admit(request: Request, scope: str | None) -> str:
    sandbox = sandbox_of(request)
    _check_user_agent(sandbox, request)
    seller, scopes = _check_token(sandbox, bearer(request.scope))
    accepted = [part.split(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    if MEDIA_TYPE not in accepted:
        raise ApiError(406, "NotAcceptableException", f"Accept {MEDIA_TYPE}")
    has_body = request.method in ("POST", "PUT", "PATCH")
    if has_body and request.headers.get("content-type", "").split(";")[0].strip() != MEDIA_TYPE:
        raise ApiError(415, "UnsupportedMediaTypeException", f"Send {MEDIA_TYPE}")
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
