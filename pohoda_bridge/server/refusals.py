"""How the bridge says no to an agent: one exception, one JSON shape, a security event where it matters."""

from __future__ import annotations

import uuid

from msgspec import Struct

from connectify.audit.services import record_event
from connectify.tenants.context import tenant_scope


class ErrorAnswer(Struct, frozen=True, kw_only=True):
    """Body of every answer that is not a success. `code` is stable, `detail` is for people."""

    code: str
    detail: str = ""


class Refused(Exception):
    """The request is answered with `status` and nothing of it is kept.

    `security` names what happened when it should not have been possible; the caller writes it down after the
    transaction was rolled back (`record_security`).
    """

    def __init__(self, status: int, code: str, detail: str = "", *, security: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.security = security

    @property
    def answer(self) -> ErrorAnswer:
        return ErrorAnswer(code=self.code, detail=self.detail)


def record_security(*, tenant_id: uuid.UUID, agent_id: uuid.UUID, refused: Refused) -> None:
    """An event on the agent for a refusal that somebody should look at; its own transaction."""
    if refused.security is None:
        return
    with tenant_scope(tenant_id):
        record_event(
            type="agent.security",
            object_kind="agent",
            object_id=agent_id,
            data={"code": refused.code, **refused.security},
        )
