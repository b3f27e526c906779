"""An account's way to Allegro: one HTTP client and one governor per process, tokens from the vault."""

from __future__ import annotations

import functools
from typing import NamedTuple

from django.conf import settings

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.environments import PRODUCTION, SANDBOX, Environment, custom_environment
from allegro_integration.client.governor import Governor
from allegro_integration.client.http import AllegroHttp, Observer, Timeouts
from allegro_integration.client.oauth import OAuthClient
from allegro_integration.client.vault import TokenVault
from allegro_integration.models import Account
from allegro_integration.token_store import DjangoTokenStore
from connectify.domain.errors import NeedsUser

CUSTOM = "custom"


class AccountConnection(NamedTuple):
    """What a cycle needs: the API, and the tokens it uses."""

    api: AllegroApi
    tokens: TokenVault


@functools.cache
def shared_http() -> AllegroHttp:
    """A new client costs 50 ms and loses its connections: one per process."""
    timeouts = Timeouts(read=min(30.0, settings.ALLEGRO_CALL_S), total=settings.ALLEGRO_CALL_S)
    return AllegroHttp(user_agent=settings.ALLEGRO_USER_AGENT, timeouts=timeouts)


@functools.cache
def shared_governor() -> Governor:
    return Governor()


def environment(name: str) -> Environment:
    """Raises NeedsUser("unknown_environment") for a name that this installation does not know."""
    match name:
        case PRODUCTION.name:
            return PRODUCTION
        case SANDBOX.name:
            return SANDBOX
        case "custom" if settings.ALLEGRO_CUSTOM_API_URL:
            return custom_environment(
                name=CUSTOM,
                api=settings.ALLEGRO_CUSTOM_API_URL,
                auth=settings.ALLEGRO_CUSTOM_AUTH_URL or settings.ALLEGRO_CUSTOM_API_URL,
                upload=settings.ALLEGRO_CUSTOM_API_URL,
            )
        case _:
            raise NeedsUser("unknown_environment", name)


def offered_environments() -> tuple[str, ...]:
    """Where accounts may be connected: those that the installation's application is registered with.

    None without an application (ALLEGRO_CLIENT_ID). Raises NeedsUser("unknown_environment") for a name nobody knows.
    """
    if not settings.ALLEGRO_CLIENT_ID:
        return ()
    named = settings.ALLEGRO_ENVIRONMENTS or (CUSTOM if settings.ALLEGRO_CUSTOM_API_URL else PRODUCTION.name)
    return tuple(environment(name.strip()).name for name in named.split(","))


def oauth_client(environment_name: str) -> OAuthClient:
    return OAuthClient(
        shared_http(),
        environment(environment_name),
        client_id=settings.ALLEGRO_CLIENT_ID,
        client_secret=settings.ALLEGRO_CLIENT_SECRET,
    )


def token_vault(account: Account) -> TokenVault:
    return TokenVault(
        DjangoTokenStore(account.tenant_id, account.pk),
        oauth_client(account.environment).refresh,
        environment=account.environment,
        seller_id=account.seller_id,
    )


def connect(account: Account, *, observer: Observer | None = None) -> AccountConnection:
    """`observer` sees each exchange, without secrets, for a timeline."""
    tokens = token_vault(account)
    api = AllegroApi(
        shared_http(),
        environment(account.environment),
        account.seller_id,
        tokens,
        shared_governor(),
        observer=observer,
        upload_s=settings.ALLEGRO_UPLOAD_S,
    )
    return AccountConnection(api, tokens)
