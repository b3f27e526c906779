"""Requests of programs: the key puts its company in force, in one transaction. Cookies say nothing here.

Stands after AuthenticationMiddleware, so that what a session says is taken back, and before TenantMiddleware.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header

from connectify.api import limits
from connectify.api.callers import Caller, caller_of, find_key, note_use
from connectify.api.problems import Problem, answer_of
from connectify.audit.via import acting_via
from connectify.clock import new_id
from connectify.dashboard.access import PROGRAM
from connectify.dashboard.context import OFFERED
from connectify.tenants.context import tenant_scope

PREFIX: Final = "/api/v1/"
CHALLENGE: Final = 'Bearer realm="Connectify"'


class ApiMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.api_caller = None  # type: ignore[attr-defined]
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request.request_id = new_id()  # type: ignore[attr-defined]
        request.user = AnonymousUser()
        language = language_of(request)
        with translation.override(language):
            response = self._answer(request)
        response.headers["Content-Language"] = language
        response.headers["X-Request-Id"] = str(request.request_id)  # type: ignore[attr-defined]
        response.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(response, ["Accept-Language", "Authorization"])
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info:
            return answer_of(Problem("not_found"), request)
        authorization = request.headers.get("Authorization", "")
        if not authorization:
            return self.get_response(request)  # what asks for a key refuses it: see `process_view`
        fact = find_key(authorization)
        if fact is None:
            return answer_of(unauthenticated(), request)
        with tenant_scope(fact.tenant_id):
            caller = caller_of(fact)
            if caller is None:
                return answer_of(unauthenticated(), request)
            return self._as(caller, request)

    def _as(self, caller: Caller, request: HttpRequest) -> HttpResponse:
        allowance = limits.take(caller)
        if allowance.is_used_up:
            detail = _("%(limit)s requests a minute are allowed.") % {"limit": allowance.limit}
            wait = {"Retry-After": str(allowance.reset_s)}
            response = answer_of(Problem("too_many_requests", detail, headers=wait), request)
        else:
            request.api_caller = caller  # type: ignore[attr-defined]
            with acting_via(caller.via), _whole_or_nothing() as take_back:
                response = self.get_response(request)
                if response.status_code >= 500:
                    take_back()
            if not connection.needs_rollback:
                note_use(caller)
        for name, value in allowance.headers.items():
            response.headers[name] = value
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """What is open to programs asks for a key, and for the scope that the method declares."""
        if PROGRAM not in getattr(view, "open_to", ()):
            return None
        caller: Caller | None = request.api_caller  # type: ignore[attr-defined]
        if caller is None:
            return answer_of(unauthenticated(), request)
        scope = view.view_class.scope_of(request.method)  # type: ignore[attr-defined]
        if scope is not None and not caller.may(scope):
            detail = _("It needs the scope %(scope)s.") % {"scope": scope}
            challenge = {"WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'}
            return answer_of(Problem("scope_missing", detail, headers=challenge), request)
        return None


def unauthenticated() -> Problem:
    detail = _("Send “Authorization: Bearer cfy_…” with a key that is neither revoked nor expired.")
    return Problem("unauthenticated", detail, headers={"WWW-Authenticate": CHALLENGE})


def language_of(request: HttpRequest) -> str:
    """By Accept-Language alone; Czech unless a complete language is asked for."""
    for wanted, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:200]):
        if (language := wanted.split("-")[0]) in OFFERED:
            return language
    return OFFERED[0]


@contextlib.contextmanager
def _whole_or_nothing() -> Iterator[Callable[[], None]]:
    """A savepoint around the request; calling what is given takes everything back that was written inside."""
    with transaction.atomic():
        yield lambda: transaction.set_rollback(True)
