"""What support sees of all agents and of the jobs that wait for them: numbers and times."""

from django.db import migrations

from connectify.tenants.functions import definer_function

# Two long polls without a word, and a little: as the agent's own page says it by default.
SILENT_S = 60


class Migration(migrations.Migration):
    dependencies = [("pohoda", "0003_mirror_pages"), ("users", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="mirrorread", options={"verbose_name": "export", "verbose_name_plural": "exports"}
        ),
        migrations.RunSQL("GRANT SELECT (created_at) ON pohoda_job TO connectify_lookup", migrations.RunSQL.noop),
        # Jobs are counted unit by unit, along the queue's index.
        definer_function(
            "connectify_agents_state(wanted uuid)",
            "TABLE (what varchar, number bigint, at timestamptz)",
            f"""
            WITH agents AS (
              SELECT a.tenant_id, a.unit_id, a.last_seen_at FROM pohoda_agent a
              WHERE a.state = 'active'
                AND EXISTS (SELECT 1 FROM users_user u WHERE u.id = wanted AND u.is_staff AND u.is_active)
            ),
            jobs AS (
              SELECT j.state, j.created_at FROM agents a JOIN LATERAL (
                SELECT q.state, q.created_at FROM pohoda_job q
                WHERE q.tenant_id = a.tenant_id AND q.unit_id = a.unit_id AND q.state IN ('waiting', 'handed')
              ) j ON true
            )
            SELECT 'online'::varchar, count(*), NULL::timestamptz FROM agents
              WHERE last_seen_at >= clock_timestamp() - make_interval(secs => {SILENT_S})
            UNION ALL SELECT 'offline', count(*), min(last_seen_at) FROM agents
              WHERE last_seen_at < clock_timestamp() - make_interval(secs => {SILENT_S}) OR last_seen_at IS NULL
            UNION ALL SELECT 'jobs_waiting', count(*), min(created_at) FROM jobs WHERE state = 'waiting'
            UNION ALL SELECT 'jobs_handed', count(*), min(created_at) FROM jobs WHERE state = 'handed'
            """,
        ),
    ]
