"""What every handler of one running sandbox shares."""

import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from allegro_integration.sandbox.settings import Settings
from allegro_integration.sandbox.state import State
from connectify.sandbox.counters import Counters
from connectify.sandbox.faults import Faults
from connectify.sandbox.ledger import Ledger

Json = dict[str, Any]


@dataclass
class Sandbox:
    """`settings` may be replaced while running (PUT /_sandbox/settings). `settle` does what is due by now."""

    settings: Settings
    state: State
    ledger: Ledger
    faults: Faults
    counters: Counters
    delayed_events: list[Json] = field(default_factory=list)
    settle: Callable[["Sandbox"], None] = lambda sandbox: None

    def random(self, name: str) -> random.Random:
        """A generator of its own for a named thing, the same for the same seed."""
        return random.Random(f"{self.settings.seed}:{name}")  # noqa: S311 - repeatable on purpose

    def close(self) -> None:
        self.state.close()
        self.ledger.close()


def sandbox_of(request: Request) -> Sandbox:
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox


def random_uuid(draw: random.Random) -> str:
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
