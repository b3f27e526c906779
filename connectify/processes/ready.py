"""How a supervisor learns that a child it started is ready to be used."""

import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Ready(Protocol):
    def holds(self, log: Path, start: int) -> bool:
        """True once the child is ready. `log` is its log file, `start` the offset where this run's lines begin."""


@dataclass(frozen=True)
class LogLine:
    """Ready when a line of the child's output matches the regular expression."""

    pattern: str

    def holds(self, log: Path, start: int) -> bool:
        with log.open("rb") as lines:
            lines.seek(start)
            return re.search(self.pattern.encode(), lines.read()) is not None


@dataclass(frozen=True)
class HttpOk:
    """Ready when a GET of the address answers with a status below 400 (redirects are followed)."""

    url: str

    def holds(self, log: Path, start: int) -> bool:
        try:
            # No proxy: the children listen on the loopback interface.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(self.url, timeout=5):
                return True
        except (OSError, urllib.error.URLError):
            return False
