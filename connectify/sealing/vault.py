"""Sealing secrets: AES-256-GCM under a data key of the tenant, which is wrapped by a key outside the database (K1).

Sealed bytes: `CF1` + data key id (16 bytes) + nonce (12 bytes, random) + ciphertext with tag. The place (tenant, table,
column, row) is authenticated: sealed bytes that were moved, cut or changed do not open.
"""

from __future__ import annotations

import secrets
import uuid
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from connectify.sealing.keys import MissingKey, active_key_id, read_key
from connectify.sealing.models import DataKey
from connectify.tenants.context import require_tenant_id

__all__ = ["MissingKey", "NotSealed", "retire_data_key", "rewrap", "seal", "unseal"]

_MAGIC: Final = b"CF1"
_NONCE: Final = 12
_HEADER: Final = len(_MAGIC) + 16 + _NONCE
_TAG: Final = 16


class NotSealed(ValueError):
    """These bytes were not sealed here, for this place, or they were changed since."""


def seal(plaintext: bytes, *, table: str, column: str, row: uuid.UUID) -> bytes:
    """Seals for one place of the tenant in force. Makes the tenant's data key when it has none. Raises MissingKey."""
    data_key = _active_data_key()
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(_unwrap(data_key)).encrypt(nonce, plaintext, _place(table, column, row))
    return _MAGIC + data_key.pk.bytes + nonce + sealed


def unseal(sealed: bytes, *, table: str, column: str, row: uuid.UUID) -> bytes:
    """Opens what `seal` made for the same place. Raises NotSealed, or MissingKey when its key is gone."""
    sealed = bytes(sealed)
    if len(sealed) < _HEADER + _TAG or not sealed.startswith(_MAGIC):
        raise NotSealed("not in the form of sealed bytes")
    key_id = uuid.UUID(bytes=sealed[len(_MAGIC) : len(_MAGIC) + 16])
    data_key = DataKey.objects.filter(pk=key_id).first()
    if data_key is None:
        raise NotSealed("sealed under a key that is not this tenant's")
    nonce = sealed[_HEADER - _NONCE : _HEADER]
    try:
        return AESGCM(_unwrap(data_key)).decrypt(nonce, sealed[_HEADER:], _place(table, column, row))
    except InvalidTag as error:
        raise NotSealed("changed, or sealed for another place") from error


def retire_data_key() -> None:
    """What is sealed from now on gets a new data key. The old one goes on opening what it sealed."""
    DataKey.objects.filter(retired_at__isnull=True).update(retired_at=Now())


def rewrap(data_key: DataKey) -> bool:
    """Wraps a data key under the active key; the secrets it sealed stay as they are. False: it was already."""
    active = active_key_id()
    if data_key.kek == active:
        return False
    key = _unwrap(data_key)
    data_key.kek, data_key.wrapped = active, _wrap(key, data_key.pk, active)
    data_key.save(update_fields=["kek", "wrapped"])
    return True


def _active_data_key() -> DataKey:
    found = DataKey.objects.filter(retired_at__isnull=True).first()
    if found is not None:
        return found
    made = DataKey(kek=active_key_id())
    made.wrapped = _wrap(secrets.token_bytes(32), made.pk, made.kek)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:  # another one made it first
        return DataKey.objects.get(retired_at__isnull=True)
    return made


def _wrap(key: bytes, data_key_id: uuid.UUID, kek: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(read_key(kek)).encrypt(nonce, key, _wrapping(data_key_id, kek))


def _unwrap(data_key: DataKey) -> bytes:
    wrapped = bytes(data_key.wrapped)
    place = _wrapping(data_key.pk, data_key.kek)
    try:
        return AESGCM(read_key(data_key.kek)).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], place)
    except InvalidTag as error:
        raise NotSealed(f"key {data_key.kek} does not open this data key") from error


def _wrapping(data_key_id: uuid.UUID, kek: str) -> bytes:
    return f"{require_tenant_id()}|sealing_datakey|wrapped|{data_key_id}|{kek}".encode()


def _place(table: str, column: str, row: uuid.UUID) -> bytes:
    if "|" in table or "|" in column:
        raise ValueError("a place's name holds no |")
    return f"{require_tenant_id()}|{table}|{column}|{row}".encode()
