"""A result short enough for a header: proxies between agent and platform refuse long ones.

Pohoda's whole answer is uploaded beside it, so nothing is lost.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from pohoda_bridge.documents import Detail, Duplicate, Imported, ImportOutcome, NotSent, Refused, Unknown
from pohoda_bridge.protocol import FoundOrders, JobFailed, JobResult, OrderImported
from pohoda_bridge.xml.warnings import escalates

MOST_DETAILS: Final = 4
MOST_RECORDS: Final = 4
_LONG: Final = 200
_SHORT: Final = 80


def brief(result: JobResult) -> JobResult:
    """The same result with at most a few details, those a person must see first, and cut texts."""
    match result:
        case OrderImported(outcome=outcome):
            return replace(result, outcome=_brief_outcome(outcome))
        case FoundOrders(records=records) if len(records) > MOST_RECORDS:
            return replace(result, records=records[:MOST_RECORDS])
        case JobFailed(detail=detail):
            return replace(result, detail=detail[:_LONG])
        case _:
            return result


def _brief_outcome(outcome: ImportOutcome) -> ImportOutcome:
    match outcome:
        case Imported(warnings=warnings, alarm=alarm):
            return replace(outcome, warnings=_brief_details(warnings), alarm=alarm[:_LONG])
        case Refused(note=note, details=details):
            return replace(outcome, note=note[:_LONG], details=_brief_details(details))
        case Duplicate(note=note):
            return replace(outcome, note=note[:_LONG])
        case NotSent(detail=detail) | Unknown(detail=detail):
            return replace(outcome, detail=detail[:_LONG])
        case _:
            return outcome


def _brief_details(details: tuple[Detail, ...]) -> tuple[Detail, ...]:
    important_first = sorted(details, key=lambda detail: not escalates(detail))
    return tuple(
        Detail(
            state=detail.state,
            errno=detail.errno,
            note=detail.note[:_LONG],
            # The end of the path names the element.
            xpath=detail.xpath[-_SHORT:],
            requested=detail.requested[:_SHORT],
            produced=detail.produced[:_SHORT],
        )
        for detail in important_first[:MOST_DETAILS]
    )
