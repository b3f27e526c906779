"""An order's events as steps that a person reads: a sentence, facts, the reasoning, and the documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from allegro_integration import timeline_back
from allegro_integration.explain_trace import FITTED, NOTES, TRACE
from allegro_integration.explain_words import in_words, status_in_words
from connectify.audit.models import Event
from connectify.dashboard.documents import Document, document_of
from connectify.dashboard.explanations import Explained, Explanation, explain, fill


@dataclass(frozen=True)
class Step:
    """One event. `why` explains a waiting or an error, `reasons` the values of the plan.

    `technical` are words of programs: for support, folded.
    """

    type: str
    at: dt.datetime
    title: str
    tone: str
    details: list[str] = field(default_factory=list)
    why: Explained | None = None
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    technical: list[str] = field(default_factory=list)
    sent: Document | None = None
    received: Document | None = None
    id: int = 0


# Event type → (tone, sentence).
STEPS: Final[Mapping[str, tuple[str, Explanation]]] = {
    "order.seen": ("idle", Explanation(_("We learned of the order"))),
    "order.read": ("idle", Explanation(_("Read from Allegro"))),
    "order.planned": ("idle", Explanation(_("Prepared for Pohoda"))),
    "order.waiting": ("wait", Explanation(_("Waits"))),
    "order.queued": ("idle", Explanation(_("Written as a document and ready for the agent"))),
    "order.handed": ("idle", Explanation(_("Handed to the agent"))),
    "order.answered": ("idle", Explanation(_("Pohoda answered"))),
    "order.confirmed": ("good", Explanation(_("In Pohoda as order %(number)s"))),
    "order.unknown": ("wait", Explanation(_("No certain answer: we ask Pohoda before anything else"))),
    "order.looked_up": ("idle", Explanation(_("Looked up in Pohoda"))),
    "order.refused": ("bad", Explanation(_("Pohoda refused the order"))),
    "order.processing_set": ("good", Explanation(_("Marked as being processed at Allegro"))),
    "order.quarantined": ("bad", Explanation(_("Put aside for a person"))),
    "order.superseded": ("idle", Explanation(_("Superseded"))),
    "order.total_differs": ("bad", Explanation(_("The totals differ"))),
    "order.missing": ("bad", Explanation(_("No longer in Pohoda"))),
    "order.retried": ("idle", Explanation(_("Sent again by a person"))),
    "order.resynced": ("idle", Explanation(_("A person asked to read and plan it again"))),
    "order.changed_after_import": ("bad", Explanation(_("Changed at Allegro after it got into Pohoda"))),
    **timeline_back.STEPS,
}
NOT_SENT: Final = Explanation(_("The agent answered"))  # Pohoda was not asked
FOUND_BY: Final = {
    "journal": _("From Allegro's order journal."),
    "sweep": _("From the list of orders: the journal had not told us."),
}
OUTCOMES: Final = {
    "imported": _("It took the order over."),
    "already_there": _("It has had the order already."),
    "duplicate": _("It holds the document for a duplicate."),
    "refused": _("It refused the order."),
    "not_sent": _("The agent did not send it: nothing has happened."),
    "unknown": _("The answer did not arrive whole."),
}


def steps_of(events: list[Event]) -> list[Step]:
    """The events as steps, in their order."""
    return [_step(event) for event in events]


def _step(event: Event) -> Step:
    data: dict[str, Any] = event.data if isinstance(event.data, dict) else {}
    tone, sentence = STEPS.get(event.type, ("idle", Explanation(event.type.replace("%", "%%"))))
    if event.type == "order.answered" and _outcome_type(data) == "not_sent":
        sentence = NOT_SENT
    code = str(data.get("code", ""))
    return Step(
        type=event.type,
        at=event.at,
        title=fill(sentence, event.type, in_words(data)).title,
        tone=tone,
        details=_details(event.type, data),
        why=explain(code, _params(data)) if code else None,
        reasons=[reason_of(entry) for entry in _entries(data, "trace")],
        notes=[reason_of(entry) for entry in _entries(data, "notes")],
        technical=_technical(event.type, data),
        sent=document_of(event.sent) if event.sent else None,
        received=document_of(event.received) if event.received else None,
        id=event.sequence,
    )


def _details(type_: str, data: dict[str, Any]) -> list[str]:
    match type_:
        case "order.seen":
            found_by = str(data.get("found_by", ""))
            return [str(FOUND_BY.get(found_by, found_by))] if found_by else []
        case "order.read":
            status = status_in_words(str(data.get("status") or ""))
            return [str(_("State at Allegro: %(status)s")) % {"status": status}] if status else []
        case "order.answered":
            return _outcome(data.get("outcome"))
        case "order.looked_up":
            found = ", ".join(str(number) for number in data.get("found") or [])
            return [str(_("Found: %(numbers)s")) % {"numbers": found}] if found else [str(_("It is not there."))]
        case "order.refused":
            number = str(_("Pohoda's error %(errno)s")) % {"errno": data["errno"]} if data.get("errno") else ""
            return [text for text in (str(data.get("note") or ""), number) if text]
        case "order.confirmed":
            return [_warning(one) for one in data.get("warnings") or []]
        case "order.total_differs":
            text = _("Allegro %(allegro)s %(currency)s, Pohoda %(pohoda)s %(currency)s")
            return [fill(Explanation(text), params=data).title]
    return timeline_back.details(type_, data)


def _outcome(outcome: object) -> list[str]:
    if not isinstance(outcome, dict):
        return [str(outcome)] if outcome else []
    kind = str(outcome.get("type", ""))
    lines = [str(OUTCOMES.get(kind, kind))] if kind else []
    return [*lines, str(outcome["note"])] if outcome.get("note") else lines


def _outcome_type(data: dict[str, Any]) -> str:
    outcome = data.get("outcome")
    return str(outcome.get("type", "")) if isinstance(outcome, dict) else ""


def _technical(type_: str, data: dict[str, Any]) -> list[str]:
    """What the agent saw on the line, in the words of its libraries."""
    outcome = data.get("outcome")
    if type_ != "order.answered" or not isinstance(outcome, dict):
        return []
    return [str(outcome["detail"])] if outcome.get("detail") else []


def _warning(detail: object) -> str:
    """A warning of Pohoda's: what was asked for and what it made of it."""
    if not isinstance(detail, dict):
        return str(detail)
    asked, made = detail.get("requested") or "–", detail.get("produced") or "–"
    note = str(detail.get("note", ""))
    return note if asked == made == "–" else f"{note} ({asked} → {made})".strip()


def _params(data: dict[str, Any]) -> dict[str, Any]:
    params = data.get("params")
    return in_words({**data, **params} if isinstance(params, dict) else data)


def _entries(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entries = data.get(name)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def reason_of(entry: dict[str, Any]) -> str:
    """One step of a trace as a sentence; a code that nobody knows any more as it is, with its facts."""
    if "change" in entry:  # of a text that had to be fitted into Pohoda's document
        known = FITTED.get(str(entry["change"]))
        return fill(known, params=entry).title if known else str(entry["change"])
    code, params = str(entry.get("code", "")), entry.get("params")
    params = params if isinstance(params, dict) else {}
    known = TRACE.get(code) or NOTES.get(code)
    if known:
        return fill(known, code, in_words(params)).title
    if (explained := explain(code, in_words(params))).known:
        return explained.title
    facts = {name: value for name, value in {**entry, **params}.items() if name not in ("code", "params")}
    shown = ", ".join(f"{name}: {value}" for name, value in facts.items())
    return f"{code} ({shown})" if shown else code
