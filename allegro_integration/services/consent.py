"""The end of a consent in the browser: the code that came back becomes a linked account."""

from __future__ import annotations

import uuid

from allegro_integration import connections
from allegro_integration.models import Account
from allegro_integration.services.accounts import identify, link_account, take_consent
from connectify.clock import now
from connectify.tenants.context import tenant_scope
from connectify.users.models import User


def finish_consent(
    *, tenant_id: uuid.UUID, state: str, session: str, code: str, redirect_uri: str, actor: User
) -> tuple[Account, bool]:
    """→ (the account, whether it was known before). Calls Allegro: run it outside of a transaction.

    Raises NeedsUser: "consent_stale", "reauth" (the code was refused: too old, or used), "wrong_seller",
    "account_taken"; Retryable when Allegro did not answer.
    """
    with tenant_scope(tenant_id):
        asked = take_consent(state=state, session=session)
    received_at = now()
    client = connections.oauth_client(asked.environment)
    pair = client.exchange_code(code=code, verifier=asked.verifier, redirect_uri=redirect_uri)
    me = identify(environment=asked.environment, pair=pair)
    with tenant_scope(tenant_id):
        known = Account.objects.filter(environment=asked.environment, seller_id=me.id).exists()
        account = link_account(
            environment=asked.environment, me=me, pair=pair, received_at=received_at, actor=actor, account=asked.account
        )
    return account, known
