"""Offers of an account: what Allegro shows, what they are linked to, what we want, and the commands under way."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from allegro_integration.models.accounts import Account
from connectify.sync.models import Change
from connectify.tenants.models import TenantForeignKey, TenantModel
from pohoda_bridge.server.models import StockCard

_PROBLEM = models.Q(state="error") | models.Q(state__in=("waiting", "sent"), code__gt="")


class Offer(TenantModel):
    """One offer of an account. `offer_id` is the only lasting name: external ids may repeat or be missing.

    `prices` {marketplace: {"amount", "currency"}} and `stock` are what Allegro said last; `confirmed_…` what it has
    confirmed to us; `wanted_…` the last plan with its `trace` {field: [{"code", "params"}]} and `skips`
    [{"field", "code", "params"}]. `needs_plan`: something that decides it has changed since.
    """

    class State(models.TextChoices):
        SENT = "sent", _("sent")
        WAITING = "waiting", _("waiting")
        ERROR = "error", _("error")
        SKIPPED = "skipped", _("skipped")
        SUPERSEDED = "superseded", _("superseded")

    account = TenantForeignKey(Account, on_delete=models.CASCADE, related_name="offers")
    offer_id = models.CharField(max_length=40)
    name = models.CharField(max_length=255, blank=True)
    external_id = models.CharField(max_length=100, blank=True)
    ean = models.CharField(max_length=20, blank=True)
    category = models.CharField(max_length=64, blank=True)
    image = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=20, blank=True)
    ended_by = models.CharField(max_length=30, blank=True)
    stock = models.PositiveIntegerField(null=True)
    base_marketplace = models.CharField(max_length=40, blank=True)
    prices = models.JSONField(default=dict)
    visibility = models.JSONField(default=dict)
    rules = models.JSONField(default=dict)
    campaigns = models.JSONField(default=list)
    shipping_rates = models.CharField(max_length=64, blank=True)
    is_fulfillment = models.BooleanField(default=False)
    fingerprint = models.BinaryField(max_length=16, default=b"")
    observed_at = models.DateTimeField(db_default=Now())
    listed_at = models.DateTimeField(null=True)
    # When we last saw fewer pieces than before, whoever took them.
    fell_at = models.DateTimeField(null=True)
    detail_read_at = models.DateTimeField(null=True)

    card = TenantForeignKey(StockCard, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    link_by = models.CharField(max_length=12, blank=True)
    link_code = models.CharField(max_length=60, blank=True)
    link_params = models.JSONField(default=dict)

    needs_plan = models.BooleanField(default=True)
    needs_reading = models.BooleanField(default=False)
    planned_at = models.DateTimeField(null=True)
    revision = models.BigIntegerField(default=0)
    wanted_quantity = models.PositiveIntegerField(null=True)
    wanted_prices = models.JSONField(default=dict)
    trace = models.JSONField(default=dict)
    skips = models.JSONField(default=list)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    code = models.CharField(max_length=60, blank=True)
    params = models.JSONField(default=dict)

    confirmed_quantity = models.PositiveIntegerField(null=True)
    confirmed_prices = models.JSONField(default=dict)
    ended_by_us = models.BooleanField(default=False)
    # The previous edition is still being worked on at Allegro: not before then.
    not_before = models.DateTimeField(null=True)
    refusals = models.PositiveSmallIntegerField(default=0)

    # The list begins with these: what Allegro refused, and what has a reason to wait or to lack a price.
    PROBLEM = _PROBLEM

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = (models.UniqueConstraint(fields=["tenant", "account", "offer_id"], name="one_row_per_offer"),)
        indexes = (
            models.Index(fields=["tenant", "account", "state", "offer_id"], name="offer_by_state"),
            models.Index(fields=["tenant", "card"], name="offer_by_card"),
            models.Index(fields=["tenant", "account"], name="offer_to_plan", condition=models.Q(needs_plan=True)),
            models.Index(fields=["tenant", "account"], name="offer_to_read", condition=models.Q(needs_reading=True)),
            models.Index(fields=["tenant", "state", "offer_id", "id"], name="offer_by_state_number"),
            # By the seller's own code, as partners' programs ask for an offer: without it each question reads them all.
            models.Index(fields=["tenant", "external_id"], name="offer_by_external_id"),
            models.Index(fields=["tenant", "offer_id", "id"], name="offer_with_problem", condition=_PROBLEM),
            models.Index(fields=["tenant", "offer_id", "id"], name="offer_without_problem", condition=~_PROBLEM),
            models.Index(
                fields=["tenant", "account", "state", "code", "offer_id"],
                include=["planned_at"],
                name="offer_by_cause",
                condition=models.Q(code__gt=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.offer_id} {self.name}"


class OfferCommand(TenantModel):
    """A batch command at Allegro: one value for many offers. Its `id` is the command id: repeating it is harmless."""

    class Kind(models.TextChoices):
        QUANTITY = "quantity", _("quantity")
        PRICE = "price", _("price")
        END = "end", _("end")

    class State(models.TextChoices):
        INTENT = "intent", _("being sent")
        ACCEPTED = "accepted", _("accepted by Allegro")
        UNKNOWN = "unknown", _("unknown")
        DONE = "done", _("done")
        LOST = "lost", _("never reached Allegro")

    account = TenantForeignKey(Account, on_delete=models.CASCADE, related_name="offer_commands")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    marketplace = models.CharField(max_length=40, blank=True)
    value = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.INTENT)
    epoch = models.BigIntegerField(default=0)
    offers = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    accepted_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    next_poll_at = models.DateTimeField(null=True)
    polls = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["tenant", "account", "state", "next_poll_at"], name="command_to_poll"),)


class CommandItem(TenantModel):
    """One change carried by a command, and what Allegro's report said of it."""

    command = TenantForeignKey(OfferCommand, on_delete=models.CASCADE, related_name="items")
    change = TenantForeignKey(Change, on_delete=models.PROTECT, related_name="+")
    offer = TenantForeignKey(Offer, on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=10, blank=True)
    code = models.CharField(max_length=120, blank=True)
    message = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "command", "change"], name="one_item_per_change"),)
        indexes = (models.Index(fields=["tenant", "change"], name="item_by_change"),)
