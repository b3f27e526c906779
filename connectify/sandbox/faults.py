"""The fault switchboard: faults are armed over the control routes and fire where a handler asks for them."""

import random
import threading
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Fault:
    """An armed fault. `target` is a prefix of a path ("/order", "PUT /order") or an exact name (a seller id), or empty.

    `times` counts down with each firing (None: until cleared); `probability` is drawn from a generator of its own seed.
    """

    id: int
    name: str
    target: str = ""
    probability: float = 1.0
    seed: int = 0
    times: int | None = None
    params: dict[str, Any] = field(default_factory=dict)

    def fits(self, name: str, targets: tuple[str, ...]) -> bool:
        if self.name != name or (self.times is not None and self.times <= 0):
            return False
        if not self.target:
            return True
        if "/" in self.target:
            return any(target.startswith(self.target) for target in targets)
        return self.target in targets


class Faults:
    """Armed faults in the order they were set; the first that fits and is drawn fires. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: dict[int, tuple[Fault, random.Random]] = {}
        self._last_id = 0
        self.fired: Counter[str] = Counter()

    def set(
        self,
        name: str,
        target: str = "",
        probability: float = 1.0,
        seed: int = 0,
        times: int | None = None,
        params: dict[str, Any] | None = None,
    ) -> int:
        """Arm a fault and return its id."""
        with self._lock:
            self._last_id += 1
            fault = Fault(self._last_id, name, target, probability, seed, times, dict(params or {}))
            self._armed[fault.id] = (fault, random.Random(seed))  # noqa: S311 - repeatable on purpose
            return fault.id

    def clear(self, id: int | None = None) -> None:
        """Disarm one fault, or all of them."""
        with self._lock:
            if id is None:
                self._armed.clear()
            else:
                self._armed.pop(id, None)

    def list(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault, _ in self._armed.values()]

    def take(self, name: str, *targets: str) -> dict[str, Any] | None:
        """Params of an armed fault that fires now for one of the targets, else None. Uses up one of its times."""
        with self._lock:
            for fault, draw in self._armed.values():
                if not fault.fits(name, targets) or draw.random() >= fault.probability:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                self.fired[name] += 1
                return dict(fault.params)
        return None
