-- The roles of Connectify and what each may do. Run as a superuser, connected to Connectify's own database.
-- Running it again changes nothing. Passwords are set by whoever runs it (the launcher, the compose file's init script).
--
--   connectify_owner    migrations: owns the database and its tables, reads no tenant's rows (row security is forced)
--   connectify_app      serves: reads and writes rows under row security; no ownership, no TRUNCATE, no DDL
--   connectify_lookup   nobody signs in as it; it owns the few SECURITY DEFINER functions that look things up
--                       before a tenant is known

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['connectify_owner', 'connectify_app', 'connectify_lookup'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I', role_name);
        END IF;
    END LOOP;
END
$$;

ALTER ROLE connectify_owner WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE connectify_app WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE connectify_lookup WITH NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- The owner hands functions over to connectify_lookup but does not inherit its rights: a row policy that lets
-- connectify_lookup see every tenant must not let the owner see them too.
GRANT connectify_lookup TO connectify_owner WITH INHERIT FALSE, SET TRUE;

DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO connectify_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    -- TEMPORARY: bulk loads go through a temporary table.
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO connectify_app', current_database());
END
$$;

-- The database's owner owns the schema "public" through pg_database_owner. It is named too, in case the database was
-- made by a server that gives the schema to somebody else.
ALTER SCHEMA public OWNER TO pg_database_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO connectify_app, connectify_lookup;

-- What the owner will create. Migrations take away what a table must not allow (an append-only table: UPDATE, DELETE).
ALTER DEFAULT PRIVILEGES FOR ROLE connectify_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO connectify_app;
ALTER DEFAULT PRIVILEGES FOR ROLE connectify_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO connectify_app;
ALTER DEFAULT PRIVILEGES FOR ROLE connectify_owner
    REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE connectify_owner IN SCHEMA public
    GRANT EXECUTE ON FUNCTIONS TO connectify_app, connectify_lookup;

-- Hands a lookup function over to connectify_lookup. A migration calls it as the owner, in the transaction that created
-- the function. The right to create things in the schema, which the new owner of a function must hold, lasts only that
-- long. To change such a function later: DROP it (the schema's owner may), create it anew and hand it over again.
CREATE OR REPLACE FUNCTION connectify_hand_to_lookup(function regprocedure) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found pg_proc;
BEGIN
    SELECT * INTO STRICT found FROM pg_proc WHERE oid = function;
    IF NOT found.prosecdef OR NOT EXISTS (
        SELECT FROM unnest(found.proconfig) AS setting WHERE setting LIKE 'search_path=%'
    ) THEN
        RAISE EXCEPTION '% must be SECURITY DEFINER with a pinned search_path', function;
    END IF;
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', function);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO connectify_app', function);
    GRANT CREATE ON SCHEMA public TO connectify_lookup;
    EXECUTE format('ALTER FUNCTION %s OWNER TO connectify_lookup', function);
    REVOKE CREATE ON SCHEMA public FROM connectify_lookup;
END
$$;
REVOKE ALL ON FUNCTION connectify_hand_to_lookup(regprocedure) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION connectify_hand_to_lookup(regprocedure) TO connectify_owner;

-- Nothing waits for ever. The web tier lowers its own statement_timeout to 15 s; 60 s is the jobs' limit.
-- Migrations may build an index for longer, but must not stand in a lock queue in front of everybody else.
ALTER ROLE connectify_app SET statement_timeout = '60s';
ALTER ROLE connectify_app SET lock_timeout = '3s';
ALTER ROLE connectify_app SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE connectify_owner SET lock_timeout = '10s';
ALTER ROLE connectify_owner SET idle_in_transaction_session_timeout = '5min';
ALTER ROLE connectify_app SET search_path = public;
ALTER ROLE connectify_owner SET search_path = public;
