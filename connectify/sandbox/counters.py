"""What a sandbox counts about its visitors; read by tests and by the report of a demo."""

import threading
from collections import Counter


class Counters:
    """Named totals since the start of the process. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._totals: Counter[str] = Counter()

    def add(self, name: str, amount: int = 1) -> None:
        with self._lock:
            self._totals[name] += amount

    def totals(self) -> dict[str, int]:
        with self._lock:
            return dict(self._totals)
