"""Puts the signed-in person's tenant in force for the request, inside one transaction.

Order matters: sessions and users are global and were read before; everything after this runs with row security on. A
person of several tenants has a chosen one in the session. Staff without a membership have none until they enter one
(audited); in the administration that holds for staff who are members as well: their own company is no visit, and from
there they enter others.

A view that calls somebody outside must not do so with a transaction open (RELIABILITY 2.3.3): `@opens_own_scope` leaves
it without one. Such a view knows the person's memberships as any other, enters `tenant_scope` itself for each step that
reads or writes rows, and answers with a redirect: a page's frame may read rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve

from connectify.tenants.context import tenant_scope
from connectify.tenants.selectors import MembershipFact, memberships_of
from connectify.tenants.staff import entered

SESSION_KEY = "tenant"
ADMINISTRATION = "admin"  # the namespace of its addresses
View = TypeVar("View", bound=Callable[..., Any])


def opens_own_scope(view: View) -> View:
    """Declares that the view enters tenants by itself, in transactions as short as it needs. Stands outermost."""
    view.opens_own_scope = True  # type: ignore[attr-defined]
    return view


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
        chosen = visit
        if visit is None and not _is_administering(request):
            chosen = _chosen(memberships, request.session.get(SESSION_KEY, ""))
        request.memberships = memberships  # type: ignore[attr-defined]
        request.is_support_visit = visit is not None  # type: ignore[attr-defined]
        request.membership = chosen  # type: ignore[attr-defined]
        if chosen is None or _opens_own_scope(request):
            return self.get_response(request)
        with tenant_scope(chosen.tenant_id):
            response = self.get_response(request)
            if hasattr(response, "render") and callable(response.render):
                response = response.render()
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response


def _opens_own_scope(request: HttpRequest) -> bool:
    match = _match(request)
    return match is not None and getattr(match.func, "opens_own_scope", False)


def _is_administering(request: HttpRequest) -> bool:
    """For anybody else these addresses are as unknown as any, and answered with the same page."""
    match = _match(request) if getattr(request.user, "is_staff", False) else None
    return match is not None and ADMINISTRATION in match.namespaces


def _match(request: HttpRequest) -> ResolverMatch | None:
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None


def _chosen(memberships: list[MembershipFact], wanted: str) -> MembershipFact | None:
    for membership in memberships:
        if str(membership.tenant_id) == wanted:
            return membership
    return memberships[0] if memberships else None


def choose_tenant(request: HttpRequest, tenant_id: uuid.UUID) -> None:
    """Remembers the person's choice; it is checked against their memberships at each request."""
    request.session[SESSION_KEY] = str(tenant_id)
