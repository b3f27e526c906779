"""Linking accounts: by consent or by a device's code, again after a lost access, only the one that was asked for."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from allegro_integration import connections
from allegro_integration.client.messages import Me
from allegro_integration.client.oauth import DeviceCode, DevicePending, TokenPair
from allegro_integration.management.commands import allegro_sign_in
from allegro_integration.models import Account, ConsentRequest, Token
from allegro_integration.services import accounts
from connectify.clock import now
from connectify.domain.errors import NeedsUser
from connectify.sealing.keys import make_key
from connectify.sync.models import Due
from pohoda_bridge.server.models import Unit
from tests.allegro_services.shop import Shop

PAIR = TokenPair("access", "refresh", 43200, "scope")
CODE = DeviceCode("secret-device-code", "ABC123", "https://a/x", "https://a/x?code=ABC123", 5, 600)


class Oauth:
    """Allegro's OAuth as a list of answers."""

    def __init__(self) -> None:
        self.answers: list[object] = []
        self.polled: list[str] = []

    def authorize_url(self, **options: object) -> str:
        return f"https://allegro/?state={options['state']}"

    def start_device(self) -> DeviceCode:
        return CODE

    def poll_device(self, device_code: str) -> object:
        self.polled.append(device_code)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def oauth(monkeypatch, settings, tmp_path) -> Oauth:
    settings.SEALING_KEY_DIR = tmp_path / "sealing"
    make_key()
    found = Oauth()
    monkeypatch.setattr(connections, "oauth_client", lambda environment: found)
    monkeypatch.setattr(accounts, "identify", lambda **options: seller("77"))
    return found


def seller(id: str) -> Me:
    return Me(id=id, login=f"shop-{id}")


def link(id: str, **options: object) -> Account:
    return accounts.link_account(environment="custom", me=seller(id), pair=PAIR, received_at=now(), **options)


def interval(account: Account) -> int:
    return Due.objects.get(kind="allegro.account", resource_id=account.pk).interval_s


def state_in(address: str) -> str:
    return address.rpartition("state=")[2]


def test_signing_in_again_keeps_the_shortest_interval_of_the_instances(shop: Shop, oauth):
    account = link("77", interval_s=300)
    assert interval(account) == 300
    unit = Unit.objects.get(pk=shop.market.unit_id)
    for marketplace, interval_s in (("allegro-cz", 900), ("allegro-sk", 3600)):
        accounts.create_market(
            name=marketplace, account=account, unit=unit, marketplace=marketplace, interval_s=interval_s, settings={}
        )
    assert interval(account) == 900
    assert link("77", interval_s=300) == account
    assert interval(account) == 900


def test_a_round_that_was_opened_for_an_account_takes_no_other_seller(shop: Shop, oauth):
    account = link("77")
    before = Token.objects.get(account=account).version
    address = accounts.begin_consent(environment="custom", session="s", redirect_uri="r", account=account)
    consent = accounts.take_consent(state=state_in(address), session="s")
    assert consent.account == account
    with pytest.raises(NeedsUser) as caught:
        link("78", account=consent.account)
    assert (caught.value.code, Account.objects.filter(seller_id="78").count()) == ("wrong_seller", 0)
    assert Token.objects.get(account=account).version == before
    assert link("77", account=consent.account) == account


def test_a_round_for_a_new_account_takes_whoever_consents_once_and_in_its_session(shop: Shop, oauth):
    state = state_in(accounts.begin_consent(environment="custom", session="s", redirect_uri="r"))
    with pytest.raises(NeedsUser):
        accounts.take_consent(state=state, session="another")
    consent = accounts.take_consent(state=state, session="s")
    assert (consent.environment, consent.account, len(consent.verifier) >= 43) == ("custom", None, True)
    with pytest.raises(NeedsUser):
        accounts.take_consent(state=state, session="s")


def start(shop: Shop, **options: object) -> accounts.Device:
    return accounts.start_device(tenant_id=shop.tenant.pk, environment="custom", session="s", **options)


def finish(shop: Shop, device: accounts.Device, session: str = "s") -> Account | DevicePending:
    return accounts.finish_device(tenant_id=shop.tenant.pk, state=device.state, session=session)


def test_a_device_is_linked_once_the_person_has_decided(shop: Shop, oauth):
    device = start(shop)
    assert (device.user_code, device.verification_uri) == ("ABC123", "https://a/x?code=ABC123")
    assert CODE.device_code.encode() not in bytes(ConsentRequest.objects.get().code_verifier)
    oauth.answers = [DevicePending(slow_down=False), PAIR]
    assert finish(shop, device) == DevicePending(slow_down=False)
    account = finish(shop, device)
    assert (account.seller_id, oauth.polled) == ("77", [CODE.device_code] * 2)
    assert Token.objects.filter(account=account).exists()
    with pytest.raises(NeedsUser, match="consent_stale"):
        finish(shop, device)


def test_a_device_that_was_denied_or_is_asked_for_elsewhere_links_nothing(shop: Shop, oauth):
    device = start(shop)
    oauth.answers = [NeedsUser("device_denied")]
    with pytest.raises(NeedsUser, match="device_denied"):
        finish(shop, device)
    with pytest.raises(NeedsUser, match="consent_stale"):
        finish(shop, device, session="another")
    ConsentRequest.objects.update(expires_at=now() - dt.timedelta(seconds=1))
    with pytest.raises(NeedsUser, match="consent_stale"):
        finish(shop, device)
    assert Account.objects.filter(seller_id="77").count() == 0


def test_a_device_for_an_account_takes_no_other_seller(shop: Shop, oauth):
    device = start(shop, account=shop.market.account)
    oauth.answers = [PAIR]
    with pytest.raises(NeedsUser, match="wrong_seller"):
        finish(shop, device)


def test_a_device_of_one_company_is_unknown_to_the_other(neighbour: Shop, oauth):
    device = start(Shop())
    with pytest.raises(NeedsUser, match="consent_stale"):
        finish(neighbour, device)


def test_support_signs_an_account_in_again_from_the_command_line(shop: Shop, oauth, monkeypatch):
    account = link("77")
    Account.objects.filter(pk=account.pk).update(needs_reauth_since=now())
    waited: list[float] = []
    monkeypatch.setattr(allegro_sign_in.Command, "sleep", staticmethod(waited.append))
    oauth.answers = [DevicePending(slow_down=False), DevicePending(slow_down=True), PAIR]
    said = StringIO()
    call_command("allegro_sign_in", str(account.pk), stdout=said)
    assert said.getvalue().splitlines() == ["https://a/x?code=ABC123", "ABC123", "shop-77 is signed in"]
    assert waited == [5, 5, 10]
    account.refresh_from_db()
    assert account.needs_reauth_since is None


def test_the_command_says_that_the_person_declined(shop: Shop, oauth, monkeypatch):
    account = link("77")
    monkeypatch.setattr(allegro_sign_in.Command, "sleep", staticmethod(lambda seconds: None))
    oauth.answers = [NeedsUser("device_denied")]
    with pytest.raises(CommandError, match="device_denied"):
        call_command("allegro_sign_in", str(account.pk))
    with pytest.raises(CommandError, match="no such account"):
        call_command("allegro_sign_in", "00000000-0000-4000-8000-000000000000")
