"""Signing in and out, the second factor, the password, the language."""

import re
from types import SimpleNamespace

import pytest
from allauth.mfa.totp.internal import auth
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from connectify.sealing.keys import make_key
from connectify.users.models import User
from tests.dashboard import shop

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def sealing_key(settings, tmp_path):
    settings.SEALING_KEY_DIR = tmp_path / "sealing"
    make_key()


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()
    yield
    cache.clear()


# In the middle of a code's half a minute.
NOW = 1_800_000_015


@pytest.fixture(autouse=True)
def fixed_time(monkeypatch):
    """No code runs out between the test and the page."""
    monkeypatch.setattr(auth, "time", SimpleNamespace(time=lambda: NOW))


@pytest.fixture
def guest(db) -> Client:
    return Client(headers={"accept-language": "cs"})


def code_for(secret: str, step: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, NOW // 30 + step))


def sign_in(client: Client, email: str, password: str = shop.PASSWORD, **more):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def switch_on_app(client: Client) -> str:
    """Returns the secret."""
    client.post("/accounts/reauthenticate/", {"password": shop.PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'id="secret"[^>]*value="([A-Z2-7]+)"', page)[1]
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret, -1)})
    assert answer.status_code == 302
    return secret


def test_the_page_is_czech_and_offers_no_registration(guest):
    page = guest.get(LOGIN).content.decode()
    assert "<h1>Přihlásit se</h1>" in page
    assert "signup" not in page
    assert 'href="/accounts/password/reset/"' in page
    assert 'autocomplete="current-password"' in page


def test_a_person_signs_in_and_lands_where_they_wanted(toys, guest):
    answer = sign_in(guest, toys.owner.email, next="/orders/")
    assert (answer.status_code, answer["Location"]) == (302, "/orders/")
    assert guest.get("/orders/").status_code == 200


def test_nobody_is_sent_to_a_foreign_address(toys, guest):
    assert sign_in(guest, toys.owner.email, next="https://evil.example/")["Location"] == "/"


def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(toys, guest):
    answers = [sign_in(guest, email, "wrong-password-123") for email in (toys.owner.email, "nikdo@example.cz")]
    texts = [re.search(r'<div class="errors".*?</div>', answer.content.decode(), re.DOTALL)[0] for answer in answers]
    assert texts[0] == texts[1]
    assert answers[0].status_code == 200


def test_signing_out_needs_a_post(owner):
    assert "Synchronizace poběží i bez vás." in owner.get("/accounts/logout/").content.decode()
    assert owner.get("/").status_code == 200
    owner.post("/accounts/logout/")
    assert owner.get("/").status_code == 302


def test_with_the_app_a_password_is_not_enough(toys, guest):
    sign_in(guest, toys.owner.email)
    secret = switch_on_app(guest)
    other = Client(headers={"accept-language": "cs"})
    assert sign_in(other, toys.owner.email)["Location"] == "/accounts/2fa/authenticate/"
    assert other.get("/orders/").status_code == 302
    assert "Kód z aplikace" in other.get("/accounts/2fa/authenticate/").content.decode()
    assert other.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert other.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})["Location"] == "/"
    assert other.get("/orders/").status_code == 200


def test_a_recovery_code_works_once(toys, guest):
    sign_in(guest, toys.owner.email)
    switch_on_app(guest)
    page = guest.get("/accounts/2fa/recovery-codes/").content.decode()
    codes = re.findall(r"<li>(\d{8})</li>", page)
    assert len(codes) == 10
    for expected in (302, 200):
        other = Client()
        sign_in(other, toys.owner.email)
        assert other.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == expected
    assert "zbývá 9 nepoužitých kódů" in guest.get("/accounts/2fa/").content.decode()


def test_new_codes_and_switching_off_are_in_our_look(toys, guest):
    sign_in(guest, toys.owner.email)
    switch_on_app(guest)
    assert "Dosavadní kódy přestanou platit." in guest.get("/accounts/2fa/recovery-codes/generate/").content.decode()
    assert "Vypnout ověřovací aplikaci" in guest.get("/accounts/2fa/totp/deactivate/").content.decode()
    assert guest.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert "vypnuto" in guest.get("/accounts/2fa/").content.decode()


def test_what_protects_the_account_asks_for_the_password_again(toys, owner):
    answer = owner.get("/accounts/2fa/totp/activate/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    page = owner.get(answer["Location"]).content.decode()
    assert "Potvrďte, že jste to vy" in page
    assert "reset" not in page


def test_the_password_is_changed_and_short_ones_are_refused(toys, owner):
    change = {"oldpassword": shop.PASSWORD, "password1": "kratke", "password2": "kratke"}
    assert "12" in owner.post("/accounts/password/change/", change).content.decode()
    change |= {"password1": "novy-dlouhy-klic-7", "password2": "novy-dlouhy-klic-7"}
    assert owner.post("/accounts/password/change/", change).status_code == 302
    assert User.objects.get(pk=toys.owner.pk).check_password("novy-dlouhy-klic-7")


def test_a_closed_account_does_not_get_in(toys, guest):
    toys.owner.is_active = False
    toys.owner.save()
    assert sign_in(guest, toys.owner.email).status_code in (200, 302)
    assert guest.get("/orders/").status_code == 302


def test_the_language_is_switched_and_remembered(toys, owner):
    assert "<h1>Přehled</h1>" in owner.get("/").content.decode()
    answer = owner.post("/language/", {"language": "en", "next": "/orders/?state=error"})
    assert answer["Location"] == "/orders/?state=error"
    assert '<html lang="en">' in owner.get("/").content.decode()
    toys.owner.refresh_from_db()
    assert toys.owner.language == "en"


def test_a_guest_switches_the_language_too(guest):
    guest.post("/language/", {"language": "en", "next": LOGIN})
    assert "<h1>Sign in</h1>" in guest.get(LOGIN).content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_language_switch_sends_nobody_away(guest, target):
    assert guest.post("/language/", {"language": "en", "next": target})["Location"] == "/"


def test_a_language_that_is_not_offered_does_not_exist(guest):
    assert guest.post("/language/", {"language": "xx"}).status_code == 404


def test_a_form_without_its_token_says_what_to_do(toys):
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "cs"})
    answer = sign_in(strict, toys.owner.email)
    assert answer.status_code == 403
    assert "Stránka byla otevřená příliš dlouho" in answer.content.decode()


def test_a_missing_page_and_our_own_error_are_in_our_look(owner, monkeypatch):
    assert "Tato stránka neexistuje" in owner.get("/nowhere/").content.decode()
    monkeypatch.setattr("connectify.dashboard.views.home_rows", lambda: 1 / 0)
    owner.raise_request_exception = False
    answer = owner.get("/")
    assert answer.status_code == 500
    assert "Na naší straně se něco nepovedlo" in answer.content.decode()


def test_a_password_too_short_is_refused_in_the_readers_language_and_a_good_one_leads_back(toys, owner):
    def change(new: str):
        passwords = {"oldpassword": shop.PASSWORD, "password1": new, "password2": new}
        return owner.post("/accounts/password/change/", passwords)

    refused = change("q7-lampa").content.decode()
    assert refused.count("Heslo musí mít aspoň 12 znaků.") == 2  # the help and the error
    assert "This password" not in refused
    assert change("zelena-lampa-na-stole")["Location"] == "/accounts/2fa/"
