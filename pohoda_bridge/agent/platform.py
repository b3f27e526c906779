"""The agent's side of the platform's protocol: signed requests, one session, resumable results."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from pohoda_bridge import protocol
from pohoda_bridge.agent import __version__
from pohoda_bridge.agent.http import Answer, Http, HttpError
from pohoda_bridge.protocol import (
    CHUNK_LIMIT,
    RESULT_HEADER,
    STORED_HEADER,
    EnrolAnswer,
    EnrolRequest,
    Envelope,
    Health,
    PollRequest,
    ProtocolError,
    RequestHead,
    ResultAnswer,
    SessionAnswer,
    SessionRequest,
)

_CALL_S: Final = 30.0
_ENVELOPE_LIMIT: Final = 2 * 1024 * 1024
_ANSWER_LIMIT: Final = 256 * 1024
_Message = TypeVar("_Message", bound=Struct)


class PlatformError(Exception):
    """The platform was not reached or did not say yes; try again later. `retry_after_s` is what it asked for."""

    def __init__(self, code: str, detail: str = "", retry_after_s: float = 0.0) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.retry_after_s = retry_after_s


class Fenced(Exception):
    """A newer session of this agent took over: stop."""


class Denied(Exception):
    """The platform does not know this agent, its key or the code (any more)."""


class Rejected(Exception):
    """The platform read the request and will never take it. `is_settled`: because it needs nothing more of it."""

    def __init__(self, detail: str, *, is_settled: bool = False) -> None:
        super().__init__(detail)
        self.is_settled = is_settled


class _Refusal(Struct, frozen=True):
    """Body of the platform's refusals."""

    code: str = ""
    detail: str = ""


class Platform:
    """One session. `server` like `https://app.example.cz`."""

    def __init__(self, server: str, *, agent: str, key: Ed25519PrivateKey, http: Http | None = None) -> None:
        self._server = server.rstrip("/")
        self._prefix = urlsplit(self._server).path
        self._agent = agent
        self._key = key
        self._http = http or Http()
        self._session = ""
        self._seq = 0

    def close(self) -> None:
        self._http.close()

    def abort(self) -> None:
        """Ends a waiting poll, e.g. from a signal handler."""
        self._http.abort()

    def enrol(self, code: str, *, host: str, public_key: bytes) -> EnrolAnswer:
        request = EnrolRequest(code=code, public_key=public_key, host=host, agent_version=__version__)
        answer = self._send("POST", "/bridge/v1/enrol", protocol.encode(request), {}, _CALL_S)
        return _read(answer, EnrolAnswer)

    def start_session(self, *, journal_generation: str, open_jobs: tuple[str, ...]) -> SessionAnswer:
        self._session, self._seq = secrets.token_hex(16), 0
        request = SessionRequest(
            session=self._session,
            agent_version=__version__,
            journal_generation=journal_generation,
            open_jobs=open_jobs,
        )
        return _read(self._signed("POST", "/bridge/v1/session", protocol.encode(request)), SessionAnswer)

    def poll(self, *, wait_s: int, health: Health | None) -> Envelope | None:
        body = protocol.encode(PollRequest(wait_s=wait_s, health=health))
        answer = self._signed("POST", "/bridge/v1/poll", body, deadline_s=wait_s + _CALL_S, limit=_ENVELOPE_LIMIT)
        return None if answer.status == 204 else _read(answer, Envelope)

    def stored(self, job_id: str) -> int:
        """How many bytes of this result the platform has."""
        answer = self._signed("HEAD", f"/bridge/v1/jobs/{job_id}/result", b"")
        value = answer.headers.get(STORED_HEADER.lower(), "0")
        if not value.isdecimal():
            raise PlatformError("unreadable", STORED_HEADER)
        return int(value)

    def send_result(
        self, job_id: str, data: bytes, *, offset: int, report: str, on_stored: Callable[[], None] = lambda: None
    ) -> Answer:
        """Sends the rest of `data` from `offset`; the last chunk carries the signed report. → the last answer.

        `on_stored` is called after each chunk that the platform has taken.
        """
        path = f"/bridge/v1/jobs/{job_id}/result"
        while True:
            chunk = data[offset : offset + CHUNK_LIMIT]
            last = offset + len(chunk) >= len(data)
            headers = {RESULT_HEADER: report} if last else {}
            answer = self._signed("PUT", path, chunk, headers=headers, query=f"?offset={offset}&total={len(data)}")
            on_stored()
            if last:
                return answer
            stored = _read(answer, ResultAnswer).stored
            if stored <= offset or stored > len(data):
                raise PlatformError("unreadable", f"stored {stored}")
            offset = stored

    def _signed(
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        headers: dict[str, str] | None = None,
        query: str = "",
        deadline_s: float = _CALL_S,
        limit: int = _ANSWER_LIMIT,
    ) -> Answer:
        self._seq += 1
        head = RequestHead(
            agent=self._agent,
            session=self._session,
            seq=self._seq,
            method=method,
            path=self._prefix + path + query,
            body_sha256=protocol.sha256(body),
        )
        headers = {"Authorization": protocol.authorization(head, self._key)} | (headers or {})
        return self._send(method, path + query, body, headers, deadline_s, limit)

    def _send(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: dict[str, str],
        deadline_s: float,
        limit: int = _ANSWER_LIMIT,
    ) -> Answer:
        content_type = "application/octet-stream" if method == "PUT" else "application/json"
        headers = {"Content-Type": content_type, "User-Agent": f"connectify-agent/{__version__}"} | headers
        try:
            answer = self._http.exchange(
                method, self._server + path, headers=headers, body=body, deadline_s=deadline_s, limit=limit
            )
        except HttpError as error:
            raise PlatformError(error.code, error.detail) from error
        _check(answer)
        return answer


def result_answer(answer: Answer) -> ResultAnswer:
    """The acknowledgement in the answer to the last chunk."""
    return _read(answer, ResultAnswer)


def _check(answer: Answer) -> None:
    status = answer.status
    if 200 <= status < 300:
        return
    try:
        code = protocol.decode(answer.body, _Refusal).code
    except ProtocolError:
        code = ""
    detail = f"HTTP {status} {code}".strip()
    if status == 409 and code == "session":
        raise Fenced(detail)
    if status in (401, 403):
        raise Denied(detail)
    if code in ("no_such_job", "other_result"):
        raise Rejected(detail, is_settled=True)
    if status in (400, 413, 422):
        raise Rejected(detail)
    # 409 replay and offset are mended by a new session or by asking what is stored; the rest by waiting.
    raise PlatformError(code or "refused", detail, _retry_after(answer.headers.get("retry-after", "")))


def _retry_after(value: str) -> float:
    return min(float(value), 300.0) if value.isdecimal() else 0.0


def _read(answer: Answer, kind: type[_Message]) -> _Message:
    try:
        return protocol.decode(answer.body, kind)
    except ProtocolError as error:
        # A captive portal or an inspecting proxy answers 200 with its own page (RELIABILITY B19).
        raise PlatformError(error.code, "the answer is not the platform's") from error
