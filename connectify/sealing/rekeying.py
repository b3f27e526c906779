"""Moving every tenant's data keys under the active key-encryption key. Stops anywhere, goes on where it stopped."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.db import connection, transaction

from connectify.sealing.keys import MissingKey, active_key_id
from connectify.sealing.models import DataKey
from connectify.sealing.vault import NotSealed, rewrap
from connectify.tenants.context import tenant_scope


@dataclass
class Standing:
    """`left`: data keys under another key than the active one. `lost`: those that no key at hand opens."""

    total: int = 0
    moved: int = 0
    left: int = 0
    lost: list[tuple[uuid.UUID, str]] = field(default_factory=list)


def _data_keys() -> list[tuple[uuid.UUID, uuid.UUID, str]]:
    """(tenant, data key, key-encryption key) of all tenants."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, data_key_id, kek FROM connectify_data_keys()")
        return [(tenant_id, data_key_id, kek) for tenant_id, data_key_id, kek in cursor.fetchall()]


def count() -> Standing:
    """What a run would have to move. Raises MissingKey when there is no active key."""
    active = active_key_id()
    keks = [kek for _, _, kek in _data_keys()]
    return Standing(total=len(keks), left=sum(kek != active for kek in keks))


def rekey() -> Standing:
    """One data key per transaction. A key that is missing costs only what it wraps."""
    standing = count()
    active = active_key_id()
    for tenant_id, data_key_id, kek in _data_keys():
        if kek == active:
            continue
        try:
            with tenant_scope(tenant_id):
                if rewrap(DataKey.objects.select_for_update().get(pk=data_key_id)):
                    standing.moved += 1
            standing.left -= 1
        except (MissingKey, NotSealed) as error:
            standing.lost.append((data_key_id, str(error)))
    return standing
