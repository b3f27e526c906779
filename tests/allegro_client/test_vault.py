"""The token vault against the sandbox: one refresh, no lost pair, no sign-in forced by us."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.governor import Governor
from allegro_integration.client.http import AllegroHttp
from allegro_integration.client.oauth import OAuthClient, TokenPair
from allegro_integration.client.vault import LockBusy, RefreshIntent, StoredTokens, TokenVault, fingerprint
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from connectify.domain.errors import NeedsUser, Retryable
from tests.allegro_client.conftest import Allegro, ManualTime, oauth_of, sign_in
from tests.allegro_client.stores import MemoryStore

HOUR = dt.timedelta(hours=1)


class Account:
    """A vault over a memory store; its clock and the sandbox's move together."""

    def __init__(self, allegro: Allegro, oauth: OAuthClient, time: ManualTime, left: dt.timedelta) -> None:
        self.allegro, self.oauth, self.time = allegro, oauth, time
        self.pair: TokenPair = sign_in(allegro, oauth)
        self.store = MemoryStore(self.pair, time.now() + left)
        self.vault = self.make_vault()

    def make_vault(self) -> TokenVault:
        return TokenVault(
            self.store,
            self.oauth.refresh,
            environment="test",
            seller_id=DEFAULT_SELLER,
            now=self.time.now,
            sleep=self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        self.time.sleep(seconds)
        self.allegro.control("POST", "clock", {"advance": seconds})

    def refreshes(self) -> int:
        """Refresh requests that the sandbox has seen (the first exchange was the sign-in)."""
        return len(self.allegro.exchanges("/auth/oauth/token")) - 1


@pytest.fixture
def account(allegro: Allegro, oauth: OAuthClient, manual_time: ManualTime) -> Account:
    return Account(allegro, oauth, manual_time, left=-HOUR)


@pytest.fixture
def strict(start: Callable[..., Allegro], http: AllegroHttp, manual_time: ManualTime) -> Account:
    """An Allegro that forgives no second use of a refresh token."""
    allegro = start(refresh_grace=0)
    return Account(allegro, oauth_of(allegro, http), manual_time, left=-HOUR)


def test_a_token_that_has_not_expired_is_given_without_a_call(
    allegro: Allegro, oauth: OAuthClient, manual_time: ManualTime
) -> None:
    account = Account(allegro, oauth, manual_time, left=HOUR)
    assert account.vault.access() == account.pair.access
    assert account.refreshes() == 0


def test_an_expired_token_is_refreshed_and_stored_before_it_is_given(account: Account) -> None:
    access = account.vault.access()
    assert account.store.tokens.access == access != account.pair.access
    assert account.store.tokens.version == 2
    assert account.store.tokens.expires_at == account.time.now() + dt.timedelta(seconds=43_199)
    assert account.store.tokens.intent is None
    assert account.store.previous is not None
    assert account.store.previous.refresh == account.pair.refresh
    assert account.store.log == ["intent 1", "pair 2"]


def test_fifty_threads_at_one_expired_token_refresh_it_once(
    allegro: Allegro, oauth: OAuthClient, manual_time: ManualTime
) -> None:
    account = Account(allegro, oauth, manual_time, left=-HOUR)
    gate = threading.Barrier(50)
    pause = threading.Event()

    def ask(number: int) -> str:
        vault = TokenVault(
            account.store, oauth.refresh, environment="test", seller_id=DEFAULT_SELLER, now=manual_time.now,
            sleep=lambda seconds: [pause.wait(0.02), None][1],
        )  # fmt: skip
        gate.wait(20)
        return vault.access()

    with ThreadPoolExecutor(50) as pool:
        tokens = set(pool.map(ask, range(50)))
    assert tokens == {account.store.tokens.access}
    assert account.store.tokens.version == 2
    assert account.refreshes() == 1
    assert len(allegro.effects("token.rotated")) == 1


def test_after_a_401_the_newer_token_of_another_worker_is_taken_without_a_call(account: Account) -> None:
    fresh = account.make_vault().access()
    assert account.vault.after_401(account.pair.access) == fresh
    assert account.refreshes() == 1


def test_after_a_401_a_token_that_looks_valid_is_refreshed(
    allegro: Allegro, oauth: OAuthClient, manual_time: ManualTime
) -> None:
    account = Account(allegro, oauth, manual_time, left=5 * HOUR)
    assert account.vault.after_401(account.pair.access) != account.pair.access
    assert account.refreshes() == 1


@pytest.mark.parametrize(
    ("lost", "slept"), [(1, []), (2, [5]), (3, [5, 10]), (4, [5, 10, 15])], ids=["once", "twice", "3 times", "4 times"]
)
def test_a_lost_answer_is_asked_for_again_at_once_and_at_5_15_and_30_seconds(
    account: Account, lost: int, slept: list[float]
) -> None:
    account.allegro.fault("refresh_answer_lost", times=lost)
    access = account.vault.access()
    assert account.store.tokens.access == access
    assert account.time.slept == slept
    assert account.refreshes() == lost + 1
    assert account.store.log == [*(f"intent {number}" for number in range(1, lost + 2)), "pair 2"]


def test_answers_that_stay_lost_are_left_to_the_sweeper_with_the_intent_in_place(account: Account) -> None:
    account.allegro.fault("refresh_answer_lost", times=5)
    started = account.time.now()
    with pytest.raises(Retryable) as caught:
        account.vault.access()
    assert caught.value.code == "token_answer_lost"
    intent = account.store.tokens.intent
    assert intent == RefreshIntent(started, 5, fingerprint(account.pair.refresh))
    assert account.vault.refresh_if_due()
    assert account.store.tokens.version == 2
    assert (account.time.now() - started).total_seconds() < 60


def test_a_killed_workers_intent_is_adopted_with_the_same_token_inside_the_minute(account: Account) -> None:
    at = account.time.now()
    account.store.commit_intent(version=1, intent=RefreshIntent(at, 1, fingerprint(account.pair.refresh)))
    account.oauth.refresh(account.pair.refresh)  # the answer went down with the worker
    account.sleep(15)
    assert account.vault.refresh_if_due()
    assert account.store.log == ["intent 1", "intent 2", "pair 2"]
    assert account.vault.access() == account.store.tokens.access


def test_an_intent_for_an_older_token_is_no_window_of_ours(account: Account) -> None:
    long_ago = account.time.now() - HOUR
    account.store.commit_intent(version=1, intent=RefreshIntent(long_ago, 3, "another"))
    account.allegro.fault("refresh_answer_lost", times=2)
    assert account.vault.access() == account.store.tokens.access
    assert account.time.slept == [5]


def test_it_is_refreshed_early_when_less_than_two_hours_are_left(
    allegro: Allegro, oauth: OAuthClient, manual_time: ManualTime
) -> None:
    account = Account(allegro, oauth, manual_time, left=2 * HOUR)
    assert not account.vault.refresh_if_due()
    manual_time.advance(1)
    assert account.vault.refresh_if_due()
    assert not account.vault.refresh_if_due()
    assert account.refreshes() == 1


def test_the_early_refresh_leaves_it_to_whoever_holds_the_lock(account: Account) -> None:
    with account.store.locked():
        assert not account.vault.refresh_if_due()
    assert account.refreshes() == 0
    with account.store.locked(), pytest.raises(LockBusy), account.store.locked():
        raise AssertionError("two held the lock")


def test_who_waits_too_long_for_another_worker_gives_up_for_now(account: Account) -> None:
    with account.store.locked(), pytest.raises(Retryable) as caught:
        account.vault.access()
    assert caught.value.code == "refresh_in_progress"
    assert account.refreshes() == 0


def test_a_revoked_account_is_marked_and_never_asked_for_again(account: Account) -> None:
    account.allegro.control("POST", "tokens/revoke", {"seller": DEFAULT_SELLER})
    with pytest.raises(NeedsUser) as caught:
        account.vault.access()
    assert caught.value.code == "reauth"
    assert account.store.log == ["intent 1", "reauth"]
    for ask in (account.vault.access, lambda: account.vault.after_401("x")):
        with pytest.raises(NeedsUser):
            ask()
    assert not account.vault.refresh_if_due()
    assert account.refreshes() == 1


def test_without_grace_a_destroyed_answer_ends_in_one_sign_in_and_no_loop(strict: Account) -> None:
    strict.allegro.fault("refresh_answer_lost", times=1)
    with pytest.raises(NeedsUser):
        strict.vault.access()
    assert strict.refreshes() == 2
    with pytest.raises(NeedsUser):
        strict.vault.access()
    assert strict.refreshes() == 2


def test_a_refused_token_gives_way_to_a_newer_pair_that_somebody_stored(strict: Account) -> None:
    newer = strict.oauth.refresh(strict.pair.refresh)

    def refresh(token: str) -> TokenPair:
        strict.store.commit_pair(expected_version=1, pair=newer, expires_at=strict.time.now() + HOUR)
        return strict.oauth.refresh(token)

    vault = TokenVault(
        strict.store, refresh, environment="test", seller_id=DEFAULT_SELLER, now=strict.time.now, sleep=strict.sleep
    )
    assert vault.access() == newer.access
    assert not strict.store.tokens.needs_reauth


def test_a_slow_loser_never_stores_an_older_pair(account: Account) -> None:
    newest = TokenPair("newest-access", "newest-refresh", 3600, "")

    def refresh(token: str) -> TokenPair:
        answer = account.oauth.refresh(token)
        account.store.commit_pair(expected_version=1, pair=newest, expires_at=account.time.now() + HOUR)
        return answer

    vault = TokenVault(
        account.store, refresh, environment="test", seller_id=DEFAULT_SELLER, now=account.time.now, sleep=account.sleep
    )
    assert vault.access() == "newest-access"
    assert account.store.tokens.refresh == "newest-refresh"
    assert account.store.tokens.version == 2


def test_a_pair_that_could_not_be_stored_is_asked_for_again(account: Account) -> None:
    class DatabaseGone(Exception):
        pass

    commit, account.store.commit_pair = account.store.commit_pair, _raising(DatabaseGone)  # type: ignore[method-assign]
    with pytest.raises(DatabaseGone):
        account.vault.access()
    assert account.store.tokens.access == account.pair.access
    account.store.commit_pair = commit  # type: ignore[method-assign]
    account.sleep(15)
    assert account.vault.refresh_if_due()
    assert account.store.tokens.version == 2


def _raising(error: type[Exception]) -> Callable[..., bool]:
    def fail(**_: object) -> bool:
        raise error

    return fail


def test_the_vault_serves_the_api_client(account: Account, http: AllegroHttp, governor: Governor) -> None:
    api = AllegroApi(http, account.allegro.environment, DEFAULT_SELLER, account.vault, governor)
    account.allegro.control("POST", "tokens/expire", {"seller": DEFAULT_SELLER})
    assert api.me().id == DEFAULT_SELLER
    assert account.refreshes() == 1


def test_stored_tokens_do_not_show_themselves() -> None:
    shown = repr(StoredTokens(1, "access-secret", "refresh-secret", dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
    assert "secret" not in shown
