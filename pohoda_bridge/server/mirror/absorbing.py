"""A whole export becomes the mirror: compared, parsed where it changed, guarded and stored in one transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction
from django.db.models.functions import Now

from connectify.sync import bulk, quarantine
from connectify.sync.models import Quarantined
from connectify.sync.payloads import store_payload
from pohoda_bridge.documents import UnitPin
from pohoda_bridge.server.mirror import listeners, page_jobs
from pohoda_bridge.server.mirror.agendas import AGENDAS, Row, belongs, columns_of, row_of
from pohoda_bridge.server.mirror.guards import HeldExport, check_export, pin_values
from pohoda_bridge.server.mirror.known import Known
from pohoda_bridge.server.mirror.models import Mirrored, MirrorRead
from pohoda_bridge.server.mirror.pages import Part, read_parts
from pohoda_bridge.server.models import Unit
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.raw import RawRecord
from pohoda_bridge.xml.record_reader import read_records

QUARANTINED: Final = "mirror"
"""Subject kind of a record that could not be read; its key is `unit:agenda:record id`."""
UNREADABLE: Final = "record_unreadable"
# A turn that is a little early is as good as one that is late by a whole interval.
_EARLY: Final = 0.9


@dataclass(frozen=True, kw_only=True)
class Absorbed:
    """What an export brought. `held`: nothing of it was stored, and why."""

    read: MirrorRead
    records: int
    changed_ids: list[uuid.UUID] = field(default_factory=list)
    gone_ids: list[uuid.UUID] = field(default_factory=list)
    held: HeldExport | None = None


class _Unfit(Exception):
    def __init__(self, held: HeldExport) -> None:
        super().__init__(held.code)
        self.held = held


def absorb(read: MirrorRead) -> Absorbed:
    """All pages are there. Runs in the caller's transaction; an export that may not be believed stores nothing.

    Unchanged records are not written, nor is anything else but the read's own row and its jobs.
    """
    unit = Unit.objects.select_related("connection").get(pk=read.unit_id)
    records = sum(page["records"] for page in read.jobs)
    pin = UnitPin(**read.jobs[0]["pin"])
    try:
        with transaction.atomic():
            absorbed = _store(read, records, pin)
    except _Unfit as unfit:
        return _hold(unit, read, records, unfit.held)
    except ReadError as error:
        code = "export_other_unit" if error.code == "wrong_unit" else "export_incomplete"
        return _hold(unit, read, records, HeldExport(code, {"records": records, "detail": str(error)[:200]}))
    listeners.tell_changed(unit, read.agenda, absorbed.changed_ids, absorbed.gone_ids)
    return absorbed


def _store(read: MirrorRead, records: int, pin: UnitPin) -> Absorbed:
    agenda = AGENDAS[read.agenda]
    held = check_export(
        previous_records=read.records if records or _expects_some(read) else 0,
        records=records,
        previous_pin=read.pin,
        pin=pin,
        accepted=read.accepted,
        mode=read.mode,
    )
    if held is not None:
        raise _Unfit(held)
    known = Known.load(read)
    export = _Export(read, known)
    changed = bulk.upsert(
        agenda.model,
        export.rows(),
        columns=columns_of(read.agenda),
        key=("unit", "record_id"),
        fixed={"unit": read.unit_id, "began_at": read.began_at, "missed": 0},
        compare=("fingerprint",),
        touch=("changed_at",),
    )
    changed += _returned(read, known.returned)
    gone = _missing(read, known.missing()) if read.mode == MirrorRead.Mode.FULL else []
    _finish(read, records, pin, export.remembered)
    return Absorbed(read=read, records=records, changed_ids=changed, gone_ids=gone)


class _Export:
    """The export's changed records as rows, page by page; `remembered` is complete once they are all taken."""

    def __init__(self, read: MirrorRead, known: Known) -> None:
        self._read = read
        self._known = known
        self.remembered: list[dict[str, Any]] = []

    def rows(self) -> Iterator[Row]:
        put_aside = _put_aside(self._read)
        for part in read_parts(self._read, self._known):
            left_out = 0
            for record, row in self._rows_of(part):
                if row is None:
                    left_out += 1
                    continue
                if record.id in put_aside:
                    quarantine.solve(subject_kind=QUARANTINED, subject_key=_key(self._read, record.id))
                yield row
            if part.entry is not None and not left_out:
                self.remembered.append(part.entry)

    def _rows_of(self, part: Part) -> Iterator[tuple[RawRecord, Row | None]]:
        """None for a record that is not stored: of another system, or not readable, which is put aside alone."""
        waiting: Sequence[RawRecord] = part.changed
        while waiting:
            done = 0
            try:
                for raw, record in zip(
                    waiting,
                    read_records(self._read.agenda, waiting, part.encoding),
                    strict=True,
                ):
                    row = (
                        row_of(self._read.agenda, record, raw.fingerprint)
                        if belongs(record, self._read.scope)
                        else None
                    )
                    done += 1
                    yield raw, row
            except ReadError as error:
                put_aside(self._read, waiting[done], error)
                yield waiting[done], None
                done += 1
            waiting = waiting[done:]


def put_aside(read: MirrorRead, raw: RawRecord, error: ReadError) -> None:
    """One bad record is alone: the rest goes on, and what was stored of it before stays."""
    quarantine.put(
        instance=None,
        subject_kind=QUARANTINED,
        subject_key=_key(read, raw.id),
        code=UNREADABLE,
        params={"agenda": read.agenda, "record": raw.id, "detail": str(error)[:200]},
        payload=store_payload(bytes(raw.data), "application/xml"),
    )


def _put_aside(read: MirrorRead) -> set[int]:
    rows = Quarantined.objects.filter(subject_kind=QUARANTINED, subject_key__startswith=_key(read, ""))
    keys = rows.exclude(state=Quarantined.State.SOLVED).values_list("subject_key", flat=True)
    return {int(key.rpartition(":")[2]) for key in keys}


def _key(read: MirrorRead, record_id: int | str) -> str:
    return f"{read.unit_id}:{read.agenda}:{record_id}"


def _date_from(read: MirrorRead) -> dt.date | None:
    text = read.jobs[0].get("date_from", "")
    return dt.date.fromisoformat(text) if text else None


def _expects_some(read: MirrorRead) -> bool:
    """Whether an empty export lacks something: documents older than it asked for are rightly not there."""
    date_from = _date_from(read)
    if date_from is None:
        return True
    rows = AGENDAS[read.agenda].model.objects.filter(unit=read.unit_id, missed=0, date__gte=date_from)
    return bool((rows.filter(ext_system=read.scope) if read.scope else rows).exists())


def _returned(read: MirrorRead, record_ids: list[int]) -> list[uuid.UUID]:
    """What was missed is back as it was."""
    if not record_ids:
        return []
    return [row for row, _ in _mark(read, "missed = 0, changed_at = statement_timestamp()", record_ids)]


def _missing(read: MirrorRead, record_ids: list[int]) -> list[uuid.UUID]:
    """A record that one export lacks may be an accident; from the second on it is gone (RELIABILITY M26)."""
    if not record_ids:
        return []
    marked = _mark(read, "missed = missed + 1", record_ids, _date_from(read))
    gone = [row for row, missed in marked if missed == Mirrored.GONE_FROM]
    AGENDAS[read.agenda].model.objects.filter(pk__in=gone).update(changed_at=Now())
    return gone


def _mark(
    read: MirrorRead, change: str, record_ids: list[int], date_from: dt.date | None = None
) -> list[tuple[uuid.UUID, int]]:
    table = AGENDAS[read.agenda].model._meta.db_table
    since = "AND date >= %s" if date_from else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {change} WHERE unit_id = %s AND record_id = ANY(%s) {since} "  # noqa: S608 (constants)
            "RETURNING id, missed",
            [read.unit_id, record_ids, *([date_from] if date_from else [])],
        )
        marked: list[tuple[uuid.UUID, int]] = cursor.fetchall()
    return marked


def _finish(read: MirrorRead, records: int, pin: UnitPin, remembered: list[dict[str, Any]]) -> None:
    is_full = read.mode == MirrorRead.Mode.FULL
    fresh: dict[str, Any] = {
        "complete_at": Now(),
        "complete_began_at": read.began_at,
        "stamp": read.jobs[0]["stamp"],
        "pin": pin_values(pin),
        "held_at": None,
        "held_code": "",
        "held_params": {},
        "accepted": {},
        "failed_at": None,
        "failed_code": "",
        "failed_detail": "",
    }
    if is_full:
        fresh |= {"full_at": read.began_at, "records": records, "pages": remembered}
    rest(read, **fresh)


def _hold(unit: Unit, read: MirrorRead, records: int, held: HeldExport) -> Absorbed:
    rest(
        read,
        held_at=read.held_at or Now(),
        held_code=held.code,
        held_params=held.params,
        failed_at=None,
        failed_code="",
        failed_detail="",
    )
    listeners.tell_held(unit, read)
    return Absorbed(read=read, records=records, held=held)


def rest(read: MirrorRead, *, next_at: dt.datetime | None = None, **fresh: Any) -> None:
    """The export is over, whichever way: its answers are of no more use, the next one comes on schedule."""
    page_jobs.drop([page["job"] for page in read.jobs if page["job"]])
    assert read.began_at is not None
    MirrorRead.objects.filter(pk=read.pk).update(
        mode=MirrorRead.Mode.RESTING,
        began_at=None,
        jobs=[],
        next_at=next_at or read.began_at + dt.timedelta(seconds=read.every_s * _EARLY),
        **fresh,
    )
    read.refresh_from_db()
