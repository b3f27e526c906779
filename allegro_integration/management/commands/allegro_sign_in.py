"""`manage.py allegro_sign_in ACCOUNT`: an account that lost its access signs in again, by a code typed at Allegro."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from allegro_integration.client.oauth import DevicePending
from allegro_integration.models import Account
from allegro_integration.services import accounts
from connectify.domain.errors import NeedsUser
from connectify.sync.leases import tenant_of
from connectify.tenants.context import tenant_scope

SLOWER_BY_S = 5


class Command(BaseCommand):
    help = "Sign an Allegro account in again: prints an address and a code, and waits for the person's decision."
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", type=uuid.UUID, help="the account's id")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant_id = tenant_of("allegro.account", options["account"])
        if tenant_id is None:
            raise CommandError("no such account")
        with tenant_scope(tenant_id):
            account = Account.objects.get(pk=options["account"])
        session = secrets.token_urlsafe(16)
        try:
            device = accounts.start_device(
                tenant_id=tenant_id, environment=account.environment, session=session, account=account
            )
            self.stdout.write(f"{device.verification_uri}\n{device.user_code}")
            self.stdout.flush()
            self._wait(tenant_id, device, session)
        except NeedsUser as error:
            raise CommandError(f"not signed in: {error}") from error
        self.stdout.write(f"{account.login} is signed in")

    def _wait(self, tenant_id: uuid.UUID, device: accounts.Device, session: str) -> None:
        """Raises NeedsUser when the person declined or the code ran out."""
        interval_s = device.interval_s
        while True:
            self.sleep(interval_s)
            answer = accounts.finish_device(tenant_id=tenant_id, state=device.state, session=session)
            if not isinstance(answer, DevicePending):
                return
            interval_s += SLOWER_BY_S if answer.slow_down else 0
