"""A real HTTP server that gives the answers it was told to, in their order, and writes down what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

JSON = "application/vnd.allegro.public.v1+json"


class Scripted:
    """`asked` has the ledger's keys, so that an entry can be held against the OpenAPI file."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.answers: list[tuple[int, bytes, dict[str, str]]] = []
        self.asked: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []

    def answer(self, status: int, content: Any = b"", **headers: str) -> None:
        """The next answer; `content` other than bytes goes as JSON. Header names are written with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.answers.append((status, raw, {"Content-Type": JSON, **sent}))

    def refuse(self, status: int, code: str = "", message: str = "", **more: Any) -> None:
        """The next answer is a refusal of the API."""
        self.answer(status, {"errors": [{"code": code, "message": message, "userMessage": f"~{message}", **more}]})

    def next(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """The answer to give to this request, which is written down."""
        status, answer, answer_headers = self.answers.pop(0)
        parts = urlsplit(target)
        self.bodies.append(body)
        self.asked.append(
            {
                "method": method,
                "path": parts.path,
                "query": parts.query,
                "request_headers": headers,
                "request_body": body.decode("utf-8", "replace"),
                "status": status,
                "response_headers": answer_headers,
                "response_body": answer.decode("utf-8", "replace"),
            }
        )
        return status, answer, answer_headers

    @property
    def last(self) -> dict[str, Any]:
        return self.asked[-1]

    @property
    def sent(self) -> Any:
        """The last request's JSON."""
        return json.loads(self.bodies[-1])


@contextmanager
def scripted_server() -> Iterator[Scripted]:
    script: Scripted

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = {name.lower(): value for name, value in self.headers.items()}
            status, answer, headers = script.next(self.command, self.path, asked, body)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_PUT = do_POST = do_PATCH = do

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        script = Scripted(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield script
        server.shutdown()
        thread.join(10)
