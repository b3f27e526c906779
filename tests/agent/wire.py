"""A server of raw bytes: says exactly what a test wants, when it wants it."""

import socket
import threading
from collections.abc import Callable


class RawServer:
    """Serves one connection after another with `script(connection, request)`; `request` = the bytes that came."""

    def __init__(self, script: Callable[[socket.socket, bytes], None], *, reads: int = 1) -> None:
        self._script = script
        self._reads = reads
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                try:
                    self.requests.append(self._read(connection))
                    self._script(connection, self.requests[-1])
                except OSError:
                    continue

    def _read(self, connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        expected = int(lengths[0].split(b":")[1]) if lengths and self._reads else 0
        while len(body) < expected:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def __enter__(self) -> "RawServer":
        return self

    def __exit__(self, *_: object) -> None:
        # shutdown wakes the accepting thread; close alone does not on Linux
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)
