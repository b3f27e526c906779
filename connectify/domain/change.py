"""A change: one thing to do to one record outside. Its states and the edges between them (DESIGN §2).

The same edges are guarded by a trigger in the database (connectify.sync migrations); a test keeps the two equal.
"""

from __future__ import annotations

import enum
from typing import Final


class ChangeState(enum.StrEnum):
    PLANNED = "planned"
    HELD = "held"
    SUPERSEDED = "superseded"
    INTENT = "intent"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    QUARANTINED = "quarantined"


class Evidence(enum.StrEnum):
    """What a transition rests on. Some edges are open only to some evidence."""

    NONE = ""
    NOT_SENT = "not_sent"  # no byte left
    ANSWER = "answer"  # a complete, well-formed answer
    LOOKUP = "lookup"  # the other side was asked
    NEW_CONTENT = "new_content"  # the content hash differs from the refused one
    PERSON = "person"  # a person approved or retried, recorded in the audit


S = ChangeState
E = Evidence

EDGES: Final[dict[tuple[ChangeState, ChangeState], frozenset[Evidence]]] = {
    (S.PLANNED, S.HELD): frozenset({E.NONE}),
    (S.HELD, S.PLANNED): frozenset({E.PERSON, E.NEW_CONTENT}),
    (S.PLANNED, S.SUPERSEDED): frozenset({E.NONE}),
    (S.HELD, S.SUPERSEDED): frozenset({E.NONE}),
    (S.PLANNED, S.INTENT): frozenset({E.NONE}),
    (S.INTENT, S.CONFIRMED): frozenset({E.ANSWER, E.LOOKUP}),
    (S.INTENT, S.REFUSED): frozenset({E.ANSWER}),
    (S.INTENT, S.UNKNOWN): frozenset({E.NONE}),
    (S.INTENT, S.PLANNED): frozenset({E.NOT_SENT}),
    (S.UNKNOWN, S.CONFIRMED): frozenset({E.LOOKUP}),
    (S.UNKNOWN, S.PLANNED): frozenset({E.LOOKUP}),
    (S.UNKNOWN, S.QUARANTINED): frozenset({E.LOOKUP}),
    (S.REFUSED, S.PLANNED): frozenset({E.NEW_CONTENT, E.PERSON}),
    (S.QUARANTINED, S.PLANNED): frozenset({E.PERSON}),
}

TERMINAL: Final = frozenset({S.CONFIRMED, S.SUPERSEDED})


class ForbiddenEdge(Exception):
    """The transition is not one of EDGES, or its evidence does not open it."""


def check_edge(before: ChangeState, after: ChangeState, evidence: Evidence) -> None:
    """Raises ForbiddenEdge unless `before → after` may happen on this evidence."""
    allowed = EDGES.get((before, after))
    if allowed is None or evidence not in allowed:
        raise ForbiddenEdge(f"{before} → {after} on evidence {evidence or 'none'!s}")
