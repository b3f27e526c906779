"""Commands: one value for up to a thousand offers. Their reports are read to the end, offer by offer (RELIABILITY A28).

The command's id is made of what it carries and of how often that was tried, so the same try is the same command and
repeating it is harmless. An unknown outcome is looked up by the id.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from django.conf import settings
from django.db.models.functions import Now

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.commands import MAX_TASKS, CommandKind, Task
from allegro_integration.client.errors import CommandExists, Failure, NotFound, Refused, failure_of
from allegro_integration.models import Account, CommandItem, Offer, OfferCommand
from allegro_integration.services.offers import settling
from allegro_integration.services.offers.alone import each, is_not_sent
from allegro_integration.services.offers.choosing import REFUSED_TOGETHER, Value
from allegro_integration.services.offers.reading_back import ReaderBack, has_arrived
from allegro_integration.services.offers.scope import Scope
from allegro_integration.services.offers.storing import read_money
from connectify.clock import now
from connectify.domain.crashpoints import crashpoint
from connectify.domain.errors import ConnectifyError
from connectify.sync import many
from connectify.sync.changes import in_seconds, may_write_all
from connectify.sync.leases import Lease
from connectify.sync.models import Change

State = OfferCommand.State
OPEN: Final = (State.INTENT, State.ACCEPTED, State.UNKNOWN)
POLLS_S: Final = (2, 5, 15, 60)
POLLS_PER_CYCLE: Final = 40
COMMANDS_PER_CYCLE: Final = 60
DEADLINE: Final = dt.timedelta(minutes=60)
NAMESPACE: Final = uuid.UUID("6ff0b7de-3c8e-5b0c-9a54-0d3a5d7a5b1f")
SUCCESS, FAIL = "SUCCESS", "FAIL"
_AT_ALLEGRO: Final[Mapping[str, CommandKind]] = {"quantity": "quantity", "price": "price", "end": "publication"}


def sent() -> None:
    """The last byte of a write has left, and its answer is not read yet."""
    crashpoint("P3.s08.sent")
    crashpoint("P3.s09.applied")


def command_id(account: Account, value: Value, changes: Sequence[Change]) -> uuid.UUID:
    """Of what is carried and of how often that was tried before."""
    tries = sorted(f"{change.pk}:{change.attempt}" for change in changes)
    return uuid.uuid5(NAMESPACE, "|".join((str(account.pk), *value, *tries)))


class Commands:
    """The commands of one account's run."""

    def __init__(self, lease: Lease, scope: Scope, api: AllegroApi) -> None:
        self._lease: Final = lease
        self._account: Final = scope.account
        self._ends_when_refused: Final = scope.end_when_refused
        self._api: Final = api
        self._reader: Final = ReaderBack(lease, scope.account, api)

    # --- sending --------------------------------------------------------------------------------------------------

    def send_all(self, chosen: Sequence[tuple[Value, list[Change]]]) -> int:
        """→ for how many offers commands were accepted."""
        return each(chosen[:COMMANDS_PER_CYCLE], self._send)

    def _send(self, chosen: tuple[Value, list[Change]]) -> int:
        """INTENT of all its changes and the command's row, then the request."""
        value, changes = chosen
        self._lease.require(settings.ALLEGRO_CALL_S)
        ids = [change.pk for change in changes]
        with self._lease.transaction():
            # Chosen a while ago, together with many others: a pause or a switch holds for them as well.
            if not may_write_all(changes):
                return 0
            command = self._intend(value, changes)
        crashpoint("P3.s07.intent")
        try:
            self._put(value, str(command.pk), [change.content["offer_id"] for change in changes])
        except CommandExists:
            # The first try of this very command has arrived; its report tells the rest.
            pass
        except Refused as error:
            self._refused(command, changes, error)
            return 0
        except ConnectifyError as error:
            with self._lease.transaction():
                if is_not_sent(error):
                    settling.not_sent(ids, code=error.code, detail=error.detail)
                    _close(command, State.LOST)
                else:
                    settling.unknown(ids, code=error.code, detail=error.detail)
                    OfferCommand.objects.filter(pk=command.pk).update(state=State.UNKNOWN)
            raise
        crashpoint("P3.s10.answered")
        with self._lease.transaction():
            self._accepted(command)
        return len(changes)

    def _intend(self, value: Value, changes: Sequence[Change]) -> OfferCommand:
        kind, marketplace, shown = value
        many.begin_many([change.pk for change in changes], epoch=self._lease.epoch)
        command = OfferCommand.objects.create(
            pk=command_id(self._account, value, changes), account=self._account, kind=kind, marketplace=marketplace,
            value=shown, epoch=self._lease.epoch, offers=len(changes),
        )  # fmt: skip
        items = [CommandItem(command=command, change=one, offer_id=one.subject_id) for one in changes]
        CommandItem.objects.bulk_create(items)
        return command

    def _put(self, value: Value, command: str, offers: Sequence[str]) -> None:
        kind, marketplace, shown = value
        match kind:
            case "quantity":
                self._api.put_quantity_command(command, value=int(shown), offers=offers, on_sent=sent)
            case "price":
                amount, currency = shown.split()
                base = marketplace == self._account.base_marketplace
                self._api.put_price_command(
                    command,
                    price=read_money({"amount": amount, "currency": currency}),
                    marketplace=None if base else marketplace,
                    offers=offers,
                    on_sent=sent,
                )
            case _:
                self._api.put_end_command(command, offers=offers, on_sent=sent)

    def _refused(self, command: OfferCommand, changes: Sequence[Change], error: Refused) -> None:
        """The whole command: one offer alone is refused, several are tried one by one, for one of them may be bad."""
        ids = [change.pk for change in changes]
        with self._lease.transaction():
            if len(ids) == 1:
                why = failure_of(one.code for one in error.errors)
                settling.not_done(changes, why, detail=_words(error), ends_when_refused=self._ends_when_refused)
            else:
                settling.not_applied(ids, code=REFUSED_TOGETHER, detail=_words(error))
            _close(command, State.DONE)

    def _accepted(self, command: OfferCommand) -> None:
        OfferCommand.objects.filter(pk=command.pk).update(
            state=State.ACCEPTED, accepted_at=Now(), deadline_at=in_seconds(DEADLINE.total_seconds()),
            next_poll_at=in_seconds(POLLS_S[0]),
        )  # fmt: skip

    # --- unknown --------------------------------------------------------------------------------------------------

    def look_up(self) -> None:
        """Commands whose sending was interrupted or not answered: Allegro knows them, or never got them."""
        with self._lease.transaction():
            rows = list(OfferCommand.objects.filter(account=self._account, state=State.UNKNOWN).order_by("created_at"))
        each(rows, self._look_up_one)

    def _look_up_one(self, command: OfferCommand) -> int:
        self._lease.require(settings.ALLEGRO_CALL_S)
        try:
            self._api.command_report(_AT_ALLEGRO[command.kind], str(command.pk))
        except NotFound:
            with self._lease.transaction():
                settling.not_applied(_changes_of(command))
                _close(command, State.LOST)
            return 0
        with self._lease.transaction():
            self._accepted(command)
        return 1

    # --- reports --------------------------------------------------------------------------------------------------

    def poll(self) -> int:
        """Reads the reports that are due. → how many offers were settled."""
        with self._lease.transaction():
            due = OfferCommand.objects.filter(account=self._account, state=State.ACCEPTED, next_poll_at__lte=Now())
            rows = list(due.order_by("next_poll_at", "pk")[:POLLS_PER_CYCLE])
        return each(rows, self._poll_one, after_failure=self._ask_later)

    def _poll_one(self, command: OfferCommand) -> int:
        kind, name = _AT_ALLEGRO[command.kind], str(command.pk)
        is_late = command.deadline_at is not None and command.deadline_at <= now()
        self._lease.require(settings.ALLEGRO_CALL_S)
        try:
            report = self._api.command_report(kind, name)
            tasks = self._tasks(kind, name) if report.completed or is_late else {}
        except NotFound:
            # Reports live a week; without one the offers themselves tell.
            tasks, is_late = {}, True
        else:
            if not report.completed and not is_late:
                self._ask_later(command)
                return 0
        crashpoint("P3.s11.command_polled")
        return self._settle(command, tasks)

    def _tasks(self, kind: CommandKind, name: str) -> dict[str, Task]:
        """What became of each offer, all pages of it."""
        found: dict[str, Task] = {}
        offset = 0
        while offset < MAX_TASKS:
            self._lease.require(settings.ALLEGRO_CALL_S)
            page = self._api.command_tasks(kind, name, offset=offset, limit=MAX_TASKS)
            found |= {task.offer_id: task for task in page.tasks}
            offset += page.size
            if page.size < MAX_TASKS:
                break
        return found

    def _ask_later(self, command: OfferCommand) -> None:
        wait_s = POLLS_S[min(command.polls + 1, len(POLLS_S) - 1)]
        with self._lease.transaction():
            OfferCommand.objects.filter(pk=command.pk).update(
                polls=command.polls + 1, next_poll_at=in_seconds(wait_s)
            )  # fmt: skip

    def _settle(self, command: OfferCommand, tasks: Mapping[str, Task]) -> int:
        with self._lease.transaction():
            changes = settling.open_of(_changes_of(command))
        told = {change.pk: tasks.get(change.content["offer_id"]) for change in changes}
        failed = [(one, task) for one in changes if (task := told[one.pk]) and task.status == FAIL]
        rest = [one for one in changes if (task := told[one.pk]) is None or task.status != FAIL]
        shown = self._reader.shown(rest)
        crashpoint("P3.s12.read_back")
        done = {one.pk for one in rest if (task := told[one.pk]) and task.status == SUCCESS}
        arrived = {one.pk for one in rest if one.pk not in done and has_arrived(shown.get(one.pk, ""), one)}
        with self._lease.transaction():
            settling.confirm({one: shown.get(one, "") for one in done})
            settling.confirm({one: shown[one] for one in arrived}, by_lookup=True)
            self._settle_failed(failed)
            missing = [one.pk for one in rest if one.pk not in done | arrived]
            settling.not_applied(missing, code="report_incomplete")
            _note_items(command, tasks)
            _close(command, State.DONE)
        crashpoint("P3.s13.confirmed")
        return len(changes)

    def _settle_failed(self, failed: Sequence[tuple[Change, Task]]) -> None:
        """Offers that failed for one reason together; a reason is told in Allegro's words."""
        groups: dict[tuple[Failure, str], list[Change]] = {}
        for change, task in failed:
            groups.setdefault((task.failure, task.message or task.code), []).append(change)
        for (why, words), changes in groups.items():
            settling.not_done(changes, why, detail=words, ends_when_refused=self._ends_when_refused)

    def next_poll_in_s(self) -> float | None:
        """When the next report is due; None when none is awaited."""
        with self._lease.transaction():
            rows = OfferCommand.objects.filter(account=self._account, state=State.ACCEPTED)
            first = rows.order_by("next_poll_at").values_list("next_poll_at", flat=True).first()
        return None if first is None else max(0.0, (first - now()).total_seconds())


def strand(lease: Lease, account: Account) -> None:
    """Commands of earlier runs whose sending never ended: nobody knows what came of them."""
    for command in OfferCommand.objects.filter(account=account, state=State.INTENT, epoch__lt=lease.epoch):
        settling.unknown(_changes_of(command), code="interrupted")
        OfferCommand.objects.filter(pk=command.pk).update(state=State.UNKNOWN)


def _changes_of(command: OfferCommand) -> list[uuid.UUID]:
    return list(CommandItem.objects.filter(command=command).values_list("change_id", flat=True))


def _close(command: OfferCommand, state: str) -> None:
    OfferCommand.objects.filter(pk=command.pk).update(state=state, settled_at=Now(), next_poll_at=None)


def _note_items(command: OfferCommand, tasks: Mapping[str, Task]) -> None:
    """What the report said of each offer, for the page; most say the same."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for task in tasks.values():
        groups.setdefault((task.status[:10], task.code[:120], task.message), []).append(task.offer_id)
    for (outcome, code, message), offers in groups.items():
        rows = Offer.objects.filter(account=command.account_id, offer_id__in=offers)
        CommandItem.objects.filter(command=command, offer__in=rows).update(
            outcome=outcome, code=code, message=message
        )  # fmt: skip


def _words(error: Refused) -> str:
    return str(error.params.get("user_message") or error.detail)[:500]
