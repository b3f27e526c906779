"""Whether an export may be believed (DESIGN §5, RELIABILITY M12): pure, the numbers come from `absorbing`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from pohoda_bridge.documents import UnitPin

SHORTER_SHARE: Final = 30
"""Percent of the last export's records that may be missing before it is asked about …"""
SHORTER_FROM: Final = 20
"""… counted from so many missing records on."""
ACCEPTED_WITHIN: Final = 10
"""Percent by which an approved export may differ the next time."""
APPROVABLE: Final = frozenset({"export_empty", "export_shorter", "export_other_unit"})


class HeldExport(NamedTuple):
    """Why nothing of an export is stored."""

    code: str
    params: dict[str, Any]


def check_export(
    *,
    previous_records: int,
    records: int,
    previous_pin: Mapping[str, Any],
    pin: UnitPin,
    accepted: Mapping[str, Any],
    mode: str,
) -> HeldExport | None:
    """None: the export may be stored.

    `previous_records`: of the last whole export, `previous_pin`: whose books it was of ({}: there was none yet).
    `accepted`: what a person has approved, as `accepted_shape` gives it. Only a full export says how many records there
    are.
    """
    given = pin_values(pin)
    if _is_accepted(accepted, records, given):
        return None
    if previous_pin and dict(previous_pin) != given:
        return HeldExport(
            "export_other_unit", {"expected": _named(previous_pin), "found": _named(given)} | _of(records)
        )
    if mode != "full" or not previous_records:
        return None
    params = {"previous": previous_records} | _of(records)
    if records == 0:
        return HeldExport("export_empty", params)
    missing = previous_records - records
    if missing >= SHORTER_FROM and missing * 100 > previous_records * SHORTER_SHARE:
        return HeldExport("export_shorter", params)
    return None


def accepted_shape(records: int, pin: UnitPin) -> dict[str, Any]:
    """What is kept of an approval: an export of these books with about so many records may be stored."""
    return {"records": records, "pin": pin_values(pin)}


def pin_values(pin: UnitPin) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(pin)
    return values


def _is_accepted(accepted: Mapping[str, Any], records: int, given: dict[str, Any]) -> bool:
    if not accepted or accepted["pin"] != given:
        return False
    return abs(records - int(accepted["records"])) * 100 <= int(accepted["records"]) * ACCEPTED_WITHIN


def _of(records: int) -> dict[str, Any]:
    return {"records": records}


def _named(pin: Mapping[str, Any]) -> str:
    """How the books are told apart on a screen."""
    return f"{pin['ico']} {pin['year']} {pin['database']}"
