"""One process of the token race: `python -m tests.flows.racers THREADS START ACCOUNT REJECTED`.

Each thread has its own database connection and its own vault, and asks for a token when the file START appears: every
other one because the clock says so, the rest because Allegro has just refused REJECTED. Prints a fingerprint a line.
"""

from __future__ import annotations

import sys
import threading
import time
import uuid
from pathlib import Path

import django


def run(threads: int, start: Path, tenant_id: uuid.UUID, account_id: uuid.UUID, rejected: str) -> list[str]:
    from django.db import connection

    from allegro_integration.client.vault import fingerprint
    from allegro_integration.connections import token_vault
    from allegro_integration.models import Account
    from connectify.tenants.context import tenant_scope

    with tenant_scope(tenant_id):
        account = Account.objects.get(pk=account_id)
    got: list[str] = []
    lined_up = threading.Barrier(threads + 1)

    def race(number: int) -> None:
        vault = token_vault(account)
        connection.ensure_connection()
        lined_up.wait()
        while not start.exists():
            time.sleep(0.001)
        try:
            token = vault.access() if number % 2 else vault.after_401(rejected)
            got.append(fingerprint(token))
        finally:
            connection.close()

    running = [threading.Thread(target=race, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    lined_up.wait()
    print("ready", flush=True)
    for thread in running:
        thread.join()
    return got


if __name__ == "__main__":
    django.setup()
    number, start_file, tenant, account, old = sys.argv[1:]
    for name in run(int(number), Path(start_file), uuid.UUID(tenant), uuid.UUID(account), old):
        print(name)
