"""The migration that says of units whose agent came before that they are connected."""

from __future__ import annotations

import importlib
import os

import psycopg
import pytest

from connectify.instances.models import Connection
from pohoda_bridge.server.models import Unit
from tests.bridge_server.world import Company

MIGRATION = importlib.import_module("pohoda_bridge.server.migrations.0007_connected_before")
FORCED = "SELECT relname, relforcerowsecurity FROM pg_class WHERE relname IN ('instances_connection', 'pohoda_unit')"


@pytest.mark.parametrize(
    ("epoch", "before", "after"),
    [(3, "new", "active"), (3, "disconnected", "disconnected"), (0, "new", "new"), (1, "active", "active")],
)
def test_units_whose_agent_came_are_connected(
    company: Company, other: Company, epoch: int, before: str, after: str
) -> None:
    with company.inside():
        Unit.objects.filter(pk=company.unit.pk).update(agent_epoch=epoch)
        Connection.objects.filter(pk=company.unit.connection_id).update(state=before)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute(MIGRATION.CONNECT)
    for one, wanted in ((company, after), (other, "new")):
        with one.inside():
            assert Connection.objects.get(pk=one.unit.connection_id).state == wanted
            assert Connection.objects.filter(kind="marketplace").values_list("state", flat=True).get() == "new"
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        assert sorted(owner.execute(FORCED)) == [("instances_connection", True), ("pohoda_unit", True)]
        assert owner.execute("SELECT count(*) FROM instances_connection").fetchone() == (0,)  # the owner sees no rows
