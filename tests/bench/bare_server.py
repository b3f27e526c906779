"""The least an HTTP server can do: answers as many bytes as `X-Answer` asks for.

python -m tests.bench.bare_server PORT
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    wanted = next((int(value) for name, value in scope["headers"] if name == b"x-answer"), 0)
    head = [(b"content-type", b"application/octet-stream"), (b"content-length", b"%d" % wanted)]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b"x" * wanted})


if __name__ == "__main__":
    uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", lifespan="off")
