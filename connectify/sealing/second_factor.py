"""Secrets of the second factor, sealed with the platform's own key: users belong to no tenant, so no data key does it.

Stored: `CFM1:<key id>:<base64 of nonce and ciphertext>`, AES-256-GCM, the key id authenticated. The key is derived from
the key-encryption key, so that one key never seals two kinds of things.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Any, Final

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import transaction

from connectify.sealing.keys import MissingKey, active_key_id, read_key
from connectify.sealing.vault import NotSealed

_MARK: Final = "CFM1"
_NONCE: Final = 12


class SealedMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        """Raises MissingKey."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises NotSealed, or MissingKey when its key is gone."""
        return unseal(encrypted_text)


def seal(text: str) -> str:
    key_id = active_key_id()
    nonce = secrets.token_bytes(_NONCE)
    sealed = nonce + _cipher(key_id).encrypt(nonce, text.encode(), _place(key_id))
    return f"{_MARK}:{key_id}:{base64.b64encode(sealed).decode()}"


def unseal(stored: str) -> str:
    mark, _, rest = stored.partition(":")
    key_id, _, text = rest.partition(":")
    if mark != _MARK:
        raise NotSealed("not in the form of a sealed secret")
    cipher = _cipher(key_id)
    try:
        sealed = base64.b64decode(text, validate=True)
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _place(key_id)).decode()
    except (binascii.Error, InvalidTag, ValueError) as error:
        raise NotSealed("changed, or sealed with another key") from error


def sealed_elsewhere() -> list[int]:
    """Authenticators that hold a secret under another key than the active one."""
    active = f"{_MARK}:{active_key_id()}:"
    rows = Authenticator.objects.order_by("pk").iterator()
    return [row.pk for row in rows if any(not value.startswith(active) for value in _sealed_in(row.data).values())]


def reseal() -> tuple[int, list[tuple[int, str]]]:
    """Seals every secret under the active key. → (rows moved, (id, reason) of those that no key at hand opens)."""
    moved, unopened = 0, []
    for authenticator_id in sealed_elsewhere():
        try:
            with transaction.atomic():
                row = Authenticator.objects.select_for_update().get(pk=authenticator_id)
                row.data = {**row.data, **{name: seal(unseal(value)) for name, value in _sealed_in(row.data).items()}}
                row.save(update_fields=["data"])
            moved += 1
        except (MissingKey, NotSealed) as error:
            unopened.append((authenticator_id, str(error)))
    return moved, unopened


def _sealed_in(data: dict[str, Any]) -> dict[str, str]:
    """`secret` of an app, `seed` of recovery codes."""
    return {name: data[name] for name in ("secret", "seed") if name in data}


def _cipher(key_id: str) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt=None, info=b"connectify second factor").derive(read_key(key_id))
    return AESGCM(derived)


def _place(key_id: str) -> bytes:
    return f"{_MARK}|{key_id}".encode()
