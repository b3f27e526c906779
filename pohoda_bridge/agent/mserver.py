"""The channel to Pohoda's mServer on this machine: one request at a time, by its own headers (Pohoda digest 3.1)."""

from __future__ import annotations

import secrets
from base64 import b64encode
from typing import Final, Literal

from lxml import etree
from msgspec import Struct

from pohoda_bridge.agent.crashpoints import crashpoint
from pohoda_bridge.agent.http import AdaptiveDeadline, Answer, Hooks, Http, HttpError, NotSentError
from pohoda_bridge.documents import ExternalId, OrderRecord, UnitPin
from pohoda_bridge.protocol import ReadList
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.expected import Expected
from pohoda_bridge.xml.orders_list import read_orders
from pohoda_bridge.xml.reader import ANSWER_LIMIT, LIST_LIMIT, local_name, parse, text_of
from pohoda_bridge.xml.requests import orders_by_ext_id
from pohoda_bridge.xml.split import split_list
from pohoda_bridge.xml.warnings import means_denied

STATUS_S: Final = 15.0
APPLICATION: Final = "Connectify"
_EVIDENCE: Final = 256 * 1024
_END: Final = b"responsePack>"
_ITEM: Final = b"responsePackItem"
State = Literal["ready", "off", "busy", "denied", "wrong_unit", "unreadable"]
Code = Literal["mserver_off", "mserver_busy", "denied", "wrong_unit", "mserver_unreadable"]
STATES: Final[dict[Code, State]] = {
    "mserver_off": "off",
    "mserver_busy": "busy",
    "denied": "denied",
    "wrong_unit": "wrong_unit",
    "mserver_unreadable": "unreadable",
}


class NotReady(Exception):
    """mServer is not there, or is not the pinned one: nothing may be sent."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code: Code = code
        self.detail = detail


class LookupFailed(Exception):
    """A list could not be read to its end; it proves neither presence nor absence.

    `code`: mserver_off, mserver_busy, denied, mserver_unreadable, wrong_unit, list_refused, list_unreadable, list_cut,
    filter_not_honoured, lookup_deadline, lookup_broken, lookup_too_big, lookup_encoded.
    """

    def __init__(self, code: str, detail: str = "", answer: bytes = b"") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.answer = answer


class CompanyDetail(Struct, frozen=True):
    """What mServer says of its unit; `ico` may be missing, then the database's name stands for it."""

    company: str
    database: str
    year: int
    ico: str = ""


class Found(Struct, frozen=True):
    """A complete list: `records` carry exactly the external id that was asked for."""

    records: tuple[OrderRecord, ...]
    answer: bytes


class WholeList(Struct, frozen=True):
    """A list that came whole: how many records, the last one's id (0 for none), Pohoda's clock, the raw answer."""

    records: int
    last_id: int
    stamp: str
    answer: bytes


class MServer:
    """`url` like `http://127.0.0.1:4444`; the login is a Pohoda user's and stays on this machine."""

    def __init__(
        self, url: str, *, user: str, password: str, write_deadline: AdaptiveDeadline, read_deadline_s: float = 600.0
    ) -> None:
        self._url = url.rstrip("/")
        self._login = "Basic " + b64encode(f"{user}:{password}".encode("cp1250")).decode()
        self._http = Http()
        self._write_deadline = write_deadline
        self._read_deadline_s = read_deadline_s

    def close(self) -> None:
        self._http.close()

    def preflight(self, pin: UnitPin) -> CompanyDetail:
        """Asserts that this mServer serves the pinned unit, database and year. Raises NotReady."""
        detail = self.company_detail()
        named = {
            "database": (detail.database, pin.database.removesuffix(".mdb")),
            "year": (str(detail.year), str(pin.year)),
        }
        if detail.ico or not pin.database:
            named["ico"] = (detail.ico, pin.ico)
        for name, (found, wanted) in named.items():
            if wanted and found != wanted:
                raise NotReady("wrong_unit", f"{name} {found!r}, expected {wanted!r}")
        return detail

    def company_detail(self) -> CompanyDetail:
        """Raises NotReady."""
        try:
            answer = self._http.exchange(
                "GET",
                f"{self._url}/status?companyDetail",
                headers=self._headers("status"),
                deadline_s=STATUS_S,
                limit=ANSWER_LIMIT,
            )
        except HttpError as error:
            raise NotReady("mserver_off", str(error)) from error
        _check_status(answer)
        return _company_detail(answer.body)

    def find_orders(self, pin: UnitPin, ext_id: ExternalId) -> Found:
        """Barrier lookup: mServer is serial, this answer comes after all that was sent before. Raises LookupFailed."""
        request = orders_by_ext_id(pin, ext_id, request_id=f"CFQ-{secrets.token_hex(10)}")
        body = self.ask(request.document, request.pack_id, limit=LIST_LIMIT)
        found = read_orders(
            body, expected=Expected(pack_id=request.pack_id, item_id=request.item_id, pin=pin), limit=LIST_LIMIT
        )
        if not found.complete:
            raise LookupFailed(_list_code(found.problem), found.problem, body)
        for record in found.records:
            if record.ext_id is None or (record.ext_id.ids, record.ext_id.system) != (ext_id.ids, ext_id.system):
                raise LookupFailed("filter_not_honoured", f"record {record.id}", body)
        return Found(found.records, body)

    def read_list(self, document: bytes, operation: ReadList) -> WholeList:
        """Sends a list request that was checked. Raises LookupFailed unless the whole list came."""
        body = self.ask(document, operation.pack_id, limit=LIST_LIMIT)
        crashpoint("P3.s02.read_in_pohoda")
        expected = Expected(pack_id=operation.pack_id, item_id=operation.item_id, pin=operation.pin)
        try:
            found = split_list(body, agenda=operation.agenda, expected=expected)
        except ReadError as error:
            is_cut = error.code == "not_well_formed" and not body.rstrip().endswith(_END)
            code = "list_cut" if is_cut else _list_code(str(error))
            if code == "denied" and _ITEM in body:
                code = "list_refused"  # this agenda is closed to the user, not mServer
            raise LookupFailed(code, str(error), body[:_EVIDENCE]) from error
        return WholeList(len(found), found.ids[-1] if found.ids else 0, found.stamp, body)

    def ask(
        self,
        document: bytes,
        instance: str,
        *,
        limit: int,
        deadline_s: float | None = None,
        hooks: Hooks | None = None,
    ) -> bytes:
        """The answer to a request that only reads, at most `limit` bytes. Raises LookupFailed."""
        try:
            answer = self._post(document, instance, deadline_s or self._read_deadline_s, limit, hooks)
        except HttpError as error:
            code = "mserver_off" if isinstance(error, NotSentError) else f"lookup_{error.code}"
            raise LookupFailed(code, error.detail) from error
        try:
            _check_status(answer)
        except NotReady as error:
            raise LookupFailed(error.code, error.detail, answer.body[:_EVIDENCE]) from error
        return answer.body

    def import_order(self, document: bytes, instance: str, hooks: Hooks) -> Answer:
        """Sends the dataPack once, with the duplicity check on. Raises NotSentError or LostError."""
        with self._write_deadline.measured():
            return self._post(document, instance, self._write_deadline.seconds(), ANSWER_LIMIT, hooks)

    def _post(
        self, document: bytes, instance: str, deadline_s: float, limit: int, hooks: Hooks | None = None
    ) -> Answer:
        headers = self._headers(instance) | {"Content-Type": "text/xml", "STW-Check-Duplicity": "true"}
        return self._http.exchange(
            "POST",
            f"{self._url}/xml",
            headers=headers,
            body=document,
            deadline_s=deadline_s,
            limit=limit,
            hooks=hooks,
        )

    def _headers(self, instance: str) -> dict[str, str]:
        return {
            "STW-Authorization": self._login,
            "STW-Application": APPLICATION,
            "STW-Instance": instance,
            "Connection": "close",
        }


def _check_status(answer: Answer) -> None:
    """Raises NotReady for an HTTP status or a login page that means "not now" or "not you"."""
    if answer.status in (401, 403):
        raise NotReady("denied", f"HTTP {answer.status}")
    if answer.status in (408, 429, 503):
        raise NotReady("mserver_busy", f"HTTP {answer.status}")
    if answer.status != 200:
        raise NotReady("mserver_unreadable", f"HTTP {answer.status}")
    head, is_page, _ = answer.body[:2000].lower().partition(b"<html")
    if is_page and b"responsepack" not in head:
        # Seen in the field for a user without the right to use mServer (P-fact 10).
        raise NotReady("denied", "HTML instead of XML")


def _list_code(problem: str) -> str:
    """Why a list proves nothing, as a code for people; what exactly was wrong is in the detail."""
    code, _, note = problem.partition(": ")
    if code == "refused":
        return "denied" if means_denied(note) else "list_refused"
    return "wrong_unit" if code == "wrong_unit" else "list_unreadable"


def _company_detail(body: bytes) -> CompanyDetail:
    """Accepts the values flat or inside `companyDetail`: both occur."""
    try:
        root = parse(body)
        if local_name(root) != "mServer":
            raise ReadError("not_a_status", str(root.tag)[-80:])
        values = {local_name(element): element for element in root.iter(etree.Element) if not len(element)}
        year = text_of(values.get("year"))
        if not year.isdecimal() or not text_of(values.get("databaseName")):
            raise ReadError("no_company_detail", "databaseName, year")
        return CompanyDetail(
            company=text_of(values.get("company")),
            database=text_of(values.get("databaseName")).removesuffix(".mdb"),
            year=int(year),
            ico=text_of(values.get("ico")),
        )
    except ReadError as error:
        raise NotReady("mserver_unreadable", str(error)) from error
