"""OAuth of Allegro: authorization code (with and without PKCE), refresh with rotation, device flow."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from allegro_integration.sandbox.answers import oauth_error
from allegro_integration.sandbox.context import Json, Sandbox, dumps, sandbox_of
from allegro_integration.sandbox.pages import consent_form, page
from allegro_integration.sandbox.tokens import issue_pair, rotate
from connectify.sandbox.wire import drop_connection, hold

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
DEVICE_LIFETIME, DEVICE_INTERVAL = 3600, 5
AUTHORIZE_FIELDS = (
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "scope",
    "code_challenge",
    "code_challenge_method",
)


class OAuthError(Exception):
    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


def find_client(sandbox: Sandbox, client_id: str) -> sqlite3.Row | None:
    return sandbox.state.row("SELECT * FROM client WHERE id = ?", client_id)


def grant_code(sandbox: Sandbox, seller: str, asked: dict[str, str]) -> str:
    """A code for what the authorize call asked (client_id, redirect_uri, scope, code_challenge), in a transaction."""
    client = find_client(sandbox, asked.get("client_id", ""))
    if client is None:
        raise OAuthError("invalid_client", "Unknown client_id", 401)
    registered = json.loads(client["redirect_uris"])
    if registered and asked.get("redirect_uri") not in registered:
        raise OAuthError("invalid_grant", "redirect_uri is not registered")
    declared = json.loads(client["scopes"])
    wanted = asked.get("scope", "").split()
    code = secrets.token_urlsafe(24)
    expires = sandbox.state.now() + timedelta(seconds=sandbox.settings.code_lifetime)
    sandbox.state.run(
        "INSERT INTO code (code, seller, client, scopes, redirect_uri, challenge, expires_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        code,
        seller,
        client["id"],
        dumps([scope for scope in declared if not wanted or scope in wanted]),
        asked.get("redirect_uri", ""),
        asked.get("code_challenge", ""),
        expires.isoformat(),
    )
    return code


def _sellers(sandbox: Sandbox) -> list[Json]:
    return [json.loads(row["data"]) for row in sandbox.state.rows("SELECT data FROM seller ORDER BY id")]


async def authorize(request: Request) -> Response:
    sandbox = sandbox_of(request)
    given = await _fields(request)
    asked = {name: given[name] for name in AUTHORIZE_FIELDS if name in given}
    if problem := _refused_authorize(sandbox, asked):
        return page("This application cannot be linked", f"<p>{problem}</p>", 400)
    if request.method == "GET":
        question = f"The application {asked['client_id']} asks for access to your account."
        return page("Link the application", consent_form(request.url.path, asked, _sellers(sandbox), question))
    echoed = {"state": asked["state"]} if "state" in asked else {}
    if given.get("decision") != "allow":
        query = {"error": "access_denied", "error_description": "User denied access", **echoed}
    else:
        with sandbox.state.transaction():
            query = {"code": grant_code(sandbox, given.get("seller", ""), asked), **echoed}
    joiner = "&" if "?" in asked["redirect_uri"] else "?"
    return RedirectResponse(f"{asked['redirect_uri']}{joiner}{urlencode(query)}", 302)


def _refused_authorize(sandbox: Sandbox, asked: dict[str, str]) -> str | None:
    client = find_client(sandbox, asked.get("client_id", ""))
    if client is None:
        return "Unknown client_id."
    registered = json.loads(client["redirect_uris"])
    if not asked.get("redirect_uri") or (registered and asked["redirect_uri"] not in registered):
        return "redirect_uri is not registered."
    if asked.get("response_type") != "code":
        return "response_type must be code."
    if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
        return "code_challenge_method must be S256."
    return None


async def token(request: Request) -> Response:
    sandbox, fields = sandbox_of(request), await _fields(request)
    grants = {"authorization_code": _by_code, "refresh_token": _by_refresh, DEVICE_GRANT: _by_device}
    grant = grants.get(fields.get("grant_type", ""))
    try:
        if grant is None:
            raise OAuthError("unsupported_grant_type", "Unsupported grant type")
        return await grant(sandbox, request, fields)
    except OAuthError as error:
        return oauth_error(error.status, error.error, error.description)


async def _by_code(sandbox: Sandbox, request: Request, fields: dict[str, str]) -> Response:
    state = sandbox.state
    basic = _basic_client(sandbox, request)
    row = state.row("SELECT * FROM code WHERE code = ?", fields.get("code", ""))
    if row is None:
        raise OAuthError("invalid_grant", "Invalid authorization code")
    verifier = fields.get("code_verifier", "")
    if not basic and not (row["challenge"] and verifier and fields.get("client_id") == row["client"]):
        raise OAuthError("unauthorized", "Full authentication is required to access this resource", 401)
    with state.transaction():
        state.run("UPDATE code SET used = 1 WHERE code = ?", row["code"])  # also a failed try uses it up
        problem = _refused_code(sandbox, row, basic, fields.get("redirect_uri", ""), verifier)
        if problem is None:
            pair = issue_pair(sandbox, row["seller"], row["client"], json.loads(row["scopes"]))
            state.applied("token.issued", row["seller"], {"grant": "authorization_code", "jti": pair["jti"]})
        else:
            state.applied("token.refused", row["seller"], {"reason": problem})
    if problem is not None:
        raise OAuthError("invalid_grant", problem)
    return _pair_answer(pair)


def _refused_code(sandbox: Sandbox, row: sqlite3.Row, basic: str, redirect_uri: str, verifier: str) -> str | None:
    if row["used"] or datetime.fromisoformat(row["expires_at"]) <= sandbox.state.now():
        return "Invalid authorization code"
    if basic and basic != row["client"]:
        return "Invalid authorization code"
    if redirect_uri != row["redirect_uri"]:
        return "Redirect URI mismatch."
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    if row["challenge"] and not hmac.compare_digest(digest, row["challenge"]):
        return "Invalid code verifier"
    return None


async def _by_refresh(sandbox: Sandbox, request: Request, fields: dict[str, str]) -> Response:
    client = _require_basic(sandbox, request)
    with sandbox.state.transaction():
        rotated = rotate(sandbox, fields.get("refresh_token", ""), client)
    if rotated is None:
        raise OAuthError("invalid_grant", "Invalid refresh token")
    seller, pair = rotated
    targets = (request.url.path, seller)
    if (params := sandbox.faults.take("gate_after_rotate", *targets)) is not None:
        Path(params["path"]).touch()
        await hold(request.receive, float(params.get("seconds", 30)))
    if sandbox.faults.take("refresh_answer_lost", *targets) is not None:
        await drop_connection(request.scope)
    return _pair_answer(pair)


async def device(request: Request) -> Response:
    sandbox, fields = sandbox_of(request), await _fields(request)
    try:
        client = _require_basic(sandbox, request)
    except OAuthError as error:
        return oauth_error(error.status, error.error, error.description)
    if fields.get("client_id") != client:
        return oauth_error(400, "invalid_request", "client_id does not match the credentials")
    device_code, user_code = secrets.token_urlsafe(24), secrets.token_hex(5)[:9]
    expires = sandbox.state.now() + timedelta(seconds=DEVICE_LIFETIME)
    with sandbox.state.transaction():
        sandbox.state.run(
            "INSERT INTO device (device_code, user_code, client, expires_at) VALUES (?, ?, ?, ?)",
            *(device_code, user_code, client, expires.isoformat()),
        )
    where = f"{request.url.scheme}://{request.url.netloc}/skojarz-aplikacje"
    return JSONResponse(
        {
            "device_code": device_code,
            "user_code": user_code,
            "expires_in": DEVICE_LIFETIME,
            "interval": DEVICE_INTERVAL,
            "verification_uri": where,
            "verification_uri_complete": f"{where}?code={user_code}",
        },
        headers={"Cache-Control": "no-store"},
    )


async def _by_device(sandbox: Sandbox, request: Request, fields: dict[str, str]) -> Response:
    client, state = _require_basic(sandbox, request), sandbox.state
    now = state.now()
    row = state.row("SELECT * FROM device WHERE device_code = ? AND client = ?", fields.get("device_code", ""), client)
    if row is None or datetime.fromisoformat(row["expires_at"]) <= now:
        raise OAuthError("Invalid device code", "The device code is unknown, used or too old")
    if row["decision"] == "deny":
        raise OAuthError("access_denied", "User denied access")
    polled_at = row["polled_at"]
    if row["decision"] is None:
        state.run("UPDATE device SET polled_at = ? WHERE device_code = ?", now.isoformat(), row["device_code"])
        if polled_at and (now - datetime.fromisoformat(polled_at)).total_seconds() < DEVICE_INTERVAL:
            raise OAuthError("slow_down", "Polling too often")
        raise OAuthError("authorization_pending", "The user has not decided yet")
    scopes = find_client(sandbox, client)
    with state.transaction():
        state.run("DELETE FROM device WHERE device_code = ?", row["device_code"])
        pair = issue_pair(sandbox, row["seller"], client, json.loads(scopes["scopes"]) if scopes else [])
        state.applied("token.issued", row["seller"], {"grant": "device_code", "jti": pair["jti"]})
    return _pair_answer(pair)


def decide_device(sandbox: Sandbox, user_code: str, seller: str, decision: str) -> bool:
    """Record what the seller chose; False when no open device has that user code."""
    row = sandbox.state.row("SELECT * FROM device WHERE user_code = ? AND decision IS NULL", user_code)
    if row is None:
        return False
    with sandbox.state.transaction():
        sandbox.state.run("UPDATE device SET seller = ?, decision = ? WHERE user_code = ?", seller, decision, user_code)
    return True


async def device_page(request: Request) -> Response:
    sandbox, given = sandbox_of(request), await _fields(request)
    code = given.get("code", "")
    if request.method == "GET":
        question = f"Link the device that shows the code {code}?"
        return page("Link a device", consent_form(request.url.path, {"code": code}, _sellers(sandbox), question))
    decision = "allow" if given.get("decision") == "allow" else "deny"
    if not decide_device(sandbox, code, given.get("seller", ""), decision):
        return page("Link a device", "<p>No device waits under this code.</p>", 404)
    return page("Link a device", "<p>Done. You can return to the application.</p>")


async def _fields(request: Request) -> dict[str, str]:
    """Query and form fields as one; Allegro takes either."""
    posted = parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    return {**dict(request.query_params), **dict(posted)}


def _pair_answer(pair: Json) -> Response:
    return JSONResponse(pair, headers={"Cache-Control": "no-store"})


def _require_basic(sandbox: Sandbox, request: Request) -> str:
    client = _basic_client(sandbox, request)
    if not client:
        raise OAuthError("unauthorized", "Full authentication is required to access this resource", 401)
    return client


def _basic_client(sandbox: Sandbox, request: Request) -> str:
    """The client id of correct Basic credentials, "" without any; wrong ones are an error."""
    header = request.headers.get("authorization", "")
    if not header.lower().startswith("basic "):
        return ""
    try:
        client_id, _, secret = base64.b64decode(header[6:]).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client_id, secret = "", ""
    client = find_client(sandbox, unquote(client_id))
    if client is None or not hmac.compare_digest(unquote(secret).encode(), client["secret"].encode()):
        raise OAuthError("unauthorized", "Invalid client credentials", 401)
    return str(client["id"])


ROUTES = [
    Route("/auth/oauth/authorize", authorize, methods=["GET", "POST"]),
    Route("/auth/oauth/token", token, methods=["POST"]),
    Route("/auth/oauth/device", device, methods=["POST"]),
    Route("/skojarz-aplikacje", device_page, methods=["GET", "POST"]),
]
