"""One process of the token race: `python -m tests.flows.racers THREADS TENANT ACCOUNT REJECTED`.

Each thread has its own database connection and its own vault, and asks for a token when a line comes in: every other
one because the clock says so, the rest because Allegro has just refused REJECTED. Prints a fingerprint a line.
"""

from __future__ import annotations

import sys
import threading
import uuid

import django


def run(threads: int, tenant_id: uuid.UUID, account_id: uuid.UUID, rejected: str) -> list[str]:
    from django.db import connection

    from allegro_integration.client.vault import fingerprint
    from allegro_integration.connections import token_vault
    from allegro_integration.models import Account
    from connectify.tenants.context import tenant_scope

    with tenant_scope(tenant_id):
        account = Account.objects.get(pk=account_id)
    got: list[str] = []
    lined_up, start = threading.Barrier(threads + 1), threading.Event()

    def race(number: int) -> None:
        vault = token_vault(account)
        connection.ensure_connection()
        lined_up.wait()
        start.wait()
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
    sys.stdin.readline()
    start.set()
    for thread in running:
        thread.join()
    return got


if __name__ == "__main__":
    django.setup()
    number, tenant, account, old = sys.argv[1:]
    for name in run(int(number), uuid.UUID(tenant), uuid.UUID(account), old):
        print(name)
