"""A mail server of the tests' own: what the platform sends arrives here as it would at a person's."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Self


class _Delivery(socketserver.StreamRequestHandler):
    """One connection of RFC 5321, as far as a sender needs it: every address is taken, nothing is passed on."""

    def handle(self) -> None:
        self._say("220 mailbox")
        while line := self.rfile.readline():
            verb = line.decode("ascii").split()[0].upper()
            if verb == "DATA":
                self._say("354 go on")
                self._take()
            self._say({"QUIT": "221 bye"}.get(verb, "250 ok"))

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        self.server.mailbox.put(b"".join(lines))  # type: ignore[attr-defined]

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


class Mailbox:
    """`with Mailbox() as mailbox:`; `environment` makes a platform send its mails here."""

    def __init__(self) -> None:
        self._mails: list[EmailMessage] = []
        self._arrived = threading.Condition()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Delivery)
        self._server.daemon_threads = True
        self._server.mailbox = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        host, port = self._server.server_address[:2]
        return {"CONNECTIFY_MAIL_HOST": str(host), "CONNECTIFY_MAIL_PORT": str(port), "CONNECTIFY_MAIL_TLS": "false"}

    def put(self, mail: bytes) -> None:
        with self._arrived:
            self._mails.append(message_from_bytes(mail, policy=policy.default))  # type: ignore[arg-type]
            self._arrived.notify_all()

    def text_for(self, address: str, *, within: float = 30.0) -> str:
        """What the plain part of the first mail to this address says. Raises AssertionError when none comes."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: self._of(address), within), f"no mail for {address}"
            body = self._of(address)[0].get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    def _of(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self._mails if address in str(mail["To"])]
