"""Control routes of this sandbox under /_sandbox/: raw rows, backups, the unit's switches, orders as they stand.

What an accountant does (stock, slips, invoices) is in `control_documents`; the routes of all sandboxes (health, ledger,
faults, counters) are in `connectify.sandbox.control`. The switches of POST config are `unit.CONFIG_KEYS`: `ico`, `year`
(which moves the database's name with it), `database`, `company`, the rights `mserver_right`, `import_right` and
`forbidden` (kinds of requests), `visible_store`, `movements_touch_cards`, `negative_stock`, and others.
"""

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from connectify.sandbox.ledger import Ledger
from pohoda_bridge.sandbox.control_routes import route_table
from pohoda_bridge.sandbox.database import Database, Row, jsonable, put_rows, record_effect, select, table_columns
from pohoda_bridge.sandbox.deletion import remove_order
from pohoda_bridge.sandbox.order_view import view_orders
from pohoda_bridge.sandbox.settings import Settings
from pohoda_bridge.sandbox.unit import configure, read_unit


class UnitControl:
    """What testers and partners may do to the unit behind mServer's back, as its accountant could."""

    def __init__(self, settings: Settings, database: Database, ledger: Ledger) -> None:
        self.settings = settings
        self.database = database
        self.ledger = ledger

    def put_rows(self, body: Row, request: Request) -> Any:
        with self.database.writing() as connection:
            return {"ids": put_rows(connection, body["table"], body["rows"])}

    def get_rows(self, body: Row, request: Request) -> Any:
        table = request.path_params["table"]
        with self.database.reading() as connection:
            columns = table_columns(connection, table)
            wanted = dict(request.query_params)
            if unknown := {name for name in wanted if name.lower() not in columns}:
                raise ValueError(f"table {table} has no column {', '.join(sorted(unknown))}")
            where = " AND ".join(f'CAST("{name}" AS TEXT) = ?' for name in wanted) or "1"
            sql = f'SELECT * FROM "{table}" WHERE {where} ORDER BY ID'  # noqa: S608 - names are checked above
            return {"rows": [jsonable(row) for row in select(connection, sql, *wanted.values())]}

    def delete_row(self, body: Row, request: Request) -> Any:
        table, row_id = request.path_params["table"], request.path_params["id"]
        with self.database.writing() as connection:
            table_columns(connection, table)
            if table == "OBJ":
                deleted = remove_order(connection, row_id)
                data = {"id": row_id, "number": deleted["Cislo"], "by": "accountant"}
                record_effect(connection, "order.deleted", deleted["key"], data)
            elif not connection.execute(f'DELETE FROM "{table}" WHERE ID = ?', (row_id,)).rowcount:  # noqa: S608
                raise KeyError(row_id)
        self.database.flush_effects(self.ledger)
        return {"deleted": row_id}

    def backup(self, body: Row, request: Request) -> Any:
        self.database.backup(body["name"])
        return {"name": body["name"]}

    def restore(self, body: Row, request: Request) -> Any:
        self.database.flush_effects(self.ledger)
        self.database.restore(body["name"])
        self.ledger.applied("backup.restored", body["name"], {})
        return {"name": body["name"]}

    def configure(self, body: Row, request: Request) -> Any:
        with self.database.writing() as connection:
            configure(connection, body)
        return self.get_config({}, request)

    def get_config(self, body: Row, request: Request) -> Any:
        with self.database.reading() as connection:
            unit = read_unit(connection, self.settings)
        return {name: value for name, value in vars(unit).items() if name != "password"}

    def get_orders(self, body: Row, request: Request) -> Any:
        with self.database.reading() as connection:
            return {"orders": view_orders(connection)}


def unit_routes(settings: Settings, database: Database, ledger: Ledger) -> list[Route]:
    control = UnitControl(settings, database, ledger)
    return route_table(
        ("POST", "rows", control.put_rows),
        ("GET", "rows/{table}", control.get_rows),
        ("DELETE", "rows/{table}/{id:int}", control.delete_row),
        ("POST", "backup", control.backup),
        ("POST", "restore", control.restore),
        ("POST", "config", control.configure),
        ("GET", "config", control.get_config),
        ("GET", "orders", control.get_orders),
    )
