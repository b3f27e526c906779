"""The log of the kill switches, and what support sees of the whole platform: numbers, never a customer's rows."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import connectify.clock
from connectify.tenants.functions import append_only, definer_function, let_lookup_role_read

# A row that is due and neither held nor told to a worker lately is late after two sweeps.
LATE_S = 60


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0002_run_written_at_its_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="killswitch", options={"verbose_name": "switch", "verbose_name_plural": "switches"}
        ),
        migrations.AlterModelOptions(
            name="due", options={"verbose_name": "due row", "verbose_name_plural": "due rows"}
        ),
        migrations.AlterModelOptions(name="run", options={"verbose_name": "run", "verbose_name_plural": "runs"}),
        migrations.AlterModelOptions(
            name="change", options={"verbose_name": "change", "verbose_name_plural": "changes"}
        ),
        migrations.AlterModelOptions(
            name="quarantined",
            options={"verbose_name": "record put aside", "verbose_name_plural": "records put aside"},
        ),
        migrations.CreateModel(
            name="KillSwitchEntry",
            fields=[
                ("id", models.UUIDField(default=connectify.clock.new_id, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("scope", models.CharField(max_length=80)),
                ("is_off", models.BooleanField()),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        append_only("sync_killswitchentry"),
        migrations.RunSQL(let_lookup_role_read("sync_run", columns=("id", "finished_at")), migrations.RunSQL.noop),
        migrations.RunSQL(
            let_lookup_role_read("sync_quarantined", columns=("state", "first_seen_at")), migrations.RunSQL.noop
        ),
        definer_function(
            "connectify_platform_state(wanted uuid)",
            "TABLE (what varchar, kind varchar, number bigint, at timestamptz)",
            f"""
            WITH allowed AS (SELECT 1 FROM users_user u WHERE u.id = wanted AND u.is_staff AND u.is_active),
            due AS (
              SELECT d.*, d.leased_until > clock_timestamp() AS is_held,
                d.holder <> '' AND d.leased_until <= clock_timestamp() AS is_expired
              FROM sync_due d WHERE EXISTS (SELECT 1 FROM allowed)
            )
            SELECT 'scheduled'::varchar, due.kind, count(*), NULL::timestamptz FROM due WHERE enabled GROUP BY due.kind
            UNION ALL SELECT 'late', due.kind, count(*), min(due_at) FROM due
              WHERE enabled AND NOT coalesce(is_held, false)
                AND due_at < clock_timestamp() - make_interval(secs => {LATE_S})
              GROUP BY due.kind
            UNION ALL SELECT 'held', due.kind, count(*), min(leased_until) FROM due WHERE is_held GROUP BY due.kind
            UNION ALL SELECT 'expired', due.kind, count(*), min(leased_until) FROM due WHERE is_expired GROUP BY due.kind
            UNION ALL SELECT 'failing', due.kind, count(*), NULL FROM due WHERE enabled AND failures > 0 GROUP BY due.kind
            UNION ALL SELECT 'quarantined', '', count(*), min(q.first_seen_at) FROM sync_quarantined q
              WHERE q.state = 'open' AND EXISTS (SELECT 1 FROM allowed)
            UNION ALL SELECT 'last_run', '', count(*), max(last.at) FROM (
              SELECT r.finished_at AS at FROM sync_run r
              WHERE r.finished_at IS NOT NULL AND EXISTS (SELECT 1 FROM allowed)
              ORDER BY r.finished_at DESC LIMIT 1
            ) last
            """,
        ),
    ]
