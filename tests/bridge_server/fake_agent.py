"""An agent reduced to its messages: what it signs is what `protocol` says, and it can be told to do wrong."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pohoda_bridge import protocol
from pohoda_bridge.documents import Imported
from pohoda_bridge.protocol import (
    EnrolAnswer,
    EnrolRequest,
    Envelope,
    Health,
    JobOrder,
    JobResult,
    OrderImported,
    PollRequest,
    RequestHead,
    ResultReport,
    SessionAnswer,
    SessionRequest,
)

IMPORTED = OrderImported(outcome=Imported(id=7, number="26100007"))
ANSWER = b"<rsp:responsePack/>"


class FakeAgent:
    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, trust_env=False, timeout=30)
        self.key = Ed25519PrivateKey.generate()
        self.id = self.unit = ""
        self.platform_key = b""
        self.session = ""
        self.seq = 0
        self.epoch = 0

    def enrol(self, code: str) -> httpx.Response:
        response = self.http.post("/bridge/v1/enrol", content=protocol.encode(self.enrol_request(code)))
        if response.status_code == 200:
            answer = protocol.decode(response.content, EnrolAnswer)
            self.id, self.unit, self.platform_key = answer.agent, answer.unit, answer.platform_key
        return response

    def enrol_request(self, code: str) -> EnrolRequest:
        key = self.key.public_key().public_bytes_raw()
        return EnrolRequest(code=code, public_key=key, host="SERVER-1", agent_version="0.1.0")

    def send(self, method: str, target: str, body: bytes = b"", **options: Any) -> httpx.Response:
        authorization = options.pop("authorization", None) or self.authorize(method, target, body)
        headers = {"Authorization": authorization, **options.pop("headers", {})}
        return self.http.request(method, target, content=body, headers=headers, **options)

    def authorize(self, method: str, target: str, body: bytes = b"") -> str:
        self.seq += 1
        head = RequestHead(
            agent=self.id,
            session=self.session,
            seq=self.seq,
            method=method,
            path=target,
            body_sha256=protocol.sha256(body),
        )
        return protocol.authorization(head, self.key)

    def open(self, *, generation: str = "01", open_jobs: tuple[str, ...] = (), session: str = "") -> httpx.Response:
        self.session = session or uuid.uuid4().hex
        request = SessionRequest(
            session=self.session, agent_version="0.1.0", journal_generation=generation, open_jobs=open_jobs
        )
        response = self.send("POST", "/bridge/v1/session", protocol.encode(request))
        if response.status_code == 200:
            self.epoch = protocol.decode(response.content, SessionAnswer).epoch
        return response

    def opened(self, **options: Any) -> SessionAnswer:
        response = self.open(**options)
        assert response.status_code == 200, response.text
        return protocol.decode(response.content, SessionAnswer)

    def poll(self, *, wait_s: int = 0, health: Health | None = None) -> httpx.Response:
        return self.send("POST", "/bridge/v1/poll", protocol.encode(PollRequest(wait_s=wait_s, health=health)))

    def take(self, *, wait_s: int = 0) -> tuple[Envelope, JobOrder]:
        response = self.poll(wait_s=wait_s)
        assert response.status_code == 200, response.text
        return self.read(response)

    def read(self, response: httpx.Response) -> tuple[Envelope, JobOrder]:
        envelope = protocol.decode(response.content, Envelope)
        return envelope, protocol.open_job(envelope.job, platform_key=self.platform_key, unit=self.unit)

    def header(self, job: str, result: JobResult, answer: bytes, *, epoch: int | None = None) -> str:
        report = ResultReport(
            job=job,
            agent=self.id,
            epoch=self.epoch if epoch is None else epoch,
            result=result,
            body_sha256=protocol.sha256(answer),
        )
        return protocol.sign_report(report, self.key)

    def put(self, job: str, offset: int, total: int, data: bytes, header: str = "") -> httpx.Response:
        headers = {protocol.RESULT_HEADER: header} if header else {}
        return self.send("PUT", f"/bridge/v1/jobs/{job}/result?offset={offset}&total={total}", data, headers=headers)

    def report(self, job: str, result: JobResult = IMPORTED, answer: bytes = ANSWER) -> httpx.Response:
        return self.put(job, 0, len(answer), answer, self.header(job, result, answer))

    def stored(self, job: str) -> httpx.Response:
        return self.send("HEAD", f"/bridge/v1/jobs/{job}/result")

    def close(self) -> None:
        self.http.close()


def code_of(response: httpx.Response) -> tuple[int, str]:
    """(status, code) of an error answer."""
    return response.status_code, response.json()["code"]
