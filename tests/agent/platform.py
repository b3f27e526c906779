"""A platform that speaks the protocol and nothing more: checks signatures, hands out jobs, stores results."""

import asyncio
import threading
import uuid
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectify.sandbox.serve import Running
from pohoda_bridge import protocol
from pohoda_bridge.protocol import (
    EnrolAnswer,
    EnrolRequest,
    Envelope,
    JobOrder,
    Operation,
    PollRequest,
    ResultAnswer,
    ResultReport,
    SessionAnswer,
    SessionRequest,
    SignedJob,
)

AGENT = str(uuid.UUID(int=1))
UNIT = str(uuid.UUID(int=2))


class FakePlatform:
    """`give` queues a job; `results` holds the accepted reports by job id. What is not accepted is handed out again."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.agent_key: bytes | None = None
        self.ico = "12345678"
        self.role: str = "active"
        self.wait_s = 1
        self.epoch = 0
        self.session = ""
        self.seen_seq = 0
        self.sessions: list[SessionRequest] = []
        self.polls: list[PollRequest] = []
        self.jobs: dict[str, SignedJob] = {}
        self.results: dict[str, ResultReport] = {}
        self.answers: dict[str, bytes] = {}
        self.reports: list[ResultReport] = []
        self.held: dict[str, int] = {}
        self.uploads: dict[str, bytes] = {}
        self.chunks: list[tuple[int, int]] = []
        self.refuse: list[tuple[str, int, str]] = []
        self.lose_acks = 0
        self.closing = False
        self.changed = threading.Event()
        self.running = Running(self._app())
        self.url = self.running.url

    def __enter__(self) -> "FakePlatform":
        return self

    def __exit__(self, *_: object) -> None:
        self.closing = True
        self.running.close()

    def give(self, operation: Operation, body: bytes = b"", *, id: str = "", unit: str = UNIT, key: Any = None) -> str:
        job_id = id or str(uuid.uuid4())
        order = JobOrder(id=job_id, unit=unit, operation=operation, body_sha256=protocol.sha256(body))
        self.jobs[job_id] = protocol.sign_job(order, body, key or self.key)
        return job_id

    def wait_for(self, *job_ids: str) -> list[ResultReport]:
        """Returns when all these results are accepted."""
        for _ in range(200):
            if all(job_id in self.results for job_id in job_ids):
                return [self.results[job_id] for job_id in job_ids]
            self.changed.wait(0.1)
            self.changed.clear()
        raise AssertionError(f"no result: {set(job_ids) - set(self.results)}")

    def wait_until(self, condition: Any) -> None:
        for _ in range(200):
            if condition():
                return
            self.changed.wait(0.1)
            self.changed.clear()
        raise AssertionError("it did not happen")

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/bridge/v1/enrol", self._enrol, methods=["POST"]),
                Route("/bridge/v1/session", self._open, methods=["POST"]),
                Route("/bridge/v1/poll", self._poll, methods=["POST"]),
                Route("/bridge/v1/jobs/{job}/result", self._result, methods=["PUT", "HEAD"]),
            ]
        )

    async def _enrol(self, request: Request) -> Response:
        message = protocol.decode(await request.body(), EnrolRequest)
        if message.code != "CODE":
            return _refusal(403, "code")
        self.agent_key = message.public_key
        key = self.key.public_key().public_bytes_raw()
        return _json(EnrolAnswer(agent=AGENT, unit=UNIT, ico=self.ico, platform_key=key))

    async def _open(self, request: Request) -> Response:
        body, refused = await self._check(request, session=False)
        if refused is not None:
            return refused
        message = protocol.decode(body, SessionRequest)
        self.sessions.append(message)
        self.session, self.epoch = message.session, self.epoch + 1
        self.held = dict.fromkeys(message.open_jobs, self.epoch)
        self.changed.set()
        return _json(SessionAnswer(epoch=self.epoch, role=self.role, wait_s=self.wait_s))

    async def _poll(self, request: Request) -> Response:
        body, refused = await self._check(request)
        if refused is not None:
            return refused
        message = protocol.decode(body, PollRequest)
        self.polls.append(message)
        self.changed.set()
        for _ in range(int(min(message.wait_s, self.wait_s) * 100)):
            if waiting := [job_id for job_id in self.jobs if job_id not in self.results and job_id not in self.held]:
                self.held[waiting[0]] = self.epoch
                return _json(Envelope(epoch=self.epoch, seq=self.seen_seq, job=self.jobs[waiting[0]]))
            if self.closing:
                break
            await asyncio.sleep(0.01)
        return Response(status_code=204)

    async def _result(self, request: Request) -> Response:
        body, refused = await self._check(request)
        if refused is not None:
            return refused
        job_id = request.path_params["job"]
        if request.method == "HEAD":
            return Response(headers={protocol.STORED_HEADER: str(len(self.uploads.get(job_id, b"")))})
        offset, total = int(request.query_params["offset"]), int(request.query_params["total"])
        self.chunks.append((offset, len(body)))
        self.uploads[job_id] = self.uploads.get(job_id, b"")[:offset] + body
        whole = len(self.uploads[job_id]) == total
        if not whole:
            return _json(ResultAnswer(stored=offset + len(body), accepted=False))
        report = protocol.open_report(request.headers[protocol.RESULT_HEADER], agent_key=self.agent_key)
        assert report.body_sha256 == protocol.sha256(self.uploads[job_id])
        self.reports.append(report)
        self.results.setdefault(job_id, report)
        self.answers[job_id] = self.uploads[job_id]
        self.changed.set()
        if self.lose_acks:
            self.lose_acks -= 1
            request.scope["extensions"]["connectify.drop"]["now"]()
        return _json(ResultAnswer(stored=total, accepted=True))

    async def _check(self, request: Request, session: bool = True) -> tuple[bytes, Response | None]:
        """As the real one: signature, target, body, session, sequence."""
        body = await request.body()
        for number, (method, status, code) in enumerate(self.refuse):
            if method == request.method:
                del self.refuse[number]
                return body, _refusal(status, code)
        if not request.headers.get("authorization"):
            return body, _refusal(401, "authorization")
        head, signed, signature = protocol.read_head(request.headers["authorization"])
        protocol.verify(signed, signature, self.agent_key)
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        assert (head.method, head.path, head.agent) == (request.method, target, AGENT)
        assert head.body_sha256 == protocol.sha256(body)
        if session and head.session != self.session:
            return body, _refusal(409, "session")
        if session and head.seq <= self.seen_seq:
            return body, _refusal(409, "replay")
        self.seen_seq = head.seq
        return body, None


def _json(message: Any) -> Response:
    return Response(protocol.encode(message), media_type="application/json")


def _refusal(status: int, code: str) -> Response:
    return Response(f'{{"code":"{code}","detail":""}}', status, media_type="application/json")
