"""SQL for the short list of definer functions that look things up before a tenant is known (DESIGN decision 3)."""

from __future__ import annotations

from django.db import migrations

from connectify.tenants.rls import LOOKUP_ROLE

SERVING_ROLE = "connectify_app"


def let_lookup_role_read(table: str, *, update: bool = False, columns: tuple[str, ...] = ()) -> str:
    """The lookup role sees all rows of `table` (of these columns); only definer functions run as that role."""
    only = f" ({', '.join(columns)})" if columns else ""
    verb, grant = ("ALL", "SELECT, UPDATE") if update else ("SELECT", f"SELECT{only}")
    return (
        f'CREATE POLICY lookup ON "{table}" FOR {verb} TO {LOOKUP_ROLE} USING (true);'
        f'GRANT {grant} ON "{table}" TO {LOOKUP_ROLE};'
    )


def definer_function(signature: str, returns: str, body: str, *, language: str = "sql") -> migrations.RunSQL:
    """A function that runs as the lookup role with a pinned search path; only the serving role may call it.

    `connectify_hand_to_lookup` comes with the roles (connectify/roles.sql).
    """
    name = signature.split("(", 1)[0]
    types = ", ".join(part.split()[1] for part in signature.split("(", 1)[1].rstrip(")").split(",") if part.strip())
    create = (
        f"CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE {language} SECURITY DEFINER "
        f"SET search_path = public, pg_temp AS $body$ {body} $body$;"
        f"SELECT connectify_hand_to_lookup('{name}({types})'::regprocedure);"
    )
    return migrations.RunSQL(create, f"DROP FUNCTION {name}({types})")


def append_only(table: str) -> migrations.RunSQL:
    """The serving role may add rows and read them, and nothing else."""
    return migrations.RunSQL(
        f'REVOKE UPDATE, DELETE ON "{table}" FROM {SERVING_ROLE}',
        f'GRANT UPDATE, DELETE ON "{table}" TO {SERVING_ROLE}',
    )
