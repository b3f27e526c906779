"""Counts that stay cheap: no further than a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet, Value

MOST: Final = 1000


def count_up_to(parts: Mapping[str, QuerySet[Any]], most: int = MOST) -> dict[str, int]:
    """How many rows each part has, at most `most` + 1: the one more says that there are more. One query for all."""
    columns, values = [], []
    for rows in parts.values():
        # A constant for each row: what is counted is then read from an index, where one holds what is asked for.
        one = rows.order_by().annotate(counted=Value(1)).values("counted")
        sql, params = one[: most + 1].query.sql_with_params()
        columns.append(f"(SELECT count(*) FROM ({sql}) part)")  # noqa: S608 (our own query, its values apart)
        values += params
    if not columns:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", values)
        found = cursor.fetchone()
    return dict(zip(parts, found, strict=True))


def shown(count: int, most: int = MOST) -> str:
    """As a list shows it: "1000+" for more than was counted."""
    return f"{most}+" if count > most else str(count)
