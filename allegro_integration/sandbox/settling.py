"""What was accepted and is now due: operations, commands, activations. Looked at before each call and now and then."""

import asyncio
from datetime import datetime

from msgspec.structs import replace

from allegro_integration.sandbox.command_work import finish_commands
from allegro_integration.sandbox.context import Sandbox
from allegro_integration.sandbox.offer_changes import Cause, change_offer
from allegro_integration.sandbox.offer_patch import finish_operations
from allegro_integration.sandbox.offers import decode_offer
from allegro_integration.sandbox.shops import shop_of
from allegro_integration.sandbox.state import timestamp

EVERY_S = 0.5
WAITING = (
    "SELECT EXISTS (SELECT 1 FROM operation WHERE state = 'WAITING' AND due_at <= ?1) "
    "OR EXISTS (SELECT 1 FROM command WHERE completed_at IS NULL AND due_at <= ?1) "
    "OR EXISTS (SELECT 1 FROM offer WHERE json_extract(data, '$.active_at') <= ?1) AS due"
)


def settle(sandbox: Sandbox) -> None:
    """Do what is due by the sandbox's clock."""
    now = sandbox.state.now()
    waiting = sandbox.state.row(WAITING, timestamp(now))
    if waiting is None or not waiting["due"]:
        return
    with sandbox.state.transaction():
        finish_operations(sandbox, now)
        finish_commands(sandbox, now)
        _activate(sandbox, now)


async def settle_for_ever(sandbox: Sandbox) -> None:
    """Nobody has to ask for what is due to happen."""
    while True:
        await asyncio.sleep(EVERY_S)
        settle(sandbox)


def _activate(sandbox: Sandbox, now: datetime) -> None:
    found = "SELECT seller, data FROM offer WHERE json_extract(data, '$.active_at') <= ?"
    for row in sandbox.state.rows(found, timestamp(now)):
        offer = decode_offer(row["data"])
        sold = replace(offer, status="ACTIVE", active_at=None, started_at=timestamp(now))
        change_offer(sandbox, shop_of(sandbox, row["seller"]), offer, sold, Cause("allegro"))
