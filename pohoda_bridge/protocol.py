# Long because the protocol is one: whoever speaks either side reads it here, whole.
"""The messages between agent and platform: typed, versioned (N and N-1), signed both ways (DESIGN §4.4).

Transport: HTTPS, outbound from the agent. Every request but the enrolment carries `Authorization: CF1 HEAD.SIGNATURE`,
both base64; the signature is Ed25519 by the agent's key over the head's exact bytes, and the head names method, path
and the body's hash. A job travels as the exact bytes the worker signed. Nothing here does I/O.

    POST /bridge/v1/enrol          EnrolRequest      → EnrolAnswer
    POST /bridge/v1/session        SessionRequest    → SessionAnswer       newest session wins; older ones get 409
    POST /bridge/v1/poll           PollRequest       → Envelope | 204      long poll, at most `wait_s`
    PUT  /bridge/v1/jobs/ID/result?offset=N&total=M  chunk (≤ 1 MiB) → ResultAnswer; the last carries `CF-Result`
    HEAD /bridge/v1/jobs/ID/result                                         → `CF-Stored: N` bytes (resume)
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from typing import Final, Literal, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from pohoda_bridge.documents import ExternalId, ImportOutcome, OrderRecord, UnitPin

VERSION: Final = 1
CHUNK_LIMIT: Final = 1024 * 1024

AUTHORIZATION_SCHEME: Final = "CF1"
RESULT_HEADER: Final = "CF-Result"
STORED_HEADER: Final = "CF-Stored"


class ProtocolError(Exception):
    """The message is not one of ours: bad signature, unknown version or shape. `code` is stable."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


# --- operations: the compiled list; nothing else can be asked of an agent ------------------------------------------


class ImportOrder(Struct, frozen=True, tag="import_order", kw_only=True):
    """Import the received order in the job's body (a dataPack of the platform) unless `ext_id` is there already."""

    pin: UnitPin
    ext_id: ExternalId
    pack_id: str
    item_id: str


class FindOrder(Struct, frozen=True, tag="find_order", kw_only=True):
    """Barrier lookup of a received order by external id through the same mServer. Answers FoundOrders."""

    pin: UnitPin
    ext_id: ExternalId


class ReadHealth(Struct, frozen=True, tag="read_health", kw_only=True):
    """What the agent and its Pohoda are: versions, unit, year, mServer state."""

    pin: UnitPin | None = None


Agenda = Literal["stock", "orders", "invoices"]


class ReadList(Struct, frozen=True, tag="read_list", kw_only=True):
    """Send the one list request in the job's body (a dataPack of the platform). Answers ListRead."""

    pin: UnitPin
    agenda: Agenda
    pack_id: str
    item_id: str


class PrintReport(Struct, frozen=True, tag="print_report", kw_only=True):
    """Print one record by one report into a PDF, as the job's body says. Answers ReportPrinted."""

    pin: UnitPin
    agenda: Literal["issued_invoices"]
    record_id: int
    report_id: int
    pack_id: str
    item_id: str


Operation = ImportOrder | FindOrder | ReadHealth | ReadList | PrintReport


# --- jobs: platform → agent ----------------------------------------------------------------------------------------


class JobOrder(Struct, frozen=True, kw_only=True):
    """What the worker signs. `ttl_s` counts from hand-out on the agent's own clock: wrong clocks do no harm."""

    v: int = VERSION
    id: str
    unit: str
    operation: Operation
    body_sha256: str
    ttl_s: int | None = None


class SignedJob(Struct, frozen=True, kw_only=True):
    """`order` = the exact bytes of the JobOrder; `body` = the document (may be empty). Bytes travel as base64."""

    order: bytes
    signature: bytes
    body: bytes = b""


class Envelope(Struct, frozen=True, kw_only=True):
    """One hand-out: fencing epoch of (unit, agent) and a sequence within the session."""

    epoch: int
    seq: int
    job: SignedJob


# --- results: agent → platform -------------------------------------------------------------------------------------


class OrderImported(Struct, frozen=True, tag="order_imported", kw_only=True):
    """Outcome of ImportOrder. The uploaded bytes are Pohoda's raw answer (may be empty)."""

    outcome: ImportOutcome


class FoundOrders(Struct, frozen=True, tag="found_orders", kw_only=True):
    """Outcome of FindOrder: complete=True only when the list was read to its end and the identity was right."""

    records: tuple[OrderRecord, ...]
    complete: bool


class Health(Struct, frozen=True, tag="health", kw_only=True):
    agent_version: str
    mserver: Literal["ready", "off", "busy", "denied", "wrong_unit", "unreadable"]
    detail: str = ""
    pin: UnitPin | None = None
    program_version: str = ""


class ListRead(Struct, frozen=True, tag="list_read", kw_only=True):
    """Outcome of ReadList: the answer came whole. The uploaded bytes are Pohoda's raw answer.

    `last_id` is 0 for an empty list. `stamp` is Pohoda's own clock at the export ("YYYY-MM-DDTHH:MM:SS"): what changed
    later is asked for from there on.
    """

    records: int
    last_id: int
    stamp: str


class ReportPrinted(Struct, frozen=True, tag="report_printed", kw_only=True):
    """Outcome of PrintReport. The uploaded bytes are the PDF, `size` of them."""

    file_name: str
    size: int


class JobFailed(Struct, frozen=True, tag="job_failed", kw_only=True):
    """A read did not work, or the job was refused. Writes never end here: they end in an ImportOutcome."""

    code: str
    detail: str = ""


JobResult = OrderImported | FoundOrders | Health | ListRead | ReportPrinted | JobFailed


class ResultReport(Struct, frozen=True, kw_only=True):
    """What the agent signs when it reports. `body_sha256` is of the whole uploaded raw answer."""

    v: int = VERSION
    job: str
    agent: str
    epoch: int
    result: JobResult
    body_sha256: str
    started_at: str = ""
    finished_at: str = ""


class SignedReport(Struct, frozen=True, kw_only=True):
    report: bytes
    signature: bytes


class ResultAnswer(Struct, frozen=True, kw_only=True):
    """`stored` bytes so far; `accepted` once the whole result is committed (the ack)."""

    stored: int
    accepted: bool


# --- session, poll, enrolment --------------------------------------------------------------------------------------


class RequestHead(Struct, frozen=True, kw_only=True):
    """Signed head of each request. `path` holds the query string; a `seq` that does not rise is a replay."""

    v: int = VERSION
    agent: str
    session: str
    seq: int
    method: str
    path: str
    body_sha256: str


class EnrolRequest(Struct, frozen=True, kw_only=True):
    v: int = VERSION
    code: str
    public_key: bytes
    host: str
    agent_version: str


class EnrolAnswer(Struct, frozen=True, kw_only=True):
    """`platform_key` signs jobs and is pinned by the agent; `ico` is the unit the code was issued for."""

    agent: str
    unit: str
    ico: str
    platform_key: bytes


class SessionRequest(Struct, frozen=True, kw_only=True):
    """`journal_generation` rises with each journal; going back in time means a restored machine (RELIABILITY B9)."""

    session: str
    agent_version: str
    journal_generation: str
    open_jobs: tuple[str, ...] = ()


class SessionAnswer(Struct, frozen=True, kw_only=True):
    epoch: int
    role: Literal["active", "standby"]
    wait_s: int
    unacked: tuple[str, ...] = ()


class PollRequest(Struct, frozen=True, kw_only=True):
    wait_s: int
    health: Health | None = None


_Message = TypeVar("_Message", bound=Struct)


def encode(message: Struct) -> bytes:
    """Deterministic JSON: equal messages are equal bytes."""
    return msgspec.json.encode(message, order="deterministic")


def decode(data: bytes, kind: type[_Message]) -> _Message:
    """Reads a message strictly. Raises ProtocolError("unreadable") or ("version") for one newer than ours."""
    try:
        message = msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProtocolError("unreadable", str(error)[:200]) from error
    version = getattr(message, "v", VERSION)
    if not VERSION - 1 <= version <= VERSION:
        raise ProtocolError("version", str(version))
    return message


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sign(data: bytes, key: Ed25519PrivateKey) -> bytes:
    return key.sign(data)


def verify(data: bytes, signature: bytes, public_key: bytes) -> None:
    """Raises ProtocolError("signature") unless `signature` is by the raw Ed25519 `public_key` over `data`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except (InvalidSignature, ValueError) as error:
        raise ProtocolError("signature") from error


def sign_job(order: JobOrder, body: bytes, key: Ed25519PrivateKey) -> SignedJob:
    data = encode(order)
    return SignedJob(order=data, signature=sign(data, key), body=body)


def open_job(job: SignedJob, *, platform_key: bytes, unit: str) -> JobOrder:
    """Verifies signature, unit and body hash, in that order. Raises ProtocolError."""
    verify(job.order, job.signature, platform_key)
    order = decode(job.order, JobOrder)
    if order.unit != unit:
        raise ProtocolError("other_unit", order.unit)
    if sha256(job.body) != order.body_sha256:
        raise ProtocolError("body_hash")
    return order


def sign_report(report: ResultReport, key: Ed25519PrivateKey) -> str:
    """The value of the `CF-Result` header."""
    data = encode(report)
    return b64encode(encode(SignedReport(report=data, signature=sign(data, key)))).decode()


def open_report(header: str, *, agent_key: bytes) -> ResultReport:
    signed = decode(_unbase64(header), SignedReport)
    verify(signed.report, signed.signature, agent_key)
    return decode(signed.report, ResultReport)


def authorization(head: RequestHead, key: Ed25519PrivateKey) -> str:
    """The value of the `Authorization` header."""
    data = encode(head)
    return f"{AUTHORIZATION_SCHEME} {b64encode(data).decode()}.{b64encode(sign(data, key)).decode()}"


def read_head(authorization_value: str) -> tuple[RequestHead, bytes, bytes]:
    """→ (head, signed bytes, signature). The caller finds the agent's key and calls `verify`. Raises ProtocolError."""
    scheme, _, credentials = authorization_value.partition(" ")
    data, _, signature = credentials.partition(".")
    if scheme != AUTHORIZATION_SCHEME or not signature:
        raise ProtocolError("authorization")
    raw = _unbase64(data)
    return decode(raw, RequestHead), raw, _unbase64(signature)


def _unbase64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise ProtocolError("unreadable", "base64") from error
