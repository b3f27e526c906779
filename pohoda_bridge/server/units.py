"""Units and their years."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from connectify.audit.services import record_audit
from connectify.domain.errors import NeedsUser
from connectify.instances.services import create_connection
from connectify.sync import due
from pohoda_bridge.documents import UnitPin
from pohoda_bridge.server.models import Unit, UnitYear

RESOURCE_KIND = "pohoda.unit"


@transaction.atomic
def create_unit(
    *,
    name: str,
    ico: str,
    year: int,
    database: str,
    key: str = "",
    edition: str = Unit.Edition.MDB,
    encoding: str = "windows-1250",
    interval_s: int = 300,
    actor: Any = None,
) -> Unit:
    """A unit with its connection, its current year and its place in the schedule."""
    unit = Unit.objects.create(
        connection=create_connection(kind=RESOURCE_KIND, name=name, actor=actor),
        ico=ico.strip(),
        key=key,
        edition=edition,
        encoding=encoding,
    )
    UnitYear.objects.create(unit=unit, year=year, database=database)
    record_audit(
        actor=actor,
        action="unit.created",
        object_kind=RESOURCE_KIND,
        object_id=unit.pk,
        after={"ico": unit.ico, "year": year, "database": database},
    )
    due.schedule(kind=RESOURCE_KIND, resource_id=unit.pk, interval_s=interval_s)
    return unit


def same_books(*, ico: str, key: str) -> bool:
    """Whether the tenant has this accounting unit already: two of them would write the same books."""
    return Unit.objects.filter(ico=ico, key=key).exists()


def current_pin(unit: Unit) -> UnitPin:
    """Which books a document of today is for. Raises NeedsUser("no_current_year")."""
    year = UnitYear.objects.filter(unit=unit, state=UnitYear.State.CURRENT).first()
    if year is None:
        raise NeedsUser("no_current_year", unit=str(unit.pk))
    return UnitPin(ico=unit.ico, database=year.database, year=year.year, key=unit.key)
