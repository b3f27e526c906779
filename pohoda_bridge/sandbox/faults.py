"""The faults of this sandbox, by where they strike.

A fault is aimed at a path, a kind of request (`order.add`, `order.delete`, `list.order`, `list.stock`, `list.invoice`,
`list.slip`, `list.price_level`, `print.invoice`), a group of kinds (`import`, `list`, `print`), `status` for GET
/status, or a pack, item or external id. Without a target a fault of IMPORT_FAULTS strikes imports alone, one of
LIST_FAULTS lists, one of PRINT_FAULTS prints, any other whatever comes. `gate_after_commit`, `apply_then_timeout` and
`exit_after_commit` work for lists and prints too where they are aimed at them.

Params: `seconds`; `path`, a file touched when a hold begins; `release`, a file whose appearance ends it early; `apply`,
whether the request is carried out before its answer is spoilt; others are named beside the fault.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectify.sandbox.faults import Faults

Params = dict[str, Any]

IMPORT_FAULTS = frozenset(
    {
        "hold_before_commit",  # in the open transaction
        "gate_after_commit",  # committed; the answer waits, the queue goes on
        "apply_then_timeout",  # committed; no answer comes, then the connection is cut
        "exit_after_commit",  # committed; the process ends with 137
        "warning_changed_total",  # the total is rounded up by force; the answer says so in a warning
        "item_ok_pack_error",
        "pack_ok_item_missing_id",
        "item_error_empty_body",
    }
)
REPLACED_ANSWERS = frozenset({"html_200", "plain_text_200", "http_408", "http_503", "denied"})
SPOILT_ANSWERS = frozenset(
    {
        "truncated",  # half the body: param `cut` true: promised whole, then the connection is cut
        "not_well_formed",
        "empty_body",
        "bad_cp1250_byte",
        "wrong_ico",  # param `ico`
        "other_unit",  # IČO and key of another unit; param `ico`; GET /status says so only where aimed at `status`
        "wrong_item_id",
        "missing_item",  # the pack is ok and holds nothing
        "double_item",  # each item is followed by an empty one of the same id
    }
)
LIST_FAULTS = frozenset(
    {
        "list_empty",  # ok, and no records
        "list_half",  # the first half of the records, as if there were no more
        "list_cut",  # the document ends in the middle of its records; its length is told as it is
        "list_without_end",  # every record is there, the end of the document is not
    }
)
PRINT_FAULTS = frozenset(
    {
        "print_without_file",  # ok, and nothing printed
        "print_zero_bytes",
        "print_not_pdf",
        "print_other_document",  # the PDF of another invoice
        "print_slow",  # params as for a hold; the queue waits
    }
)
SERVER_FAULTS = frozenset({"mserver_off", "busy"})  # mserver_off: param `mode` close (default) or 503
NOT_APPLIED = REPLACED_ANSWERS | {"item_error_empty_body"}  # not carried out unless `apply` is true
KNOWN_FAULTS = IMPORT_FAULTS | REPLACED_ANSWERS | SPOILT_ANSWERS | SERVER_FAULTS | LIST_FAULTS | PRINT_FAULTS
OF_GROUP = {
    name: group
    for group, names in (("order", IMPORT_FAULTS), ("list", LIST_FAULTS), ("print", PRINT_FAULTS))
    for name in names
}
KILLED = 137
POLL_SECONDS = 0.01
DEFAULT_SECONDS = 5.0


def take_all(faults: Faults, kind: str, targets: tuple[str, ...]) -> dict[str, Params]:
    """Every fault that strikes this request, by name, with its params."""
    group = kind.partition(".")[0]
    aimed = {fault["name"] for fault in faults.list() if fault["target"]}
    struck: dict[str, Params] = {}
    for name in sorted(KNOWN_FAULTS - {"mserver_off"}):
        if OF_GROUP.get(name, group) != group and name not in aimed:
            continue
        params = faults.take(name, *targets)
        if params is not None:
            struck[name] = params
    return struck


def hold(params: Params) -> None:
    """Say that the hold began, then wait for the release or the end of the time."""
    for pause in _pauses(params):
        time.sleep(pause)


async def hold_answer(params: Params) -> None:
    """The same for an answer that waits while the queue goes on."""
    for pause in _pauses(params):
        await asyncio.sleep(pause)


def _pauses(params: Params) -> Iterator[float]:
    touch(params)
    release = params.get("release")
    deadline = time.monotonic() + float(params.get("seconds", DEFAULT_SECONDS))
    while (left := deadline - time.monotonic()) > 0 and not (release and Path(release).exists()):
        yield min(POLL_SECONDS, left)


def exit_if_struck(struck: dict[str, Params]) -> None:
    """End the process at once where `exit_after_commit` says so."""
    if (params := struck.get("exit_after_commit")) is not None:
        touch(params)
        os._exit(KILLED)


def touch(params: Params) -> None:
    if path := params.get("path"):
        Path(path).touch()
