"""Commands that change many offers to one value, their summary, and their report per offer.

Allegro answers 201 at once and works later; the summary is all zeros at first. Only the tasks tell what became of each
offer, and a SUCCESS means that the offer took the value, not that buyers see it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from urllib.parse import quote

from msgspec import Raw, Struct

from allegro_integration.client.calls import Calls, OnSent, confirmation
from allegro_integration.client.errors import Failure, failure_of, unconfirmed
from allegro_integration.client.governor import (
    CHANGES,
    PRICES_HOURLY,
    PUBLICATIONS_HOURLY,
    QUANTITIES_HOURLY,
    Meter,
)
from allegro_integration.client.messages import ApiError
from allegro_integration.client.offer_messages import amount
from allegro_integration.client.records import OddRecord, page_of, read_records
from allegro_integration.domain.values import Instant, Reference
from connectify.domain.errors import Retryable
from connectify.domain.money import Money

CommandKind = Literal["quantity", "price", "publication"]
MAX_COMMAND_OFFERS: Final = 1000
MAX_TASKS: Final = 1000
_FOLDERS: Final[Mapping[CommandKind, str]] = {
    "quantity": "/sale/offer-quantity-change-commands",
    "price": "/sale/offer-price-change-commands",
    "publication": "/sale/offer-publication-commands",
}
_HOURLY: Final[Mapping[CommandKind, Meter]] = {
    "quantity": QUANTITIES_HOURLY,
    "price": PRICES_HOURLY,
    "publication": PUBLICATIONS_HOURLY,
}


class CommandReport(Struct, frozen=True):
    """How far a command is, in offers. Its numbers count only once it is `completed`."""

    completed: bool
    total: int
    success: int
    failed: int


class Task(Struct, frozen=True, kw_only=True):
    """What became of one offer. `status` NEW, SUCCESS, FAIL or one yet unknown; `code` and `message` say why it failed.

    `message` is for people; `field` names what was changed.
    """

    offer_id: str
    status: str
    code: str
    message: str
    field: str

    @property
    def failure(self) -> Failure:
        """Of a FAIL. Allegro's older services write the code where the message should be."""
        return failure_of([self.code or self.message])


class TaskPage(Struct, frozen=True):
    """A page of a command's report; `size` counts the odd ones too."""

    tasks: tuple[Task, ...]
    odd: tuple[OddRecord, ...]
    size: int


class RawTaskCount(Struct, frozen=True):
    total: int = 0
    success: int = 0
    failed: int = 0


class RawReport(Struct, frozen=True, rename="camel"):
    id: str
    completed_at: Instant | None = None
    task_count: RawTaskCount = RawTaskCount()


class RawTask(Struct, frozen=True):
    offer: Reference
    status: str
    field: str | None = None
    message: str | None = None
    errors: tuple[ApiError, ...] | None = None


class RawTaskPage(Struct, frozen=True):
    tasks: tuple[Raw, ...]


class CommandCalls(Calls):
    """Commands of one seller. Each takes 1 to 1000 offers and a UUID of ours: a repeated one raises CommandExists."""

    def put_quantity_command(
        self, command_id: str, *, value: int, offers: Sequence[str], on_sent: OnSent = None
    ) -> None:
        """Sets the stock of the offers to `value`, which is above zero: zero goes by `put_end_command` or a patch."""
        if value < 1:
            raise ValueError("a command sets no stock below one")
        self._put("quantity", command_id, {"modification": {"changeType": "FIXED", "value": value}}, offers, on_sent)

    def put_price_command(
        self,
        command_id: str,
        *,
        price: Money,
        marketplace: str | None,
        offers: Sequence[str],
        on_sent: OnSent = None,
    ) -> None:
        """Sets the price of the offers on one marketplace; None is the base marketplace of each."""
        modification: dict[str, Any] = {"type": "FIXED_PRICE", "price": amount(price)}
        if marketplace is not None:
            modification["marketplaceId"] = marketplace
        self._put("price", command_id, {"modification": modification}, offers, on_sent)

    def put_end_command(self, command_id: str, *, offers: Sequence[str], on_sent: OnSent = None) -> None:
        """Ends the offers."""
        self._put("publication", command_id, {"publication": {"action": "END"}}, offers, on_sent)

    def command_report(self, kind: CommandKind, command_id: str) -> CommandReport:
        """How far a command is. Raises NotFound when Allegro never got it."""
        raw = self._read(_path(kind, command_id), RawReport)
        if raw.id != command_id:
            raise Retryable("unreadable_answer", "the answer is about another command")
        count = raw.task_count
        return CommandReport(raw.completed_at is not None, count.total, count.success, count.failed)

    def command_tasks(self, kind: CommandKind, command_id: str, offset: int = 0, limit: int = MAX_TASKS) -> TaskPage:
        """What became of each offer. Allegro takes an `offset` up to 999. Raises NotFound."""
        query = (("limit", str(limit)), ("offset", str(offset)))
        page = page_of(self._call(self._request("GET", f"{_path(kind, command_id)}/tasks", query)), RawTaskPage)
        found, odd = read_records(page.tasks, RawTask)
        return TaskPage(tuple(_task(one) for one in found), odd, len(page.tasks))

    def _put(
        self, kind: CommandKind, command_id: str, change: Mapping[str, Any], offers: Sequence[str], on_sent: OnSent
    ) -> None:
        if not 1 <= len(offers) <= MAX_COMMAND_OFFERS:
            raise ValueError("a command is for 1 to 1000 offers")
        chosen = {"type": "CONTAINS_OFFERS", "offers": [{"id": one} for one in offers]}
        answer = self._write(
            "PUT",
            _path(kind, command_id),
            {**change, "offerCriteria": [chosen]},
            subject="command",
            on_sent=on_sent,
            costs=((CHANGES, len(offers)), (_HOURLY[kind], len(offers))),
        )
        if confirmation(answer, RawReport).id != command_id:
            raise unconfirmed(answer, "the answer is about another command")


def _path(kind: CommandKind, command_id: str) -> str:
    return f"{_FOLDERS[kind]}/{quote(command_id, safe='')}"


def _task(raw: RawTask) -> Task:
    errors = raw.errors or ()
    said = (text for one in errors for text in (one.user_message, one.message))
    return Task(
        offer_id=raw.offer.id,
        status=raw.status,
        code=errors[0].code if errors else "",
        message=next((text for text in (*said, raw.message) if text), ""),
        field=raw.field or "",
    )
