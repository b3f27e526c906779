"""The control routes every sandbox has, under /_sandbox/: health, ledger, faults, counters. They are not recorded."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectify.sandbox.counters import Counters
from connectify.sandbox.faults import Faults
from connectify.sandbox.ledger import Ledger


class FaultOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /_sandbox/faults; see `faults.Fault` for the meaning."""

    name: str
    target: str = ""
    probability: float = 1.0
    seed: int = 0
    times: int | None = None
    params: dict[str, Any] = {}


# Longer than usual: six small routes that close over the same four things.
def control_routes(
    ledger: Ledger, faults: Faults, counters: Counters, known_faults: frozenset[str] = frozenset()
) -> list[Route]:
    """Routes shared by the sandboxes. Where `known_faults` is given, arming any other name is refused with 400."""

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok", "sandbox": ledger.name})

    async def read_ledger(request: Request) -> Response:
        after = int(request.query_params.get("after", "0"))
        entries = ledger.entries(after)
        return JSONResponse({"entries": entries, "next": after + len(entries)})

    async def list_faults(request: Request) -> Response:
        return JSONResponse({"faults": faults.list()})

    async def arm_fault(request: Request) -> Response:
        try:
            order = msgspec.json.decode(await request.body(), type=FaultOrder)
        except msgspec.DecodeError as error:
            return JSONResponse({"error": str(error)}, 400)
        if known_faults and order.name not in known_faults:
            return JSONResponse({"error": f"unknown fault {order.name!r}", "known": sorted(known_faults)}, 400)
        return JSONResponse({"id": faults.set(**msgspec.structs.asdict(order))}, 201)

    async def clear_faults(request: Request) -> Response:
        chosen = request.query_params.get("id")
        faults.clear(int(chosen) if chosen else None)
        return Response(status_code=204)

    async def read_counters(request: Request) -> Response:
        return JSONResponse({"counters": counters.totals(), "faults_fired": dict(faults.fired)})

    return [
        Route("/_sandbox/health", health, methods=["GET"]),
        Route("/_sandbox/ledger", read_ledger, methods=["GET"]),
        Route("/_sandbox/faults", list_faults, methods=["GET"]),
        Route("/_sandbox/faults", arm_fault, methods=["POST"]),
        Route("/_sandbox/faults", clear_faults, methods=["DELETE"]),
        Route("/_sandbox/counters", read_counters, methods=["GET"]),
    ]
