"""What the platform of a running world knows of one company: read straight from PostgreSQL, as the serving role."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from allegro_integration.demo.world import World

Row = dict[str, Any]


class Platform:
    """One tenant's view. `unit` is the id of one of its units: by it the tenant is found."""

    def __init__(self, world: World, unit: str) -> None:
        self._world = world
        self.unit = unit
        with self._connected() as connection:
            found = connection.execute("SELECT connectify_tenant_of_due('pohoda.unit', %s) AS id", [unit]).fetchone()
        assert found is not None
        self.tenant = uuid.UUID(str(found["id"]))

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Row]]:
        with psycopg.connect(self._world.environment["DATABASE_URL"], row_factory=dict_row) as connection:
            yield connection

    def rows(self, sql: str, *values: Any) -> list[Row]:
        with self._connected() as connection:
            connection.execute("SELECT set_config('app.tenant', %s, true)", [str(self.tenant)])
            return connection.execute(sql, values).fetchall()

    def run(self, sql: str, *values: Any) -> None:
        with self._connected() as connection:
            connection.execute("SELECT set_config('app.tenant', %s, true)", [str(self.tenant)])
            connection.execute(sql, values)

    def order(self, form_id: str) -> Row:
        """state, code, params, pohoda_number, pohoda_total; `attempt` and `change` of its creation. {} when unknown."""
        found = self.rows(
            "SELECT o.id, o.state, o.code, o.params, o.pohoda_number, o.pohoda_total, o.total,"
            "       c.attempt, c.state AS change, c.code AS change_code"
            "  FROM allegro_order o LEFT JOIN sync_change c ON c.subject_id = o.id AND c.kind = 'order.create'"
            " WHERE o.number = %s",
            form_id,
        )
        return found[0] if found else {}

    def story(self, form_id: str) -> list[Row]:
        """type and data of the order's events, in order."""
        return self.rows(
            "SELECT e.type, e.data FROM audit_event e JOIN allegro_order o ON o.id = e.object_id"
            " WHERE o.number = %s AND e.object_kind = 'order' ORDER BY e.sequence",
            form_id,
        )

    def outcomes(self, form_id: str) -> list[str]:
        """How each answered import ended: imported, already_there, refused, unknown:<code>, not_sent:<code> …"""
        answered = [row["data"]["outcome"] for row in self.story(form_id) if row["type"] == "order.answered"]
        return [":".join(part for part in (one["type"], one.get("code")) if part) for one in answered]

    def tasks(self, subject: str) -> list[Row]:
        """What is put aside for a person about an order or form (by the checkout form's id)."""
        order = self.order(subject)
        return self.rows(
            "SELECT code, params, state, payload_id FROM sync_quarantined WHERE subject_key IN (%s, %s)"
            " OR subject_key LIKE %s",
            str(order.get("id", "")),
            subject,
            f"%:{subject}",
        )

    def open_tasks(self) -> list[Row]:
        return self.rows("SELECT code, params, subject_key FROM sync_quarantined WHERE state = 'open'")

    def directions(self) -> set[tuple[str, str]]:
        """(state, code) of all instances' orders."""
        rows = self.rows("SELECT state, code FROM sync_directionstate WHERE direction = 'orders'")
        return {(row["state"], row["code"]) for row in rows}

    def direction(self) -> Row:
        """state, code, params, since of the first instance's orders."""
        return self.rows(
            "SELECT state, code, params, since FROM sync_directionstate WHERE direction = 'orders' ORDER BY since, id"
        )[0]

    def state_changes(self) -> list[Row]:
        return self.rows(
            "SELECT data FROM audit_event WHERE type = 'direction.state_changed'"
            " AND data->>'direction' = 'orders' ORDER BY sequence"
        )

    def account(self) -> Row:
        return self.rows("SELECT * FROM allegro_account")[0]
