"""Tokens: refreshed before they expire, and followed up when a worker died in the middle (RELIABILITY 2.3.3).

A resource of its own, `allegro.token` by account id, with a short lease: a killed refresher must be followed inside the
60 s for which Allegro still accepts the used token.
"""

from __future__ import annotations

from typing import Final

from allegro_integration.connections import token_vault
from allegro_integration.models import Account
from allegro_integration.token_store import TOKEN_KIND
from connectify.sync.leases import Lease
from connectify.sync.pipelines import Pipeline

LEASE_S: Final = 20


def refresh(lease: Lease) -> dict[str, int]:
    with lease.transaction():
        account = Account.objects.get(pk=lease.resource_id)
    return {"refreshed": int(token_vault(account).refresh_if_due())}


PIPELINES: Final = (Pipeline("tokens.refresh", TOKEN_KIND, refresh, lease_s=LEASE_S),)
