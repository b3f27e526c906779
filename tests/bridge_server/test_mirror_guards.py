"""Exports that may not be believed store nothing, say why, and give way to a good one or to a person."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from connectify import clock
from connectify.audit.models import AuditEntry
from connectify.sync.models import Due
from connectify.tenants.context import tenant_scope
from pohoda_bridge.documents import UnitPin
from pohoda_bridge.protocol import ListRead
from pohoda_bridge.server.holds import HeldExports
from pohoda_bridge.server.mirror import listeners
from pohoda_bridge.server.mirror.guards import HeldExport, accepted_shape, check_export, pin_values
from pohoda_bridge.server.mirror.held import approve_held
from pohoda_bridge.server.mirror.selectors import held_reads, snapshot_of
from pohoda_bridge.server.models import UnitYear
from tests.bridge_server.exports import Exporter, card
from tests.bridge_server.mirrors import Told, read_of, stored
from tests.factories import UserFactory

PIN = UnitPin(ico="12345678", database="a_2026.mdb", year=2026, key="k")
OTHERS = [
    UnitPin(ico="87654321", database="a_2026.mdb", year=2026, key="k"),
    UnitPin(ico="12345678", database="b_2026.mdb", year=2026, key="k"),
    UnitPin(ico="12345678", database="a_2026.mdb", year=2027, key="k"),
    UnitPin(ico="12345678", database="a_2026.mdb", year=2026, key="other"),
]


def check(records: int, previous: int = 100, *, mode: str = "full", **changes: Any) -> str:
    values: dict[str, Any] = {"previous_pin": pin_values(PIN), "pin": PIN, "accepted": {}} | changes
    held = check_export(previous_records=previous, records=records, mode=mode, **values)
    return held.code if isinstance(held, HeldExport) else ""


@pytest.mark.parametrize(
    ("records", "previous", "code"),
    [
        (0, 0, ""),
        (0, 1, "export_empty"),
        (70, 100, ""),
        (69, 100, "export_shorter"),
        (1, 20, ""),  # nineteen missing may be an evening's work
        (40, 60, "export_shorter"),
        (43, 62, ""),
        (1000, 100, ""),
    ],
)
def test_a_full_export_may_be_a_third_shorter_and_not_empty(records: int, previous: int, code: str) -> None:
    assert check(records, previous) == code
    assert check(records, previous, mode="changes") == ""


@pytest.mark.parametrize("pin", OTHERS)
@pytest.mark.parametrize("mode", ["full", "changes"])
def test_an_export_of_other_books_is_held(pin: UnitPin, mode: str) -> None:
    assert check(100, pin=pin, mode=mode) == "export_other_unit"


def test_the_first_export_has_no_books_to_differ_from() -> None:
    assert check(100, 0, previous_pin={}) == ""


@pytest.mark.parametrize(("records", "code"), [(44, "export_shorter"), (45, ""), (55, ""), (56, "export_shorter")])
def test_an_approved_size_passes_within_a_tenth(records: int, code: str) -> None:
    assert check(records, accepted=accepted_shape(50, PIN)) == code


def test_an_approval_holds_for_its_books_alone() -> None:
    assert check(50, accepted=accepted_shape(50, OTHERS[0])) == "export_shorter"
    assert check(50, pin=OTHERS[0], accepted=accepted_shape(50, OTHERS[0])) == ""


HeldTold = list[tuple[uuid.UUID, str]]


@pytest.fixture
def held(pohoda: Exporter) -> HeldTold:
    heard: HeldTold = []
    listeners.on_held(lambda unit, read: heard.append((unit.pk, read.held_code)))
    return heard


def many(pohoda: Exporter, count: int) -> None:
    pohoda.cards(*map(card, range(1, count + 1)))


def state(pohoda: Exporter) -> tuple[str, int, bool]:
    read = read_of(pohoda)
    return read.held_code, read.records, read.held_at is not None


def test_a_shorter_export_stores_nothing_and_waits_for_a_person(pohoda: Exporter, held: HeldTold, told: Told) -> None:
    many(pohoda, 40)
    pohoda.export()
    before, heard, complete_at = stored(pohoda), len(told), read_of(pohoda).complete_at

    many(pohoda, 10)
    pohoda.records["stock"][5] = card(5, count="1")
    counts = pohoda.export()

    assert (stored(pohoda), len(told)) == (before, heard)
    assert (counts["held"], counts["changed"]) == (1, 0)
    read = read_of(pohoda)
    assert (read.held_code, read.held_params) == ("export_shorter", {"previous": 40, "records": 10})
    assert (read.records, read.complete_at, read.jobs) == (40, complete_at, [])
    assert held == [(pohoda.unit.pk, "export_shorter")]
    with tenant_scope(pohoda.tenant_id):
        assert [found.pk for found in held_reads()] == [read.pk]
        snapshot = snapshot_of(pohoda.unit)
    assert snapshot is not None
    assert (snapshot.is_held, snapshot.held_code) == (True, "export_shorter")


def test_an_empty_export_stores_nothing(pohoda: Exporter) -> None:
    many(pohoda, 2)
    pohoda.export()

    many(pohoda, 0)
    pohoda.export()

    assert state(pohoda) == ("export_empty", 2, True)
    assert [row[2] for row in stored(pohoda).values()] == [0, 0]


def test_a_held_export_lifts_itself_when_a_later_one_is_as_usual(pohoda: Exporter, held: HeldTold) -> None:
    many(pohoda, 40)
    pohoda.export()
    many(pohoda, 10)
    pohoda.export()
    since = read_of(pohoda).held_at
    pohoda.export()  # it goes on being read, and stays held since the first time
    assert read_of(pohoda).held_at == since

    many(pohoda, 38)
    pohoda.export()

    assert state(pohoda) == ("", 38, False)
    assert {number for number, row in stored(pohoda).items() if row[2] == 1} == {39, 40}
    assert len(held) == 2


def test_a_person_approves_the_shape_and_the_next_export_is_stored(pohoda: Exporter) -> None:
    many(pohoda, 40)
    pohoda.export()
    many(pohoda, 10)
    pohoda.export()

    with tenant_scope(pohoda.tenant_id):
        assert approve_held(read_of(pohoda), actor=None) is True
        entry = AuditEntry.objects.get(action="mirror.approved")
        assert Due.objects.get(resource_id=pohoda.unit.pk).due_at <= clock.now()
    assert (entry.object_id, entry.before["code"]) == (read_of(pohoda).pk, "export_shorter")
    assert entry.after["records"] == 10
    pohoda.turn()  # at once, not on schedule
    assert pohoda.answer() == 1
    pohoda.export()

    assert state(pohoda) == ("", 10, False)
    assert read_of(pohoda).accepted == {}
    assert sum(1 for row in stored(pohoda).values() if row[2] == 0) == 10


def test_a_click_approves_what_was_shown_and_nothing_else(pohoda: Exporter) -> None:
    user = UserFactory()
    many(pohoda, 60)
    pohoda.export()
    many(pohoda, 30)
    pohoda.export()
    with tenant_scope(pohoda.tenant_id):
        (shown,) = HeldExports().find()
    assert (shown.why.code, shown.count, [act.name for act in shown.acts]) == ("export_shorter", 30, ["approve"])
    many(pohoda, 3)
    pohoda.export()
    with tenant_scope(pohoda.tenant_id):
        assert HeldExports().act(shown.key, "approve", user) == 0
        (now_held,) = HeldExports().find()
        assert HeldExports().act(now_held.key, "approve", user) == 1
        assert AuditEntry.objects.get(action="mirror.approved").actor == user
        assert HeldExports().act("no key of ours", "approve", user) == 0


def test_an_approval_of_one_shape_lets_no_other_through(pohoda: Exporter) -> None:
    many(pohoda, 60)
    pohoda.export()
    many(pohoda, 30)
    pohoda.export()
    with tenant_scope(pohoda.tenant_id):
        approve_held(read_of(pohoda), actor=None)

    many(pohoda, 3)
    pohoda.export()

    assert state(pohoda) == ("export_shorter", 60, True)


def test_there_is_nothing_to_approve_where_nothing_is_held(pohoda: Exporter) -> None:
    many(pohoda, 2)
    pohoda.export()

    with tenant_scope(pohoda.tenant_id):
        assert approve_held(read_of(pohoda), actor=None) is False
        assert not AuditEntry.objects.filter(action="mirror.approved").exists()


def test_a_new_year_is_asked_about_before_its_books_are_mirrored(pohoda: Exporter) -> None:
    many(pohoda, 5)
    pohoda.export()
    with tenant_scope(pohoda.tenant_id):
        UnitYear.objects.filter(unit=pohoda.unit).update(year=2027, database="new_2027.mdb")

    many(pohoda, 6)
    pohoda.export()
    assert state(pohoda) == ("export_other_unit", 5, True)
    assert read_of(pohoda).held_params["found"] == "12345678 2027 new_2027.mdb"

    with tenant_scope(pohoda.tenant_id):
        assert approve_held(read_of(pohoda), actor=None) is True
    pohoda.export()
    assert state(pohoda) == ("", 6, False)


def test_an_answer_of_other_books_is_held(pohoda: Exporter) -> None:
    many(pohoda, 5)
    pohoda.export()

    pohoda.ico = "99999999"
    pohoda.export()

    assert state(pohoda) == ("export_other_unit", 5, True)


def cut(answer: bytes) -> bytes:
    return answer[: answer.rindex(b"<lStk:stock ")]


def reordered(answer: bytes) -> bytes:
    return answer.replace(b"<stk:id>4<", b"<stk:id>2<")


@pytest.mark.parametrize(
    "spoil",
    [
        cut,
        reordered,
        lambda answer: answer.replace(b'state="ok"', b'state="error"', 1),
        lambda answer: answer.replace(b"</rsp:responsePack>", b"<x/></rsp:responsePack>"),
        lambda answer: b"<html><body>Sign in</body></html>",
        lambda answer: b"",
    ],
    ids=["cut", "an id again", "refused", "more behind the list", "a web page", "nothing"],
)
def test_a_damaged_page_stores_nothing_of_the_whole_export(pohoda: Exporter, spoil: Any) -> None:
    many(pohoda, 5)
    pohoda.export()
    before = stored(pohoda)

    pohoda.cards(*(card(number, count="9") for number in range(1, 7)))
    pohoda.spoil = lambda answer: spoil(answer) if b"<stk:id>4<" in answer else answer
    pohoda.export()

    assert (stored(pohoda), state(pohoda)) == (before, ("export_incomplete", 5, True))
    pohoda.spoil = bytes
    pohoda.export()
    assert (len(stored(pohoda)), state(pohoda)) == (6, ("", 6, False))


def test_a_page_with_fewer_records_than_reported_stores_nothing(pohoda: Exporter) -> None:
    many(pohoda, 2)
    pohoda.results = [ListRead(records=1, last_id=2, stamp=pohoda.stamp)]

    pohoda.export()

    assert (stored(pohoda), state(pohoda)) == ({}, ("export_incomplete", 0, True))


def test_a_damaged_export_cannot_be_approved(pohoda: Exporter) -> None:
    many(pohoda, 2)
    pohoda.spoil = cut
    pohoda.export()

    with tenant_scope(pohoda.tenant_id):
        assert approve_held(read_of(pohoda), actor=None) is False
