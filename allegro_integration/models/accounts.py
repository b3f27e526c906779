"""Accounts with their tokens, and the market of an instance."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from connectify.instances.models import Connection, Instance
from connectify.tenants.models import TenantForeignKey, TenantModel, TenantOneToOneField
from pohoda_bridge.server.models import Unit


class Account(TenantModel):
    """One Allegro seller account. (environment, seller_id) is claimed once on the whole platform."""

    connection = TenantOneToOneField(Connection, on_delete=models.PROTECT, related_name="account")
    environment = models.CharField(max_length=20)
    seller_id = models.CharField(max_length=40)
    login = models.CharField(max_length=100)
    base_marketplace = models.CharField(max_length=40)
    journal_cursor = models.CharField(max_length=100, blank=True)
    journal_read_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField(null=True)
    # Up to where a sweep has come that takes more than one cycle.
    sweep_from = models.DateTimeField(null=True)
    needs_reauth_since = models.DateTimeField(null=True)
    # The list of offers: the journal's cursor, the last whole listing, and how far the one under way has come.
    offers_cursor = models.CharField(max_length=100, blank=True)
    offers_listed_at = models.DateTimeField(null=True)
    offers_listing_at = models.DateTimeField(null=True)
    offers_offset = models.PositiveIntegerField(default=0)
    # Revisions of offers count per account (DESIGN §1): taken when a plan is stored.
    offers_revision = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("Allegro account")
        verbose_name_plural = _("Allegro accounts")
        constraints = (models.UniqueConstraint(fields=["tenant", "environment", "seller_id"], name="one_account_row"),)

    @property
    def ext_system(self) -> str:
        """exSystemName of this account's orders (DESIGN §4.8)."""
        return f"allegro:{self.environment}:{self.seller_id}"

    def __str__(self) -> str:
        return self.login


class Token(TenantModel):
    """An account's token pair, sealed. Refreshed by the vault protocol (RELIABILITY 2.3.3)."""

    account = TenantOneToOneField(Account, on_delete=models.CASCADE, related_name="token")
    version = models.BigIntegerField(default=1)
    access = models.BinaryField()
    refresh = models.BinaryField()
    expires_at = models.DateTimeField()
    scope = models.TextField(blank=True)
    previous_access = models.BinaryField(null=True)
    previous_refresh = models.BinaryField(null=True)
    previous_until = models.DateTimeField(null=True)
    intent_at = models.DateTimeField(null=True)
    intent_attempt = models.PositiveIntegerField(default=0)
    intent_fingerprint = models.CharField(max_length=64, blank=True)
    updated_at = models.DateTimeField(db_default=Now())


class TokenLock(TenantModel):
    """The row that excludes a second refresher of an account; apart from the pair, whose storing must not wait."""

    account = TenantOneToOneField(Account, on_delete=models.CASCADE, related_name="token_lock")


class ConsentRequest(TenantModel):
    """An OAuth round under way: `state` is bound to a session and used once. `account`: only its seller may answer."""

    account = TenantForeignKey(Account, on_delete=models.CASCADE, related_name="+", null=True)
    state_sha256 = models.CharField(max_length=64, unique=True)
    code_verifier = models.BinaryField()
    environment = models.CharField(max_length=20)
    session_sha256 = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Market(TenantModel):
    """What makes an Instance an Allegro one: its account, marketplace and role."""

    class Role(models.TextChoices):
        PRIMARY = "primary", _("primary")
        SECONDARY = "secondary", _("secondary")

    class Assortment(models.TextChoices):
        SHARED = "shared", _("shared offers")
        SEPARATE = "separate", _("separate offers")

    instance = TenantOneToOneField(Instance, on_delete=models.PROTECT, related_name="market")
    account = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="markets")
    unit = TenantForeignKey(Unit, on_delete=models.PROTECT, related_name="markets")
    marketplace = models.CharField(max_length=40)
    role = models.CharField(max_length=10, choices=Role.choices)
    assortment = models.CharField(max_length=10, choices=Assortment.choices, default=Assortment.SHARED)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "account", "marketplace"],
                condition=models.Q(active=True),
                name="one_active_instance_per_market",
            ),
        )
