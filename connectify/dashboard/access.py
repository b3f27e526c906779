"""Who may open a page: deny by default, declared once per view, enforced in one place.

    @open_to(*MEMBERS)
    def order_list(request): ...

A view without a declaration is not found, and `manage.py check` fails on it (see `undeclared`). Views that other
libraries bring are declared by their name in BORROWED.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django_htmx.http import HttpResponseClientRedirect

from connectify.tenants.models import Role

logger = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])


class Audience(enum.Enum):
    """Who need not be a member of a company."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"
    STAFF = "staff"
    PROGRAM = "program"


Who = Role | Audience
ANYONE: Final = Audience.ANYONE
SIGNED_IN: Final = Audience.SIGNED_IN
STAFF: Final = Audience.STAFF
PROGRAM: Final = Audience.PROGRAM  # an API key with the scope that the method declares (connectify.api)
MEMBERS: Final = tuple(Role)
# Who runs the shop day by day (approve, run again, map), who sets it up, and who may let others in.
WORKERS: Final = (Role.OWNER, Role.ADMIN, Role.OPERATOR)
SETTERS: Final = (Role.OWNER, Role.ADMIN)
KEEPERS: Final = (Role.OWNER, Role.ADMIN)
AUDITORS: Final = (Role.OWNER, Role.ADMIN, Role.ACCOUNTANT)

BORROWED: Final[dict[str, frozenset[Who]]] = {
    **dict.fromkeys(
        (
            "account_login",
            "account_logout",
            "account_inactive",
            "account_reset_password",
            "account_reset_password_done",
            "account_reset_password_from_key",
            "account_reset_password_from_key_done",
        ),
        frozenset[Who]({ANYONE}),
    ),
    "mfa_authenticate": frozenset({ANYONE}),  # between password and code nobody is signed in yet
    **dict.fromkeys(
        (
            "account_reauthenticate",
            "account_change_password",
            "mfa_index",
            "mfa_reauthenticate",
            "mfa_activate_totp",
            "mfa_deactivate_totp",
            "mfa_view_recovery_codes",
            "mfa_generate_recovery_codes",
            "mfa_download_recovery_codes",
        ),
        frozenset[Who]({SIGNED_IN}),
    ),
}
# Pages of the sign-in library that we do not offer: accounts are made by invitation and carry one verified address.
CLOSED: Final = frozenset(
    {
        "account_signup",
        "account_email",
        "account_email_verification_sent",
        "account_confirm_email",
        "account_set_password",
        "account_confirm_login_code",
    }
)
STAFF_NAMESPACE: Final = "admin"


def open_to(*who: Who) -> Callable[[View], View]:
    """Declares who may open the view. Naming nobody is an error at import."""
    if not who:
        raise ValueError("a view is open to somebody")

    def declare(view: View) -> View:
        view.open_to = frozenset(who)  # type: ignore[attr-defined]
        return view

    return declare


def audience_of(view: Callable[..., Any], name: str) -> frozenset[Who] | None:
    """Who may open it; nobody for a closed page; None when nothing was declared."""
    declared: frozenset[Who] | None = getattr(view, "open_to", None)
    if declared is not None:
        return declared
    if name in CLOSED:
        return frozenset()
    if name.startswith(f"{STAFF_NAMESPACE}:"):
        return frozenset({STAFF})
    return BORROWED.get(name)


def may_open(address: str, role: str) -> bool:
    """Whether a member in this role may open the page of an address of ours; False where there is no such page."""
    who = who_may_open(address)
    return bool({ANYONE, SIGNED_IN} & who) or role in {one.value for one in who if isinstance(one, Role)}


def who_may_open(address: str) -> frozenset[Who]:
    """The page of an address of ours; nobody where there is no such page."""
    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return frozenset()
    return audience_of(match.func, match.view_name) or frozenset()


Pattern = tuple[str, str, Any]


def patterns(resolver: URLResolver | None = None, namespace: str = "", route: str = "") -> Iterator[Pattern]:
    """Every address of the site as (route, view name, view)."""
    resolver = resolver or get_resolver()
    for entry in resolver.url_patterns:
        path = f"{route}{entry.pattern}"
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from patterns(entry, inner, path)
        elif isinstance(entry, URLPattern):
            yield path, f"{namespace}{entry.name or ''}", entry.callback


def undeclared() -> list[str]:
    """Routes whose view says nothing about who may open it."""
    return [route for route, name, view in patterns() if audience_of(view, name) is None]


class AccessMiddleware:
    """Enforces the declarations. Stands last, where the tenant and the person are known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        who = audience_of(view, name)
        if who is None:
            logger.error("no access declared for %s", request.resolver_match.route if request.resolver_match else "?")
        if not who:
            raise Http404
        if ANYONE in who:
            return None
        if PROGRAM in who:
            if getattr(request, "api_caller", None) is None:
                raise Http404  # the API's middleware asks for the key before
            return None
        if not request.user.is_authenticated:
            return _sign_in(request)
        return _check_person(request, who)


def _check_person(request: HttpRequest, who: frozenset[Who]) -> HttpResponse | None:
    if SIGNED_IN in who:
        return None
    if STAFF in who:
        if request.user.is_staff:  # type: ignore[union-attr]
            return None
        raise Http404  # what only staff may know of does not exist for others
    membership = getattr(request, "membership", None)
    if membership is None and request.user.is_staff:  # type: ignore[union-attr]
        return redirect("support")  # support starts there, and enters a company from there
    if membership is None:
        return render(request, "dashboard/no_company.html", status=403)
    if membership.role not in {role.value for role in who if isinstance(role, Role)}:
        raise PermissionDenied
    needs_second_factor = membership.requires_second_factor and not membership.has_second_factor
    if needs_second_factor and not request.is_support_visit:  # type: ignore[attr-defined]
        return _ask_for_second_factor(request)
    return None


def _ask_for_second_factor(request: HttpRequest) -> HttpResponse:
    """The company asks it of everybody; pages about one's own account stay open, so that it can be switched on."""
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect("/")
    return render(request, "company/second_factor_needed.html", status=403)


def _sign_in(request: HttpRequest) -> HttpResponse:
    answer = redirect_to_login(request.get_full_path())
    if getattr(request, "htmx", False):
        # A fragment must not swallow the sign-in page: the whole page goes there and comes back.
        return HttpResponseClientRedirect(redirect_to_login(request.htmx.current_url_abs_path or "/").url)  # type: ignore[attr-defined]
    return answer
