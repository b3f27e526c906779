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

    `goods` is how many of the catalogue's goods a new seller offers (None: the usual ones). Commands are done, scans
    of invoices finished and accepted operations completed after `command_delay_s`, `scan_delay_s` and
    `operation_delay_s`; `patch_202` is the chance that an edit is only accepted. `campaign_base`: what becomes of an
    offer's own price while a campaign holds the visible one, "set" or "old". `return_unpaid`: cancelled unpaid orders
    give their pieces back. `metadata_pause_s`: how soon a second invoice without a file is too fast.
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
    goods: int | None = None
    command_delay_s: float = 0.0
    scan_delay_s: float = 0.0
    operation_delay_s: float = 0.0
    patch_202: float = 0.0
    campaign_base: str = "set"
    return_unpaid: bool = True
    metadata_pause_s: float = 2.0
