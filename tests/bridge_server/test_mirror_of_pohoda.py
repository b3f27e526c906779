"""The mirror of a running Pohoda, through the real bridge and the real agent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now

from connectify.sync import pipelines, runs
from connectify.sync.models import Run
from connectify.tenants.context import tenant_scope
from pohoda_bridge.agent.http import Hooks
from pohoda_bridge.documents import ExternalId
from pohoda_bridge.server.jobs import LIVE
from pohoda_bridge.server.mirror import pipeline
from pohoda_bridge.server.mirror.models import MirrorRead, OrderState, StockCard
from pohoda_bridge.server.mirror.selectors import cards
from pohoda_bridge.server.mirror.subscriptions import subscribe
from pohoda_bridge.server.models import Job, UnitYear
from pohoda_bridge.server.units import current_pin
from tests.agent.pohoda import SYSTEM, Pohoda, importing
from tests.bridge_server.agents import BesidePohoda
from tests.bridge_server.conftest import Bridge
from tests.bridge_server.fake_agent import FakeAgent
from tests.bridge_server.world import Company
from tests.bridge_xml.answers import FORM, PIN

PAGE = 7


@pytest.fixture(scope="module")
def pohoda_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pohoda]:
    with Pohoda(tmp_path_factory.mktemp("pohoda")) as running:
        yield running


@pytest.fixture
def unit(company: Company, bridge_settings: Any, monkeypatch: pytest.MonkeyPatch) -> Company:
    """Pinned to the books the sandbox serves; its turn is the mirror's alone."""
    monkeypatch.setattr(pipelines, "_pipelines", {one.name: one for one in pipeline.PIPELINES})
    bridge_settings.MIRROR_PAGE = PAGE
    with company.inside():
        UnitYear.objects.filter(unit=company.unit).update(year=PIN.year, database=PIN.database)
        subscribe(unit=company.unit, agenda="stock", every_s=300)
    return company


@pytest.fixture
def pohoda(pohoda_server: Pohoda) -> Pohoda:
    pohoda_server.reset()
    return pohoda_server


@pytest.fixture
def agent(
    bridge: Bridge,
    enrolled: Callable[[Company], FakeAgent],
    unit: Company,
    pohoda: Pohoda,
    tmp_path: Path,
) -> Iterator[BesidePohoda]:
    with unit.inside():
        pin = current_pin(unit.unit)
    running = BesidePohoda(bridge.address, enrolled(unit), pohoda, pin, tmp_path)
    yield running
    running.close()


def export(unit: Company) -> Run:
    """Everything is due, and the unit's turns go on until nothing is under way; → the last run."""
    pause = threading.Event()
    with unit.inside():
        MirrorRead.objects.update(next_at=Now())
    for _ in range(5000):
        # A result that is just being stored has the unit's row for a moment: the turn comes after it.
        if live(unit) or not runs.run_resource("pohoda.unit", unit.unit.pk, only_due=False):
            pause.wait(0.01)
            continue
        with unit.inside():
            last = Run.objects.order_by("-started_at")[0]
            assert last.outcome == Run.Outcome.OK, (last.code, last.detail)
            if not any(read.jobs and read.jobs[-1]["job"] for read in MirrorRead.objects.all()):
                return last
    raise AssertionError("the export does not end")


def live(unit: Company) -> bool:
    with unit.inside():
        return Job.objects.filter(unit=unit.unit, state__in=LIVE).exists()


def in_pohoda(pohoda: Pohoda) -> dict[int, tuple[str, Decimal]]:
    rows = pohoda.control("GET", "rows/SKz")["rows"]
    return {row["ID"]: (row["IDS"], Decimal(str(row["StavZ"] or 0))) for row in rows}


def mirrored(unit: Company) -> dict[int, tuple[str, Decimal]]:
    with unit.inside():
        return {row.record_id: (row.code, row.count) for row in cards(unit.unit)}


def read(unit: Company, agenda: str = "stock") -> MirrorRead:
    with unit.inside():
        return MirrorRead.objects.get(agenda=agenda)


@pytest.mark.usefixtures("agent")
def test_the_mirror_is_what_pohoda_has_and_follows_what_changes(unit: Company, other: Company, pohoda: Pohoda) -> None:
    export(unit)

    there = in_pohoda(pohoda)
    assert len(there) > 2 * PAGE
    assert mirrored(unit) == there
    with tenant_scope(other.tenant_id):
        assert not StockCard.objects.exists()

    card = next(row for row in pohoda.control("GET", "rows/SKz")["rows"] if row["IDS"] == "NAR-0101")
    pohoda.control("POST", "rows", table="SKz", rows=[{**card, "StavZ": -2.5}])
    last = export(unit)

    assert mirrored(unit)[card["ID"]] == ("NAR-0101", Decimal("-2.5"))
    assert mirrored(unit) == in_pohoda(pohoda)
    assert (last.counts["records"], last.counts["changed"]) == (len(there), 1)


@pytest.mark.usefixtures("agent")
def test_an_order_of_ours_is_mirrored_and_what_is_not_ours_is_not(unit: Company, pohoda: Pohoda) -> None:
    channel = pohoda.channel()
    for _, document in (importing(), importing("other", ext_id=ExternalId("other", "eshop"))):
        channel.import_order(document, "tests", Hooks())
    with unit.inside():
        subscribe(unit=unit.unit, agenda="orders", scope=SYSTEM, every_s=300)

    export(unit)

    with unit.inside():
        (row,) = OrderState.objects.all()
    assert (row.ext_ids, row.ext_system) == (FORM, SYSTEM)
    assert (row.is_executed, row.is_reserved) == (False, True)


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize(
    ("fault", "code"),
    [("list_half", "export_shorter"), ("list_empty", "export_empty")],
)
def test_an_export_that_lacks_much_is_held(unit: Company, pohoda: Pohoda, fault: str, code: str) -> None:
    unit_before = (export(unit), mirrored(unit))[1]
    read_before = read(unit).complete_at

    pohoda.fault(fault, "list.stock", times=None)
    export(unit)

    assert (read(unit).held_code, read(unit).complete_at) == (code, read_before)
    assert mirrored(unit) == unit_before
    pohoda.control("DELETE", "faults")
    export(unit)
    assert (read(unit).held_code, mirrored(unit)) == ("", unit_before)


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize("fault", ["list_cut", "list_without_end", "html_200", "wrong_ico"])
def test_a_page_that_came_damaged_is_asked_for_again(unit: Company, pohoda: Pohoda, fault: str) -> None:
    pohoda.fault(fault, "list.stock", times=1)
    export(unit)
    assert mirrored(unit) == {}
    assert read(unit).failed_code

    export(unit)

    assert mirrored(unit) == in_pohoda(pohoda)
    assert read(unit).failed_code == ""
