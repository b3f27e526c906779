"""Bulk upserts: what is written, what is left alone, and whose it is."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction

from connectify.sync import bulk
from connectify.tenants.context import NoTenant, tenant_scope
from connectify.tenants.models import Tenant
from pohoda_bridge.server.models import StockCard, Unit
from tests.factories import UnitFactory

BEGAN = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
COLUMNS = ("record_id", "fingerprint", "code", "name", "price", "vat_percent", "levels", "is_sales")
MORE: dict[str, Any] = {
    "began_at": BEGAN,
    "missed": 0,
    "storage": "",
    "ean": "",
    "kind": "card",
    "measure": "ks",
    "producer": "",
    "store": "ZBOZI",
    "count": 0,
    "reservation": 0,
    "received_orders": 0,
    "price_with_vat": True,
    "fields": {},
    "extra": {"pictures": ["a.jpg"]},
    "is_internet": False,
}


def row(record_id: int, code: str = "", **changes: Any) -> tuple[Any, ...]:
    values = {
        "record_id": record_id,
        "fingerprint": record_id.to_bytes(16, "big"),
        "code": code or f"C{record_id}",
        "name": "Kladivo",
        "price": Decimal("10.5"),
        "vat_percent": None,
        "levels": {"A": Decimal("9.90")},
        "is_sales": True,
    } | changes
    return tuple(values[name] for name in COLUMNS)


def store(unit: Unit, rows: Any, **options: Any) -> list[uuid.UUID]:
    given: dict[str, Any] = {
        "columns": COLUMNS,
        "key": ("unit", "record_id"),
        "fixed": {"unit": unit.pk} | MORE,
        "compare": ("fingerprint",),
        "touch": ("changed_at",),
    }
    return bulk.upsert(StockCard, rows, **given | options)


@pytest.fixture(params=["few", "many"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Rows in the statement, and rows through a temporary table."""
    monkeypatch.setattr(bulk, "FEW", 100 if request.param == "few" else 0)
    return request.param


@pytest.fixture
def unit(inside: Any) -> Unit:
    return UnitFactory()


def codes(**where: Any) -> dict[int, str]:
    return dict(StockCard.objects.filter(**where).order_by("record_id").values_list("record_id", "code"))


def writes() -> tuple[int, int]:
    """Rows inserted and updated in this transaction so far, as PostgreSQL counts them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_ins, n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = %s", [StockCard._meta.db_table]
        )
        inserted, updated = cursor.fetchone()
    return inserted, updated


def test_new_rows_are_inserted_with_every_value_as_given(unit: Unit, either_way: str) -> None:
    nasty = "tab\t line\n back\\slash \\N 'quote' \"č\" {x} %s"
    written = store(unit, [row(1, name=nasty), row(2, vat_percent=Decimal("21"), is_sales=False)])

    first, second = StockCard.objects.order_by("record_id")
    assert set(written) == {first.pk, second.pk}
    assert (first.tenant_id, first.unit_id, first.began_at, first.missed) == (unit.tenant_id, unit.pk, BEGAN, 0)
    assert (first.name, first.price, first.vat_percent, first.levels) == (nasty, Decimal("10.5"), None, {"A": "9.90"})
    assert bytes(first.fingerprint) == (1).to_bytes(16, "big")
    assert (second.vat_percent, second.is_sales, second.fields, second.extra) == (
        Decimal("21"),
        False,
        {},
        {"pictures": ["a.jpg"]},
    )


def test_a_row_that_is_known_and_equal_is_not_written(unit: Unit, either_way: str) -> None:
    store(unit, [row(1), row(2)])
    before = writes()

    assert store(unit, [row(1), row(2)]) == []
    assert writes() == before


def test_only_the_row_that_differs_is_updated_and_its_id_stays(unit: Unit, either_way: str) -> None:
    store(unit, [row(1), row(2)])
    known = StockCard.objects.get(record_id=2)
    inserted, updated = writes()

    written = store(unit, [row(1, name="other"), row(2, "NEW", fingerprint=b"x" * 16), row(3)])

    after = StockCard.objects.get(record_id=2)
    assert (after.pk, after.code) == (known.pk, "NEW")
    assert after.changed_at > known.changed_at
    assert StockCard.objects.get(record_id=1).name == "Kladivo"  # its fingerprint is the one that is known
    assert set(written) == {known.pk, StockCard.objects.get(record_id=3).pk}
    assert writes() == (inserted + 1, updated + 1)


def test_without_a_choice_every_column_is_compared(unit: Unit, either_way: str) -> None:
    store(unit, [row(1), row(2)], compare=())

    assert store(unit, [row(1), row(2)], compare=()) == []
    assert len(store(unit, [row(1, levels={"A": Decimal("9.91")}), row(2)], compare=())) == 1
    assert len(store(unit, [row(2, vat_percent=Decimal(12))], compare=())) == 1


def test_rows_come_in_several_statements_when_they_are_many(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "FEW", 1)
    monkeypatch.setattr(bulk, "ROWS_PER_STATEMENT", 3)

    written = store(unit, (row(number) for number in range(1, 8)))

    assert len(set(written)) == 7
    assert codes() == {number: f"C{number}" for number in range(1, 8)}


def test_no_rows_are_no_statement(unit: Unit, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert store(unit, []) == []


def test_rows_go_to_the_tenant_in_force_and_leave_the_others_alone(
    tenant: Tenant, other_tenant: Tenant, either_way: str
) -> None:
    with tenant_scope(other_tenant.pk):
        theirs = UnitFactory()
        store(theirs, [row(1, "THEIRS")])
    with tenant_scope(tenant.pk):
        store(UnitFactory(), [row(1, "OURS")])
        assert codes() == {1: "OURS"}
        store(theirs, [row(1, "STOLEN", fingerprint=b"z" * 16)])
        with pytest.raises(IntegrityError), transaction.atomic():  # their unit is nothing that a row of ours may name
            check_constraints()
        StockCard.objects.filter(code="STOLEN").delete()
    with tenant_scope(other_tenant.pk):
        assert codes() == {1: "THEIRS"}


def check_constraints() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_value_that_does_not_fit_stores_nothing_of_the_statement(unit: Unit, either_way: str) -> None:
    with pytest.raises(DataError), transaction.atomic():
        store(unit, [row(1), row(2, "x" * 65)])


def test_two_rows_of_one_key_are_refused(unit: Unit, either_way: str) -> None:
    with pytest.raises(DatabaseError, match="a second time"), transaction.atomic():
        store(unit, [row(1), row(1, fingerprint=b"y" * 16)])


def test_without_a_tenant_nothing_is_stored(db: None) -> None:
    with pytest.raises(NoTenant):
        bulk.upsert(StockCard, [row(1)], columns=COLUMNS, key=("unit", "record_id"))
