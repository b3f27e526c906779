"""Accounts: linking one to a tenant, and the consent round that leads to it."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from typing import Any, Final, NamedTuple

from django.db import connection as database
from django.db.models.functions import Now

from allegro_integration import connections
from allegro_integration.client.api import identify_seller
from allegro_integration.client.messages import Me
from allegro_integration.client.oauth import DevicePending, TokenPair, code_challenge
from allegro_integration.models import Account, ConsentRequest, InboxForm, Market, Token, TokenLock
from allegro_integration.services.inbox import hint_forms
from allegro_integration.services.markets import read_of_pohoda, schedule_shortest
from allegro_integration.token_store import TOKEN_INTERVAL_S, TOKEN_KIND, store_pair
from connectify.audit.services import record_audit, record_event
from connectify.clock import now
from connectify.domain.errors import NeedsUser, Rejected
from connectify.instances.models import Connection, Instance
from connectify.instances.services import create_connection, create_instance
from connectify.sealing.vault import seal, unseal
from connectify.sync import due
from connectify.tenants.context import tenant_scope
from pohoda_bridge.server.mirror.subscriptions import subscribe
from pohoda_bridge.server.models import Unit

CONSENT_LIMIT: Final = dt.timedelta(minutes=10)


class Device(NamedTuple):
    """What to show to the person, and `state` to ask with for the outcome. Allegro's secret code stays with us."""

    state: str
    user_code: str
    verification_uri: str
    interval_s: int
    expires_in_s: int


class Consent(NamedTuple):
    """A round that the person came back from. `account`: the one it was opened for; None for a new one."""

    environment: str
    verifier: str
    account: Account | None


def begin_consent(
    *,
    environment: str,
    session: str,
    redirect_uri: str,
    scopes: tuple[str, ...] = (),
    account: Account | None = None,
) -> str:
    """Opens an OAuth round for the tenant in force. → the address to send the person to.

    `account`: it has to sign in again; another seller's consent will be refused (RELIABILITY A2).
    """
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    _remember_round(state, verifier, environment=environment, session=session, account=account, limit=CONSENT_LIMIT)
    client = connections.oauth_client(environment)
    return client.authorize_url(
        state=state, challenge=code_challenge(verifier), redirect_uri=redirect_uri, scopes=scopes
    )


def tenant_of_consent(state: str) -> uuid.UUID | None:
    """Whose round this state belongs to, while it is open. Asked before a tenant is in force."""
    with database.cursor() as cursor:
        cursor.execute("SELECT connectify_consent_tenant(%s)", [_sha256(state)])
        row = cursor.fetchone()
    return row[0] if row else None


def take_consent(*, state: str, session: str) -> Consent:
    """Uses the state up, once. Raises NeedsUser("consent_stale")."""
    request, secret = _open_round(state, session)
    request.used_at = now()
    request.save(update_fields=["used_at"])
    return Consent(request.environment, secret, request.account)


def start_device(*, tenant_id: uuid.UUID, environment: str, session: str, account: Account | None = None) -> Device:
    """Begins linking by a code that the person types in at Allegro. Calls Allegro: run it outside of a transaction."""
    code = connections.oauth_client(environment).start_device()
    state = secrets.token_urlsafe(32)
    with tenant_scope(tenant_id):
        limit = dt.timedelta(seconds=code.expires_in_s)
        _remember_round(state, code.device_code, environment=environment, session=session, account=account, limit=limit)
    return Device(
        state=state,
        user_code=code.user_code,
        verification_uri=code.verification_uri_complete,
        interval_s=code.interval_s,
        expires_in_s=code.expires_in_s,
    )


def finish_device(
    *, tenant_id: uuid.UUID, state: str, session: str, interval_s: int = 300, actor: Any = None
) -> Account | DevicePending:
    """Asks Allegro once what the person decided, and links the account. Call it every `interval_s` of the Device.

    Calls Allegro: run it outside of a transaction. Raises NeedsUser: "consent_stale", "device_denied",
    "device_expired", and what `link_account` raises.
    """
    with tenant_scope(tenant_id):
        request, device_code = _open_round(state, session)
    received_at = now()
    pair = connections.oauth_client(request.environment).poll_device(device_code)
    if isinstance(pair, DevicePending):
        return pair
    me = identify(environment=request.environment, pair=pair)
    with tenant_scope(tenant_id):
        ConsentRequest.objects.filter(pk=request.pk).update(used_at=now())
        return link_account(
            environment=request.environment, me=me, pair=pair, received_at=received_at, interval_s=interval_s,
            actor=actor, account=request.account,
        )  # fmt: skip


def _remember_round(
    state: str, secret: str, *, environment: str, session: str, account: Account | None, limit: dt.timedelta
) -> None:
    request = ConsentRequest(
        account=account,
        state_sha256=_sha256(state),
        environment=environment,
        session_sha256=_sha256(session),
        expires_at=Now() + limit,
    )
    request.code_verifier = seal(
        secret.encode(), table=ConsentRequest._meta.db_table, column="code_verifier", row=request.pk
    )
    request.save()


def _open_round(state: str, session: str) -> tuple[ConsentRequest, str]:
    """→ (the round, its secret). Raises NeedsUser("consent_stale")."""
    rounds = ConsentRequest.objects.select_for_update(of=("self",)).select_related("account")
    request = rounds.filter(state_sha256=_sha256(state), used_at=None).first()
    if request is None or request.session_sha256 != _sha256(session) or request.expires_at < now():
        raise NeedsUser("consent_stale")
    secret = unseal(
        bytes(request.code_verifier), table=ConsentRequest._meta.db_table, column="code_verifier", row=request.pk
    )
    return request, secret.decode()


class FreshPair:
    """A TokenProvider for the one call that learns whose pair this is."""

    def __init__(self, environment: str, pair: TokenPair) -> None:
        self.environment, self.seller_id, self._pair = environment, "", pair

    def access(self) -> str:
        return self._pair.access

    def after_401(self, rejected: str) -> str:
        raise NeedsUser("reauth", "a fresh token was refused")


def identify(*, environment: str, pair: TokenPair) -> Me:
    """Whose pair this is. Calls Allegro, so it runs outside of any transaction."""
    tokens = FreshPair(environment, pair)
    return identify_seller(connections.shared_http(), connections.environment(environment), tokens)


def link_account(
    *,
    environment: str,
    me: Me,
    pair: TokenPair,
    received_at: dt.datetime,
    interval_s: int = 300,
    actor: Any = None,
    account: Account | None = None,
) -> Account:
    """Stores a fresh pair for the seller it belongs to: a new account, or the one that had to sign in again.

    Raises NeedsUser: "wrong_seller" when the round was opened for another `account`, "account_taken" when another
    company has linked this seller.
    """
    if account is not None and (account.environment, account.seller_id) != (environment, me.id):
        raise NeedsUser("wrong_seller", seller=me.id)
    if not _claim(environment, me.id):
        raise NeedsUser("account_taken", seller=me.id)
    account = Account.objects.filter(environment=environment, seller_id=me.id).first()
    if account is None:
        account = Account.objects.create(
            connection=create_connection(kind="allegro.account", name=me.login, actor=actor),
            environment=environment,
            seller_id=me.id,
            login=me.login,
            base_marketplace=me.base_marketplace.id if me.base_marketplace else "",
        )
        TokenLock.objects.create(account=account)
    _store_first_pair(account, pair, received_at)
    account.needs_reauth_since = None
    account.save(update_fields=["needs_reauth_since"])
    Connection.objects.filter(pk=account.connection_id).update(state=Connection.State.ACTIVE)
    due.schedule(kind=TOKEN_KIND, resource_id=account.pk, interval_s=TOKEN_INTERVAL_S)
    schedule_shortest("allegro.account", account.pk, Market.objects.filter(account=account, active=True), interval_s)
    record_audit(
        actor=actor, action="account.linked", object_kind="account", object_id=account.pk, after={"seller": me.id}
    )
    record_event(type="account.linked", object_kind="account", object_id=account.pk, data={"login": me.login})
    return account


def _store_first_pair(account: Account, pair: TokenPair, received_at: dt.datetime) -> None:
    """The first pair of a consent: whatever was under way with an older one is over."""
    token = Token.objects.select_for_update().filter(account=account).first() or Token(account=account, version=0)
    store_pair(token, pair, received_at + dt.timedelta(seconds=pair.expires_in_s))
    token.version += 1
    token.intent_at, token.intent_attempt, token.intent_fingerprint = None, 0, ""
    token.save()


def create_market(
    *,
    name: str,
    account: Account,
    unit: Unit,
    marketplace: str,
    interval_s: int,
    settings: dict[str, Any],
    actor: Any = None,
) -> Instance:
    """An instance for one marketplace: primary on the account's base marketplace, else secondary with shared offers.

    Raises Rejected: "other_unit_for_shared_offers" (one stock cannot be kept in two units), "marketplace_taken".
    """
    role = Market.Role.PRIMARY if marketplace == account.base_marketplace else Market.Role.SECONDARY
    if Market.objects.filter(account=account, marketplace=marketplace, active=True).exists():
        raise Rejected("marketplace_taken", marketplace=marketplace)
    if Market.objects.filter(account=account, active=True).exclude(unit=unit).exists():
        raise Rejected("other_unit_for_shared_offers", unit=str(unit))
    instance = create_instance(
        name=name,
        source=account.connection,
        target=unit.connection,
        interval_s=interval_s,
        settings=settings,
        role=role,
        actor=actor,
    )
    Market.objects.create(instance=instance, account=account, unit=unit, marketplace=marketplace, role=role)
    _release_waiting_forms(account, marketplace)
    for agenda, scope in read_of_pohoda(account):
        subscribe(unit=unit, agenda=agenda, scope=scope, every_s=interval_s)
    schedule_shortest("allegro.account", account.pk, Market.objects.filter(account=account, active=True))
    schedule_shortest("pohoda.unit", unit.pk, Market.objects.filter(unit=unit, active=True))
    return instance


def _release_waiting_forms(account: Account, marketplace: str) -> None:
    """Forms of this marketplace that waited in the inbox for an instance are read again."""
    waiting = InboxForm.objects.filter(account=account, marketplace=marketplace, order=None)
    form_ids = set(waiting.values_list("form_id", flat=True))
    waiting.update(content_sha256="")
    hint_forms(account, form_ids, found_by="instance")


def _claim(environment: str, seller_id: str) -> bool:
    with database.cursor() as cursor:
        cursor.execute("SELECT connectify_claim_account(%s, %s)", [environment, seller_id])
        return bool(cursor.fetchone()[0])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
