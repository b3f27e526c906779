"""Enrolment: a person reads a code to the on-premise machine, which answers with a key that never leaves it."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from typing import Any, Final

from django.db import connection, transaction
from django.db.models.functions import Now

from connectify.audit.services import record_audit, record_event
from connectify.tenants.context import tenant_scope
from pohoda_bridge.protocol import EnrolAnswer, EnrolRequest
from pohoda_bridge.server.keys import verify_key
from pohoda_bridge.server.models import Agent, EnrolmentCode, Unit
from pohoda_bridge.server.refusals import Refused

VALID_FOR: Final = dt.timedelta(minutes=15)
# Crockford's base 32: no letter can be taken for a digit. 28 characters carry 140 bits.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 28
GROUP: Final = 4


def issue_code(*, unit: Unit, actor: Any = None) -> str:
    """A new code for one agent of this unit, 15 minutes, one use; only its hash is kept. Earlier unused codes end."""
    plain = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    with transaction.atomic():
        EnrolmentCode.objects.filter(unit=unit, used_at=None).update(expires_at=Now())
        row = EnrolmentCode.objects.create(unit=unit, code_sha256=_hash(plain), expires_at=Now() + VALID_FOR)
        record_audit(actor=actor, action="agent.code_issued", object_kind="pohoda.unit", object_id=unit.pk)
        record_event(
            type="agent.code_issued", object_kind="pohoda.unit", object_id=unit.pk, data={"code_id": str(row.pk)}
        )
    return "-".join(plain[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def enrol(request: EnrolRequest) -> EnrolAnswer:
    """Turns a code into an agent. The same key with the same code again gets the same answer: the first may be lost.

    A unit's first agent is active, any other one standby until a person switches. Raises Refused
    (403 code, 400 public_key).
    """
    if len(request.public_key) != 32:
        raise Refused(400, "public_key")
    found = _find_code(request.code)
    if found is None:
        raise Refused(403, "code", "unknown, used or older than 15 minutes")
    tenant_id, unit_id, code_id = found
    platform_key = verify_key()
    with tenant_scope(tenant_id):
        unit = Unit.objects.select_for_update(no_key=True).get(pk=unit_id)
        code = EnrolmentCode.objects.select_for_update().get(pk=code_id)
        agent = _again(unit, request) if code.used_at else _make_agent(unit, code, request)
        if agent is None:
            raise Refused(403, "code", "unknown, used or older than 15 minutes")
        return EnrolAnswer(agent=str(agent.pk), unit=str(unit.pk), ico=unit.ico, platform_key=platform_key)


def _again(unit: Unit, request: EnrolRequest) -> Agent | None:
    same = Agent.objects.filter(unit=unit, public_key=request.public_key)
    return same.exclude(state=Agent.State.REVOKED).first()


def _make_agent(unit: Unit, code: EnrolmentCode, request: EnrolRequest) -> Agent:
    taken = Agent.objects.filter(unit=unit, state=Agent.State.ACTIVE).exists()
    agent = Agent.objects.create(
        unit=unit,
        host=_printable(request.host)[:120],
        public_key=request.public_key,
        state=Agent.State.STANDBY if taken else Agent.State.ACTIVE,
        version=_printable(request.agent_version)[:40],
    )
    EnrolmentCode.objects.filter(pk=code.pk).update(used_at=Now())
    data = {"agent": str(agent.pk), "host": agent.host, "state": str(agent.state)}
    record_audit(actor=None, action="agent.enrolled", object_kind="agent", object_id=agent.pk, after=data)
    record_event(type="agent.enrolled", object_kind="agent", object_id=agent.pk, data=data)
    return agent


def _find_code(code: str) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, unit_id, code_id FROM connectify_enrolment(%s)", [_hash(code)])
        return cursor.fetchone()


def _hash(code: str) -> str:
    plain = "".join(character for character in code.upper() if character.isalnum())
    plain = plain.translate(str.maketrans("OIL", "011"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
