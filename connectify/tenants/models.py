"""Tenants, their members, and what every tenant table has in common."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from connectify.clock import new_id
from connectify.tenants.context import require_tenant_id
from connectify.tenants.managers import TenantManager


class Tenant(models.Model):
    """The company that pays. Its own row is visible only while it is in force."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)
    # Members without one get no further than to the page where they switch it on.
    requires_second_factor = models.BooleanField(_("second factor for everybody"), default=False, db_default=False)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return self.name


class TenantForeignKey(models.ForeignKey):
    """A reference between rows of one tenant. The database checks (tenant, id) together; see ProtectTenantTable."""

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class TenantOneToOneField(models.OneToOneField):
    """As TenantForeignKey, one to one."""

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class TenantModel(models.Model):
    """Base of all tenant tables. `objects` is bound to the tenant in force; `of(tenant)` says the same in words."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", editable=False)

    objects: ClassVar[TenantManager[Self]] = TenantManager()  # type: ignore[assignment]

    class Meta:
        abstract = True
        base_manager_name = "objects"

    @classmethod
    def of(cls, tenant_id: uuid.UUID) -> models.QuerySet[Self]:
        """The rows of `tenant_id`, which must be the tenant in force."""
        if tenant_id != require_tenant_id():
            raise PermissionError("another tenant is in force")
        return cls.objects.all()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.tenant_id is None:
            self.tenant_id = require_tenant_id()
        super().save(*args, **kwargs)


class Role(models.TextChoices):
    OWNER = "owner", _("owner")
    ADMIN = "admin", _("administrator")
    OPERATOR = "operator", _("operator")
    ACCOUNTANT = "accountant", _("accountant")
    VIEWER = "viewer", _("viewer")


class Membership(TenantModel):
    """A user's role in a tenant."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=12, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_per_user"),)


class Invitation(TenantModel):
    """A person asked to join by e-mail. The link carries a random token; only its hash is kept. One use, 7 days."""

    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    language = models.CharField(max_length=5, default="cs")
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
