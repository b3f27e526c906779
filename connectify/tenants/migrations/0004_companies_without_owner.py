from django.db import migrations

from connectify.tenants.functions import definer_function

SIGNATURE = "connectify_companies_for_staff(wanted uuid, words varchar)"
before = definer_function(
    SIGNATURE,
    "TABLE (tenant_id uuid, tenant_name varchar)",
    """
    SELECT t.id, t.name FROM tenants_tenant t
    WHERE EXISTS (SELECT 1 FROM users_user u WHERE u.id = wanted AND u.is_staff AND u.is_active)
      AND position(lower(words) IN lower(t.name)) > 0 ORDER BY t.name, t.id LIMIT 50
    """,
)


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0003_second_factor_for_everybody'),
    ]

    operations = [
        migrations.RunSQL(before.reverse_sql, before.sql),
        # A company that nobody owns yet is the only one whose first owner support invites; all of a search at once.
        definer_function(
            SIGNATURE,
            "TABLE (tenant_id uuid, tenant_name varchar, has_owner boolean)",
            """
            SELECT t.id, t.name,
              EXISTS (SELECT 1 FROM tenants_membership m WHERE m.tenant_id = t.id AND m.role = 'owner')
            FROM tenants_tenant t
            WHERE EXISTS (SELECT 1 FROM users_user u WHERE u.id = wanted AND u.is_staff AND u.is_active)
              AND position(lower(words) IN lower(t.name)) > 0 ORDER BY t.name, t.id LIMIT 50
            """,
        ),
    ]
