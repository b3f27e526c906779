#!/bin/sh
# Run once by the postgres image, after roles.sql: gives the two roles that sign in their passwords.
set -eu
psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set=owner="$CONNECTIFY_OWNER_PASSWORD" --set=app="$CONNECTIFY_APP_PASSWORD" <<'SQL'
ALTER ROLE connectify_owner PASSWORD :'owner';
ALTER ROLE connectify_app PASSWORD :'app';
SQL
