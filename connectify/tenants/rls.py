"""The one migration operation that makes a table a tenant table: row security and composite foreign keys.

`ProtectTenantTable("Order")` enables and forces row security with one policy for reading and writing, adds
`UNIQUE (tenant_id, id)` and, for each TenantForeignKey, a foreign key `(tenant_id, x_id)`: PostgreSQL checks foreign
keys without row security, so a plain one would let one tenant refer to another's row (RELIABILITY TN-4).
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation

from connectify.tenants.models import TenantForeignKey, TenantOneToOneField

LOOKUP_ROLE = "connectify_lookup"
TENANT_IN_FORCE = "nullif(current_setting('app.tenant', true), '')::uuid"


def protect_sql(table: str, column: str = "tenant_id") -> list[str]:
    condition = f"{column} = {TENANT_IN_FORCE}"
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY tenant_rows ON "{table}" USING ({condition}) WITH CHECK ({condition})',
    ]


def composite_key_sql(model: type[models.Model], field: models.ForeignKey) -> str:
    target = field.remote_field.model._meta.db_table
    name = f"{model._meta.db_table}_{field.column}_tenant_fk"[:63]
    return (
        f'ALTER TABLE "{model._meta.db_table}" ADD CONSTRAINT "{name}" FOREIGN KEY (tenant_id, "{field.column}") '
        f'REFERENCES "{target}" (tenant_id, "{field.target_field.column}") DEFERRABLE INITIALLY DEFERRED'
    )


class ProtectTenantTable(Operation):
    """Run right after CreateModel. `fields` limits the composite keys (for fields added later)."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str, *, fields: tuple[str, ...] | None = None) -> None:
        self.name = name
        self.fields = fields

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.name], {} if self.fields is None else {"fields": self.fields}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models do not change."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        table, key = model._meta.db_table, model._meta.pk.column
        if self.fields is None:
            for statement in protect_sql(table):
                schema_editor.execute(statement)
            schema_editor.execute(
                f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_tenant_key" UNIQUE (tenant_id, "{key}")'
            )
        for field in model._meta.local_fields:
            wanted = self.fields is None or field.name in self.fields
            if wanted and isinstance(field, (TenantForeignKey, TenantOneToOneField)):
                schema_editor.execute(composite_key_sql(model, field))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """The table goes with its CreateModel."""

    def describe(self) -> str:
        return f"Row security and composite keys on {self.name}"
