"""Units whose agent came before connections knew of it are connected, too."""

from django.db import migrations

# Row security binds the owner of the tables as well; it is loosened for this statement alone, inside the migration's
# transaction, which nobody else looks into. What was taken away (disconnected) stays away.
CONNECT = """
ALTER TABLE pohoda_unit NO FORCE ROW LEVEL SECURITY;
ALTER TABLE instances_connection NO FORCE ROW LEVEL SECURITY;
UPDATE instances_connection c SET state = 'active' FROM pohoda_unit u
  WHERE u.tenant_id = c.tenant_id AND u.connection_id = c.id AND u.agent_epoch > 0 AND c.state = 'new';
ALTER TABLE instances_connection FORCE ROW LEVEL SECURITY;
ALTER TABLE pohoda_unit FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("pohoda", "0006_names"), ("instances", "0002_names")]

    operations = [migrations.RunSQL(CONNECT, migrations.RunSQL.noop)]
