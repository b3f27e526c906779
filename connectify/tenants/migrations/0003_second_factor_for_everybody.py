from django.db import migrations, models

from connectify.tenants.functions import definer_function

SIGNATURE = "connectify_memberships_of(wanted uuid)"
before = definer_function(
    SIGNATURE,
    "TABLE (tenant_id uuid, tenant_name varchar, role varchar)",
    """
    SELECT t.id, t.name, m.role FROM tenants_membership m JOIN tenants_tenant t ON t.id = m.tenant_id
    WHERE m.user_id = wanted AND t.suspended_at IS NULL ORDER BY t.name, t.id
    """,
)


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0002_invitation'),
    ]

    operations = [
        migrations.AddField(
            model_name='tenant',
            name='requires_second_factor',
            field=models.BooleanField(db_default=False, default=False, verbose_name='second factor for everybody'),
        ),
        migrations.RunSQL(before.reverse_sql, before.sql),
        # Every request asks it; the company's rule comes along, so that the rule costs no question of its own.
        definer_function(
            SIGNATURE,
            "TABLE (tenant_id uuid, tenant_name varchar, role varchar, requires_second_factor boolean)",
            """
            SELECT t.id, t.name, m.role, t.requires_second_factor
            FROM tenants_membership m JOIN tenants_tenant t ON t.id = m.tenant_id
            WHERE m.user_id = wanted AND t.suspended_at IS NULL ORDER BY t.name, t.id
            """,
        ),
    ]
