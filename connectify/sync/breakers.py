"""Circuit breakers per tenant and hop, in PostgreSQL and by its clock (RELIABILITY M13).

Call inside the tenant's scope, in a transaction of its own: a failure that is rolled back with the work it broke is not
counted.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

from connectify.clock import new_id
from connectify.sync.models import Breaker
from connectify.tenants.context import require_tenant_id

OPEN_AFTER: Final = 5
FIRST_BACKOFF_S: Final = 30
LONGEST_BACKOFF_S: Final = 900


def allow(hop: str) -> bool:
    """Whether a call may go out. When the time of an open breaker is up, one call may try; the others still wait."""
    breaker = Breaker.objects.filter(hop=hop, opened_at__isnull=False).first()
    if breaker is None:
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE sync_breaker SET retry_at = clock_timestamp() + make_interval(secs => backoff_s)
            WHERE id = %s AND retry_at <= clock_timestamp()
            """,
            [breaker.pk],
        )
        return bool(cursor.rowcount == 1)


def succeeded(hop: str) -> None:
    """Closes the breaker."""
    Breaker.objects.filter(hop=hop, failures__gt=0).update(
        failures=0, opened_at=None, retry_at=None, backoff_s=FIRST_BACKOFF_S
    )


def is_open(hop: str) -> bool:
    """Whether calls are held back; asking uses no try up."""
    return Breaker.objects.filter(hop=hop, opened_at__isnull=False).exists()


def failed(
    hop: str, *, open_after: int = OPEN_AFTER, first_s: float = FIRST_BACKOFF_S, longest_s: float = LONGEST_BACKOFF_S
) -> None:
    """The fifth failure in a row opens it for 30 s; each failed try after that doubles the time, up to 15 minutes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sync_breaker AS b (id, tenant_id, hop, failures, backoff_s, opened_at, retry_at)
            VALUES (%(id)s, %(tenant)s, %(hop)s, 1, %(first)s,
              CASE WHEN %(limit)s <= 1 THEN clock_timestamp() END,
              CASE WHEN %(limit)s <= 1 THEN clock_timestamp() + make_interval(secs => %(first)s) END)
            ON CONFLICT (tenant_id, hop) DO UPDATE SET
              failures = b.failures + 1,
              opened_at = CASE WHEN b.failures + 1 >= %(limit)s
                THEN COALESCE(b.opened_at, clock_timestamp()) END,
              backoff_s = CASE WHEN b.opened_at IS NULL THEN %(first)s
                ELSE LEAST(b.backoff_s * 2, %(longest)s) END,
              retry_at = CASE WHEN b.failures + 1 >= %(limit)s THEN clock_timestamp() + make_interval(secs =>
                CASE WHEN b.opened_at IS NULL THEN %(first)s ELSE LEAST(b.backoff_s * 2, %(longest)s) END) END
            """,
            {
                "id": new_id(),
                "tenant": require_tenant_id(),
                "hop": hop,
                "first": round(first_s),
                "longest": round(longest_s),
                "limit": open_after,
            },
        )
