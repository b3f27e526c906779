"""make_keys and rekey, as an operator runs them."""

import base64
import io
import stat
import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from connectify.sealing import rekeying
from connectify.sealing.keys import active_key_id, key_ids, make_key, read_key
from connectify.sealing.models import DataKey
from connectify.sealing.vault import seal, unseal
from connectify.tenants.context import tenant_scope
from tests.factories import TenantFactory

PLACE = {"table": "allegro_token", "column": "refresh", "row": uuid.UUID(int=1)}


def run(name, *args):
    out = io.StringIO()
    call_command(name, *args, stdout=out, stderr=out)
    return out.getvalue().strip()


@pytest.fixture
def sealed(db, key):
    """Five tenants with a secret each."""
    secrets = {}
    for _ in range(5):
        tenant = TenantFactory()
        with tenant_scope(tenant.pk):
            secrets[tenant.pk] = seal(b"secret", **PLACE)
    return secrets


def all_open(sealed):
    for tenant_id, secret in sealed.items():
        with tenant_scope(tenant_id):
            assert unseal(secret, **PLACE) == b"secret"


def test_make_keys_makes_what_is_missing_once_and_for_its_owner_only(key_dir, settings):
    run("make_keys")
    files = [key_dir / "0001.key", key_dir.parent / "jobs.key", key_dir.parent / "jobs.pub"]
    before = [file.read_bytes() for file in files]
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600, 0o644]
    assert run("make_keys") == ""
    assert [file.read_bytes() for file in files] == before


def test_the_two_halves_of_the_signing_key_belong_together(key_dir):
    run("make_keys")
    private, public = (base64.b64decode((key_dir.parent / name).read_bytes()) for name in ("jobs.key", "jobs.pub"))
    assert Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw() == public


def test_make_keys_refuses_halves_that_do_not_belong_together(key_dir):
    run("make_keys")
    (key_dir.parent / "jobs.key").unlink()
    with pytest.raises(CommandError, match="private half is not at"):
        run("make_keys")


def test_a_further_sealing_key_becomes_the_active_one(key_dir):
    run("make_keys")
    assert "0002" in run("make_keys", "--new-sealing-key")
    assert (key_ids(), active_key_id()) == (["0001", "0002"], "0002")
    assert read_key("0001") != read_key("0002")


def test_the_order_of_keys_survives_the_ninth(key_dir):
    assert [make_key() for _ in range(12)][-1] == active_key_id() == "0012"


def test_rekey_moves_all_tenants_and_the_old_key_can_go(sealed, key_dir, key):
    make_key()
    assert run("rekey", "--dry-run") == "5 data keys, 5 left to move"
    with pytest.raises(CommandError):
        run("rekey", "--check")
    assert run("rekey") == "5 data keys, 5 moved, 0 left"
    assert run("rekey", "--check") == "5 data keys, 0 left to move"
    (key_dir / f"{key}.key").unlink()
    all_open(sealed)


def test_a_rekey_that_dies_midway_goes_on_where_it_stopped(sealed, key_dir, key, monkeypatch):
    make_key()
    moves = iter([True, True])

    def dies_at_the_third(data_key, rewrap=rekeying.rewrap):
        if not next(moves, False):
            raise KeyboardInterrupt
        return rewrap(data_key)

    with monkeypatch.context() as patch:
        patch.setattr(rekeying, "rewrap", dies_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            run("rekey")
    assert run("rekey", "--dry-run") == "5 data keys, 3 left to move"
    all_open(sealed)
    assert run("rekey") == "5 data keys, 3 moved, 0 left"
    (key_dir / f"{key}.key").unlink()
    all_open(sealed)


def test_rekey_names_what_it_cannot_open_and_moves_the_rest(sealed, key_dir, key):
    lost = next(iter(sealed))
    with tenant_scope(lost):
        DataKey.objects.update(kek="9999")
    newest = make_key()
    (key_dir / f"{newest}.key").rename(key_dir / "99990.key")
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 data keys cannot be opened"):
        call_command("rekey", stdout=out, stderr=out)
    assert "5 data keys, 4 moved, 1 left" in out.getvalue()
    del sealed[lost]
    all_open(sealed)


def test_a_check_of_no_keys_at_all_fails(db, key):
    with pytest.raises(CommandError, match="no data keys"):
        run("rekey", "--check")


def test_a_missing_directory_of_keys_says_what_to_do(db, key_dir):
    with pytest.raises(CommandError, match="make_keys"):
        run("rekey")
