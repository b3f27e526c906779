"""Sealed bytes open in their own place only, under a key that is there."""

import uuid

import pytest

from connectify.sealing.keys import MissingKey, make_key
from connectify.sealing.models import DataKey
from connectify.sealing.vault import NotSealed, retire_data_key, rewrap, seal, unseal
from connectify.tenants.context import NoTenant, tenant_scope
from tests.factories import TenantFactory

ROW = uuid.UUID(int=1)
PLACE = {"table": "allegro_token", "column": "refresh", "row": ROW}
SECRET = b"refresh-token-of-the-seller"


@pytest.fixture
def tenant(db, key):
    return TenantFactory()


@pytest.fixture
def other_tenant(db, key):
    tenant = TenantFactory()
    with tenant_scope(tenant.pk):
        seal(SECRET, **PLACE)
    return tenant


@pytest.fixture
def inside(tenant, other_tenant):
    with tenant_scope(tenant.pk):
        yield tenant


def test_what_was_sealed_opens_in_its_place_and_does_not_show(inside):
    sealed = seal(SECRET, **PLACE)
    assert SECRET not in sealed
    assert unseal(sealed, **PLACE) == SECRET
    assert unseal(memoryview(sealed), **PLACE) == SECRET


def test_the_same_secret_sealed_twice_gives_different_bytes(inside):
    assert seal(SECRET, **PLACE) != seal(SECRET, **PLACE)


def test_an_empty_secret_can_be_sealed(inside):
    assert unseal(seal(b"", **PLACE), **PLACE) == b""


@pytest.mark.parametrize("change", [{"table": "pohoda_unit"}, {"column": "access"}, {"row": uuid.UUID(int=2)}])
def test_sealed_bytes_that_were_moved_do_not_open(inside, change):
    with pytest.raises(NotSealed):
        unseal(seal(SECRET, **PLACE), **{**PLACE, **change})


def test_two_secrets_that_were_swapped_do_not_open(inside):
    mine = seal(b"mine", **PLACE)
    theirs = seal(b"theirs", **{**PLACE, "row": uuid.UUID(int=2)})
    for sealed, place in ((theirs, PLACE), (mine, {**PLACE, "row": uuid.UUID(int=2)})):
        with pytest.raises(NotSealed):
            unseal(sealed, **place)


def test_sealed_bytes_of_another_tenant_do_not_open(tenant, other_tenant):
    with tenant_scope(other_tenant.pk):
        sealed = seal(SECRET, **PLACE)
    with tenant_scope(tenant.pk), pytest.raises(NotSealed):
        unseal(sealed, **PLACE)


def test_bytes_that_were_cut_at_any_length_do_not_open(inside):
    sealed = seal(SECRET, **PLACE)
    for length in range(len(sealed)):
        with pytest.raises(NotSealed):
            unseal(sealed[:length], **PLACE)
    with pytest.raises(NotSealed):
        unseal(sealed + b"\0", **PLACE)


def test_one_flipped_bit_anywhere_does_not_open(inside):
    sealed = seal(SECRET, **PLACE)
    for position in range(len(sealed)):
        flipped = bytearray(sealed)
        flipped[position] ^= 1
        with pytest.raises(NotSealed):
            unseal(bytes(flipped), **PLACE)


def test_plain_text_in_the_column_is_not_taken_for_a_secret(inside):
    with pytest.raises(NotSealed):
        unseal(b"a token that somebody stored as it was, in clear text", **PLACE)


def test_a_retired_data_key_still_opens_what_it_sealed_and_seals_nothing_more(inside):
    old = seal(SECRET, **PLACE)
    retire_data_key()
    new = seal(SECRET, **PLACE)
    assert old[3:19] != new[3:19]
    assert (unseal(old, **PLACE), unseal(new, **PLACE)) == (SECRET, SECRET)
    assert DataKey.objects.count() == 2


def test_secrets_sealed_under_an_old_key_open_after_a_new_one_became_active(inside):
    sealed = seal(SECRET, **PLACE)
    make_key()
    assert unseal(sealed, **PLACE) == SECRET


def test_rewrapping_moves_the_data_key_and_leaves_the_secrets_as_they_are(inside, key_dir, key):
    sealed = seal(SECRET, **PLACE)
    newest = make_key()
    assert rewrap(DataKey.objects.get())
    assert not rewrap(DataKey.objects.get())
    assert DataKey.objects.get().kek == newest
    (key_dir / f"{key}.key").unlink()
    assert unseal(sealed, **PLACE) == SECRET


def test_a_missing_key_costs_only_what_was_sealed_under_it(tenant, other_tenant, key_dir, key):
    with tenant_scope(tenant.pk):
        sealed = seal(SECRET, **PLACE)
    make_key()
    with tenant_scope(other_tenant.pk):
        rewrap(DataKey.objects.get())
        theirs = seal(SECRET, **PLACE)
    (key_dir / f"{key}.key").unlink()
    with tenant_scope(tenant.pk), pytest.raises(MissingKey, match=key):
        unseal(sealed, **PLACE)
    with tenant_scope(other_tenant.pk):
        assert unseal(theirs, **PLACE) == SECRET


def test_nothing_can_be_sealed_without_any_key(db, key_dir):
    tenant = TenantFactory()
    with tenant_scope(tenant.pk), pytest.raises(MissingKey, match="make_keys"):
        seal(SECRET, **PLACE)


def test_a_wrapped_data_key_moved_to_another_row_does_not_open(inside):
    sealed = seal(SECRET, **PLACE)
    wrapped = bytes(DataKey.objects.get().wrapped)
    retire_data_key()
    seal(SECRET, **PLACE)
    DataKey.objects.filter(retired_at__isnull=True).update(wrapped=wrapped)
    with pytest.raises(NotSealed):
        seal(SECRET, **PLACE)
    assert unseal(sealed, **PLACE) == SECRET


def test_sealing_needs_a_tenant(db, key):
    with pytest.raises(NoTenant):
        seal(SECRET, **PLACE)
