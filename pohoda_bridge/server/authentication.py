"""Who sends this request? Signature, target, body, session and sequence, in that order (RELIABILITY 2.3.4)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import connection

from connectify.tenants.context import tenant_scope
from pohoda_bridge import protocol
from pohoda_bridge.server.models import Agent
from pohoda_bridge.server.refusals import Refused


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the signature covers. `target` = path with its query, as it came."""

    authorization: str
    method: str
    target: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Caller:
    """An enrolled agent whose signature was right."""

    tenant_id: uuid.UUID
    unit_id: uuid.UUID
    agent_id: uuid.UUID
    public_key: bytes
    session: str
    seq: int


def identify(request: Request) -> Caller:
    """Checks the signature and what it covers; not the session. Raises Refused (401; 403 revoked)."""
    try:
        head, signed, signature = protocol.read_head(request.authorization)
    except protocol.ProtocolError as error:
        raise Refused(401, error.code, "Authorization") from error
    row = _agent_row(head.agent)
    if row is None:
        raise Refused(401, "unknown_agent")
    tenant_id, unit_id, public_key, state = row
    try:
        protocol.verify(signed, signature, bytes(public_key))
    except protocol.ProtocolError as error:
        raise Refused(401, error.code) from error
    if state == Agent.State.REVOKED:
        raise Refused(403, "revoked")
    if (head.method, head.path) != (request.method, request.target):
        raise Refused(401, "other_target")
    if head.body_sha256 != protocol.sha256(request.body):
        raise Refused(401, "body_hash")
    return Caller(
        tenant_id=tenant_id,
        unit_id=unit_id,
        agent_id=uuid.UUID(head.agent),
        public_key=bytes(public_key),
        session=head.session,
        seq=head.seq,
    )


def authenticate(request: Request) -> Caller:
    """As `identify`, and the session is the agent's newest and its sequence rose.

    Raises Refused: 409 (a newer session took over: the agent stops), 401 (no_session, replay: it opens a new one).
    """
    caller = identify(request)
    with tenant_scope(caller.tenant_id):
        if not _advance(caller):
            agent = Agent.objects.select_for_update(no_key=True).get(pk=caller.agent_id)
            check_session(agent, caller)
            raise Refused(401, "replay", f"sequence {caller.seq} was seen")
    return caller


def _advance(caller: Caller) -> bool:
    """Whether the session is the newest and the sequence rose; then that is noted. One statement, as all pass here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pohoda_agent SET session_seq = %s, last_seen_at = statement_timestamp() "
            "WHERE id = %s AND tenant_id = %s AND state <> %s AND session = %s AND session <> '' AND session_seq < %s",
            [caller.seq, caller.agent_id, caller.tenant_id, Agent.State.REVOKED, caller.session, caller.seq],
        )
        return cursor.rowcount == 1


def check_session(agent: Agent, caller: Caller) -> None:
    """Raises Refused when the agent was revoked, or a newer session took over, since the caller was identified."""
    if agent.state == Agent.State.REVOKED:
        raise Refused(403, "revoked")
    if not agent.session:
        raise Refused(401, "no_session")
    if agent.session != caller.session:
        raise Refused(409, "session", "a newer session of this agent took over")


def _agent_row(agent: str) -> tuple[uuid.UUID, uuid.UUID, bytes, str] | None:
    try:
        agent_id = uuid.UUID(agent)
    except ValueError:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, unit_id, public_key, state FROM connectify_agent(%s)", [agent_id])
        return cursor.fetchone()
