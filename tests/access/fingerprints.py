"""What the database holds, as one value to compare: rows and a checksum of each table, of each company and of none."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final

from django.db import connection, transaction

from connectify.tenants.context import tenant_scope

# Tables that reading may write to, or that cannot be read here, each with the reason.
LEFT_OUT: Final = {
    "django_session": "who is signed in, and sentences to be shown once",
    "allegro_account_claim": "no role may read it; a claim is made and given up together with its account",
    "django_migrations": "not written by requests",
    "django_content_type": "not written by requests",
    "auth_permission": "not written by requests",
}
# The same for columns.
LEFT_OUT_COLUMNS: Final = {
    "api_apikey": ("last_used_at",),  # a key that is used says when, also by a refused request
    "users_user": ("last_login",),
}
TABLES: Final = """
SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY 1
"""

Fingerprint = dict[tuple[str, str], tuple[int, str]]


class Fingerprints:
    """Of the companies that are named, seen as the serving role inside each of them."""

    def __init__(self, companies: Iterable[uuid.UUID]) -> None:
        self.companies = list(companies)
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
            tables = [(name, of_tenant) for name, of_tenant in cursor.fetchall() if name not in LEFT_OUT]
        self.of_companies = _question(name for name, of_tenant in tables if of_tenant or name == "tenants_tenant")
        self.of_nobody = _question(name for name, of_tenant in tables if not of_tenant and name != "tenants_tenant")
        self.tables = [name for name, _of_tenant in tables]

    def take(self) -> Fingerprint:
        """(company or "", table) → (rows, checksum)."""
        with transaction.atomic():
            found = _ask("", self.of_nobody)
        for company in self.companies:
            with tenant_scope(company):
                found |= _ask(str(company), self.of_companies)
        return found


def changed(before: Fingerprint, after: Fingerprint) -> list[str]:
    """The tables that differ, with the company's id where they belong to one."""
    return [f"{table} of {company or 'nobody'}" for (company, table), fact in after.items()
            if before[company, table] != fact]  # fmt: skip


def _question(tables: Iterable[str]) -> str:
    parts = []
    for table in tables:
        row = "to_jsonb(t)" + "".join(f" - '{name}'" for name in LEFT_OUT_COLUMNS.get(table, ()))
        parts.append(f"SELECT '{table}', count(*), md5(string_agg(({row})::text, '|' ORDER BY t.id)) FROM {table} t")
    return " UNION ALL ".join(parts)


def _ask(company: str, question: str) -> Fingerprint:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return {(company, table): (rows, checksum or "") for table, rows, checksum in cursor.fetchall()}
