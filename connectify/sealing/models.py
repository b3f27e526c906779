"""Data keys: one per tenant and generation, wrapped by a key-encryption key that never enters the database."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from connectify.tenants.models import TenantModel


class DataKey(TenantModel):
    """A 256-bit key, wrapped. `kek` names the key-encryption key that wraps it."""

    kek = models.CharField(max_length=40)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["tenant"], condition=models.Q(retired_at__isnull=True), name="one_active_data_key"
            ),
        )
