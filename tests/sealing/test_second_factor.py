"""Secrets of the second factor: sealed in the database, readable under older keys, moved when a new key comes."""

import io

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.management import CommandError, call_command

from connectify.clock import now
from connectify.sealing.keys import make_key
from connectify.sealing.second_factor import seal, sealed_elsewhere, unseal
from connectify.sealing.vault import MissingKey, NotSealed
from connectify.sealing.vault import seal as seal_for_tenant
from connectify.tenants.context import tenant_scope
from connectify.users.models import User
from tests.factories import TenantFactory

SECRET = "JBSWY3DPEHPK3PXP"


def rekey(*options: str) -> str:
    said = io.StringIO()
    call_command("rekey", *options, stdout=said, stderr=said)
    return said.getvalue()


@pytest.fixture
def person(db, key) -> User:
    return User.objects.create_user("petra@example.cz", "a long enough password")


@pytest.fixture
def tenant_secret(db, key) -> None:
    tenant = TenantFactory()
    with tenant_scope(tenant.pk):
        seal_for_tenant(b"x", table="t", column="c", row=tenant.pk)


def stored(type: str) -> dict[str, object]:
    return Authenticator.objects.get(type=type).data


def test_neither_seed_is_in_the_database_in_clear_and_both_work(person):
    app = TOTP.activate(person, SECRET)
    codes = RecoveryCodes.activate(person)

    assert SECRET not in str(stored("totp"))
    assert stored("totp")["secret"].startswith("CFM1:0001:")
    assert stored("recovery_codes")["seed"].startswith("CFM1:0001:")
    assert app.validate_code(format_hotp_value(hotp_value(SECRET, int(now().timestamp()) // 30)))
    first = codes.get_unused_codes()[0]
    assert RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).validate_code(first)


def test_the_same_secret_is_never_sealed_into_the_same_text(key):
    assert seal(SECRET) != seal(SECRET)
    assert {unseal(seal(SECRET)), unseal(seal(""))} == {SECRET, ""}


def test_what_an_older_key_sealed_stays_readable(key):
    sealed = seal(SECRET)
    assert make_key() == "0002"
    assert unseal(sealed) == SECRET
    assert seal(SECRET).startswith("CFM1:0002:")


@pytest.mark.parametrize("change", [lambda text: text[:-8] + "AAAAAAA=", lambda text: text.replace("0001", "0002"),
                                    lambda text: text[:10], lambda text: SECRET])  # fmt: skip
def test_what_was_changed_or_never_sealed_does_not_open(key, change):
    sealed = seal(SECRET)
    make_key()
    with pytest.raises(NotSealed):
        unseal(change(sealed))


def test_a_key_that_is_gone_is_named(key, key_dir):
    sealed = seal(SECRET)
    (key_dir / "0001.key").unlink()
    with pytest.raises(MissingKey, match="0001"):
        unseal(sealed)


def test_rekeying_moves_second_factors_too(person, tenant_secret, key_dir):
    app = TOTP.activate(person, SECRET)
    make_key()
    with pytest.raises(CommandError, match="not all is under the newest key"):
        rekey("--check")
    assert "1 second factors moved" in rekey()
    assert sealed_elsewhere() == []
    rekey("--check")
    (key_dir / "0001.key").unlink()
    app.instance.refresh_from_db()
    assert unseal(app.instance.data["secret"]) == SECRET


def test_a_second_factor_whose_key_is_lost_is_named_and_stays(person, tenant_secret, key_dir):
    TOTP.activate(person, SECRET)
    before = stored("totp")
    make_key()
    Authenticator.objects.update(data={**before, "secret": before["secret"].replace("0001", "0009")})
    with pytest.raises(CommandError, match="1 second factors cannot be opened"):
        rekey()
    assert "0009" in stored("totp")["secret"]
