"""Puts the signed-in person's tenant in force for the request, inside one transaction.

Order matters: sessions and users are global and were read before; everything after this runs with row security on. A
person of several tenants has a chosen one in the session. Staff without a membership have none until they enter one
(audited).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from connectify.tenants.context import tenant_scope
from connectify.tenants.selectors import MembershipFact, memberships_of
from connectify.tenants.staff import entered

SESSION_KEY = "tenant"


class TenantMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership = None  # type: ignore[attr-defined]
        request.memberships = []  # type: ignore[attr-defined]
        request.is_support_visit = False  # type: ignore[attr-defined]
        if not request.user.is_authenticated:
            return self.get_response(request)
        with transaction.atomic():
            memberships = memberships_of(request.user.pk)
        visit = entered(request)
        chosen = visit or _chosen(memberships, request.session.get(SESSION_KEY, ""))
        request.memberships = memberships  # type: ignore[attr-defined]
        request.is_support_visit = visit is not None  # type: ignore[attr-defined]
        request.membership = chosen  # type: ignore[attr-defined]
        if chosen is None:
            return self.get_response(request)
        with tenant_scope(chosen.tenant_id):
            response = self.get_response(request)
            if hasattr(response, "render") and callable(response.render):
                response = response.render()
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response


def _chosen(memberships: list[MembershipFact], wanted: str) -> MembershipFact | None:
    for membership in memberships:
        if str(membership.tenant_id) == wanted:
            return membership
    return memberships[0] if memberships else None


def choose_tenant(request: HttpRequest, tenant_id: uuid.UUID) -> None:
    """Remembers the person's choice; it is checked against their memberships at each request."""
    request.session[SESSION_KEY] = str(tenant_id)
