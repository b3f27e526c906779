"""Serving a sandbox: in the foreground for people, in a thread for tests."""

import asyncio
import socket
import threading
from types import TracebackType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class DroppingProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol that lets a handler cut the connection (`scope["extensions"]["connectify.drop"]`)."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"connectify.drop": {"now": self.transport.abort}}


class SandboxServer(uvicorn.Server):
    """uvicorn that says on stdout where it listens, once it does, and lets others wait for that."""

    def __init__(self, config: uvicorn.Config, ready_line: bool) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._ready_line = ready_line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready_line:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            print(f"READY http://{host}:{port}", flush=True)
        self.ready.set()


def _config(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=DroppingProtocol,
        loop="asyncio",
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=75,  # a client that pauses between two cycles keeps its connection
        timeout_graceful_shutdown=1,
    )


def run_app(app: ASGIApp, host: str = "127.0.0.1", port: int = 0, ready_line: bool = True) -> None:
    """Serve in the foreground until SIGINT or SIGTERM; prints `READY http://HOST:PORT` when it accepts connections."""
    SandboxServer(_config(app, host, port), ready_line).run()


class Running:
    """A sandbox served from a background thread on a free loopback port: `with Running(app) as server: server.url`."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        # the protocol is named because asyncio turns Nagle off for sockets that say they are TCP, and for no others
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._server = SandboxServer(_config(app, "127.0.0.1", self.port), ready_line=False)
        self._thread = threading.Thread(target=self._serve, name=f"sandbox-{self.port}", daemon=True)
        self._thread.start()
        if not self._server.ready.wait(20):
            raise RuntimeError("the sandbox did not start")

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def stop(self) -> None:
        """Ask it to end and go on; `close` waits for it."""
        self._server.should_exit = True

    def close(self) -> None:
        """Stop serving; open exchanges get a second, then they are cut."""
        self.stop()
        self._thread.join(20)
        self._socket.close()

    def __enter__(self) -> "Running":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
