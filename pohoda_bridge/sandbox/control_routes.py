"""How the control routes of this sandbox turn JSON bodies into calls, and their errors into statuses."""

from collections.abc import Awaitable, Callable
from decimal import InvalidOperation
from json import JSONDecodeError
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pohoda_bridge.sandbox.database import Row

Action = Callable[[Row, Request], Any]


def route_table(*table: tuple[str, str, Action]) -> list[Route]:
    """Routes under /_sandbox/ from method, path and what is called with the body and the request."""
    return [Route(f"/_sandbox/{path}", _endpoint(action), methods=[method]) for method, path, action in table]


def _endpoint(action: Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            body = await request.json() if request.method == "POST" and await request.body() else {}
            return JSONResponse(await run_in_threadpool(action, body, request))
        except (KeyError, FileNotFoundError) as error:
            return JSONResponse({"error": f"not found: {error}"}, 404)
        except (ValueError, TypeError, JSONDecodeError, InvalidOperation) as error:
            return JSONResponse({"error": str(error)}, 400)

    return endpoint
