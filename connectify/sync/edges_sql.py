"""The trigger that guards the edges of a change, generated from the one table in the domain."""

from __future__ import annotations

from connectify.domain.change import EDGES, ChangeState


# Longer than usual: one trigger is one text.
def guard_sql(table: str = "sync_change") -> str:
    """A change starts as planned or held, moves along EDGES only, keeps its key, and is never deleted."""
    rows = ", ".join(
        f"('{before}', '{after}', '{evidence}')"
        for (before, after), kinds in sorted(EDGES.items())
        for evidence in sorted(kinds)
    )
    return f"""
CREATE OR REPLACE FUNCTION sync_change_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'changes are never deleted' USING ERRCODE = 'CF001';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state NOT IN ('{ChangeState.PLANNED}', '{ChangeState.HELD}') OR NEW.attempt <> 0 THEN
      RAISE EXCEPTION 'a change starts planned or held, not %', NEW.state USING ERRCODE = 'CF001';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.tenant_id, NEW.kind, NEW.key) IS DISTINCT FROM (OLD.tenant_id, OLD.kind, OLD.key) THEN
    RAISE EXCEPTION 'the key of a change is for ever' USING ERRCODE = 'CF001';
  END IF;
  IF NEW.epoch < OLD.epoch THEN
    RAISE EXCEPTION 'epoch % is older than %', NEW.epoch, OLD.epoch USING ERRCODE = 'CF002';
  END IF;
  IF NEW.attempt <> OLD.attempt + (NEW.state = '{ChangeState.INTENT}' AND OLD.state <> NEW.state)::int THEN
    RAISE EXCEPTION 'an intent counts as one attempt, and nothing else does' USING ERRCODE = 'CF001';
  END IF;
  IF NEW.state = OLD.state THEN
    IF NEW.state NOT IN ('{ChangeState.PLANNED}', '{ChangeState.HELD}')
       AND NEW.content_sha256 IS DISTINCT FROM OLD.content_sha256 THEN
      RAISE EXCEPTION 'content of a % change is fixed', OLD.state USING ERRCODE = 'CF001';
    END IF;
    RETURN NEW;
  END IF;
  IF NOT EXISTS (
    SELECT 1 FROM (VALUES {rows}) AS edge(before, after, evidence)
    WHERE edge.before = OLD.state AND edge.after = NEW.state AND edge.evidence = NEW.evidence
  ) THEN
    RAISE EXCEPTION 'edge % -> % on evidence [%] is forbidden', OLD.state, NEW.state, NEW.evidence
      USING ERRCODE = 'CF001';
  END IF;
  IF OLD.state = '{ChangeState.REFUSED}' AND NEW.evidence = 'new_content'
     AND NEW.content_sha256 = OLD.content_sha256 THEN
    RAISE EXCEPTION 'the content is not new' USING ERRCODE = 'CF001';
  END IF;
  RETURN NEW;
END $body$;
CREATE TRIGGER sync_change_guard BEFORE INSERT OR UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION sync_change_guard();
"""  # noqa: S608 (made of the domain's own words)
