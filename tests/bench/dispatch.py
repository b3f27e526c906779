"""G6: 10 000 due resources from PostgreSQL into the broker, against a bare SKIP LOCKED claim of as many rows."""

import os

import psycopg

from connectify.sync import dispatch
from tests.bench.registry import Figure, bench, in_turns
from tests.factories import TenantFactory

COUNT = 10_000
TENANTS = 100
FILL = """
INSERT INTO sync_due (id, tenant_id, kind, resource_id, interval_s, due_at, epoch, holder, failures, enabled)
SELECT gen_random_uuid(), %s, 'bench.resource', gen_random_uuid(), 300, now() - random() * interval '60 s',
       0, '', 0, true
FROM generate_series(1, %s)
"""
BARE_TABLE = "CREATE TABLE bench_bare (id uuid PRIMARY KEY, due_at timestamptz NOT NULL, nudged_until timestamptz)"
BARE_CLAIM = """
WITH picked AS (SELECT id FROM bench_bare WHERE due_at <= now() AND nudged_until IS NULL
                ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)
UPDATE bench_bare b SET nudged_until = now() FROM picked WHERE b.id = picked.id RETURNING b.id
"""


@bench("G6", f"dispatch of {COUNT} due resources of {TENANTS} tenants")
def measure() -> list[Figure]:
    owner = psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True)
    serving = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    tenants = [TenantFactory().pk for _ in range(TENANTS)]
    fill(serving, tenants)
    owner.execute(BARE_TABLE)
    owner.execute("CREATE INDEX ON bench_bare (due_at)")
    owner.execute(
        "INSERT INTO bench_bare SELECT gen_random_uuid(), now() - random() * interval '60 s' "
        "FROM generate_series(1, %s)",
        [COUNT],
    )

    def before() -> None:
        """All due again, and no garbage of the last turn in the way of either."""
        for tenant in tenants:
            with serving.transaction():
                serving.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
                serving.execute("UPDATE sync_due SET nudged_until = NULL WHERE nudged_until IS NOT NULL")
        owner.execute("UPDATE bench_bare SET nudged_until = NULL WHERE nudged_until IS NOT NULL")
        owner.execute("VACUUM ANALYZE sync_due")
        owner.execute("VACUUM ANALYZE bench_bare")

    def bare() -> None:
        assert len(owner.execute(BARE_CLAIM, [COUNT]).fetchall()) == COUNT

    def real() -> None:
        assert dispatch.tick() == COUNT

    try:
        bare_s, real_s = in_turns(bare, real, before=before)
    finally:
        owner.close()
        serving.close()
    return [
        Figure("bare SKIP LOCKED claim", bare_s, "s"),
        Figure("dispatch: claim, commit, publish", real_s, "s", limit=1.0),
        Figure("dispatch / bare claim", real_s / bare_s, "x", limit=4.0),
    ]


def fill(serving: psycopg.Connection, tenants: list[object]) -> None:
    for tenant in tenants:
        with serving.transaction():
            serving.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
            serving.execute(FILL, [tenant, COUNT // len(tenants)])
