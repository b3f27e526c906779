"""What can be chosen when the sandbox starts."""

from dataclasses import dataclass, field
from pathlib import Path

SCOPES = (
    "allegro:api:profile:read",
    "allegro:api:sale:offers:read",
    "allegro:api:sale:offers:write",
    "allegro:api:sale:settings:read",
    "allegro:api:sale:settings:write",
    "allegro:api:orders:read",
    "allegro:api:orders:write",
    "allegro:api:payments:read",
)


@dataclass(frozen=True)
class Settings:
    """`ledger_dir` and `state` (SQLite file) are where everything is kept; durations are in seconds.

    `refresh_grace` is how long a used refresh token still answers (0: strictly once). `user_agent` says what becomes of
    a call without one: "refuse" (403) or "count". `event_ids`: "number" or "uuid". `redirect_uris` registered for the
    default client; none means that any is taken. `purchases_every` 0 switches purchases by themselves off.
    """

    ledger_dir: Path
    state: Path
    seed: int = 1
    client_id: str = "connectify-sandbox"
    client_secret: str = field(default="connectify-sandbox-secret", repr=False)
    redirect_uris: tuple[str, ...] = ()
    access_lifetime: int = 43_199
    refresh_lifetime: int = 90 * 86_400
    refresh_grace: int = 60
    code_lifetime: int = 10
    user_agent: str = "refuse"
    event_ids: str = "number"
    purchases_every: float = 0.0
    default_seller: bool = True
