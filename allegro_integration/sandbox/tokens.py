"""Token pairs as Allegro hands them out: a signed JWT for access, an opaque single-use token for the refresh."""

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from datetime import datetime, timedelta

from allegro_integration.sandbox.context import Json, Sandbox, dumps

ISSUER = "https://allegro.pl.allegrosandbox.pl"


def issue_pair(sandbox: Sandbox, seller: str, client: str, scopes: list[str]) -> Json:
    """Store a new pair and return the token answer (access_token, refresh_token, expires_in in seconds, scope, jti)."""
    state, settings = sandbox.state, sandbox.settings
    now, jti, refresh = state.now(), str(uuid.uuid4()), secrets.token_urlsafe(48)
    expires = now + timedelta(seconds=settings.access_lifetime)
    refresh_expires = now + timedelta(seconds=settings.refresh_lifetime)
    state.run(
        "INSERT INTO access_token (jti, seller, client, scopes, expires_at) VALUES (?, ?, ?, ?, ?)",
        *(jti, seller, client, dumps(scopes), expires.isoformat()),
    )
    state.run(
        "INSERT INTO refresh_token (hash, seller, client, scopes, expires_at) VALUES (?, ?, ?, ?, ?)",
        *(fingerprint(refresh), seller, client, dumps(scopes), refresh_expires.isoformat()),
    )
    claims = {
        "user_name": seller,
        "scope": scopes,
        "allegro_api": True,
        "iss": ISSUER,
        "exp": int(expires.timestamp()),
        "jti": jti,
        "client_id": client,
    }
    return {
        "access_token": _sign(claims, state.signing_key),
        "token_type": "bearer",
        "refresh_token": refresh,
        "expires_in": settings.access_lifetime,
        "scope": " ".join(scopes),
        "allegro_api": True,
        "jti": jti,
    }


def rotate(sandbox: Sandbox, refresh: str, client: str) -> tuple[str, Json] | None:
    """Use a refresh token: the seller and a new pair, or None when it is unknown, revoked, expired or used up.

    The used token goes on answering with further new pairs for `refresh_grace` seconds after its first use.
    """
    state, settings = sandbox.state, sandbox.settings
    row = state.row("SELECT * FROM refresh_token WHERE hash = ? AND client = ?", fingerprint(refresh), client)
    now = state.now()
    if row is None:
        state.applied("token.refused", "", {"reason": "unknown"})
        return None
    seller, used_at = str(row["seller"]), row["used_at"]
    if not row["alive"] or datetime.fromisoformat(row["expires_at"]) <= now:
        state.applied("token.refused", seller, {"reason": "revoked or expired", "token": row["hash"][:12]})
        return None
    within_grace = False
    if used_at is None:
        state.run("UPDATE refresh_token SET used_at = ? WHERE hash = ?", now.isoformat(), row["hash"])
    else:
        within_grace = (now - datetime.fromisoformat(used_at)).total_seconds() < settings.refresh_grace
        if not within_grace:
            state.applied("token.refused", seller, {"reason": "used", "token": row["hash"][:12]})
            return None
    pair = issue_pair(sandbox, seller, client, json.loads(row["scopes"]))
    effect = {"token": row["hash"][:12], "within_grace": within_grace, "jti": pair["jti"]}
    state.applied("token.rotated", seller, effect)
    return seller, pair


def read_claims(token: str, signing_key: bytes) -> Json | None:
    """Claims of an access token this sandbox signed, whatever its age; None for any other text."""
    try:
        header, payload, signature = token.split(".")
        expected = _signature(f"{header}.{payload}", signing_key)
        if not hmac.compare_digest(signature, expected):
            return None
        claims: Json = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return None
    return claims


def fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _sign(claims: Json, key: bytes) -> str:
    content = f"{_segment({'alg': 'HS256', 'typ': 'JWT'})}.{_segment(claims)}"
    return f"{content}.{_signature(content, key)}"


def _segment(value: Json) -> str:
    return base64.urlsafe_b64encode(dumps(value).encode()).decode().rstrip("=")


def _signature(content: str, key: bytes) -> str:
    digest = hmac.new(key, content.encode("ascii"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
