"""What an invited person sees: the link, then a page that does not carry the token in its address.

The token would otherwise stand in logs, in the browser's history of a shared computer and in what a page hands on to
others. The first address only puts the token's hash into the session and leads on, whatever the token is.
"""

from __future__ import annotations

import re
from typing import Final, cast

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from connectify.counters import may_go_on
from connectify.dashboard.access import ANYONE, open_to
from connectify.dashboard.people_words import MAY, said
from connectify.domain.errors import Rejected
from connectify.tenants.invitations import OpenInvitation, accept, accept_as_new, find_open, has_account, hash_of
from connectify.tenants.middleware import choose_tenant, opens_own_scope
from connectify.tenants.models import Role
from connectify.users.forms import NewPersonForm
from connectify.users.models import User

SESSION_KEY: Final = "invitation_sha256"
_HASH: Final = re.compile(r"[0-9a-f]{64}")
# From one address in a minute: a person needs a handful.
TRIES_A_MINUTE: Final = 20


@opens_own_scope
@open_to(ANYONE)
@require_safe
@sensitive_variables("token")
def link(request: HttpRequest, token: str) -> HttpResponse:
    if not _may_go_on(request):
        return _too_many(request)
    request.session[SESSION_KEY] = hash_of(token)
    answer = redirect("invitation")
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@opens_own_scope
@open_to(ANYONE)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password1", "password2")
def invitation(request: HttpRequest) -> HttpResponse:
    token_sha256 = request.session.get(SESSION_KEY, "")
    found = find_open(token_sha256) if _HASH.fullmatch(token_sha256) else None
    if found is None:
        return render(request, "company/invitation_closed.html", status=410)
    with translation.override(_language(request, found)):
        if request.method == "POST" and not _may_go_on(request):
            return _too_many(request)
        if request.user.is_authenticated:
            return _for_signed_in(request, found, token_sha256)
        if has_account(found.email):
            sign_in = f"{reverse('account_login')}?{urlencode({'next': reverse('invitation')})}"
            return _show(request, found, "sign_in", sign_in=sign_in)
        return _for_new(request, found, token_sha256)


def _for_signed_in(request: HttpRequest, found: OpenInvitation, token_sha256: str) -> HttpResponse:
    user = cast(User, request.user)
    if user.email.lower() != found.email:
        if request.method == "POST" and request.POST.get("act") == "sign_out":
            logout(request)
            request.session[SESSION_KEY] = token_sha256
            return redirect("invitation")
        return _show(request, found, "another")
    if request.method != "POST" or request.POST.get("act") != "join":
        return _show(request, found, "join")
    try:
        accept(token_sha256=token_sha256, user=user)
    except Rejected as error:
        messages.warning(request, said(error))
        return redirect("invitation")
    return _welcome(request, found)


def _for_new(request: HttpRequest, found: OpenInvitation, token_sha256: str) -> HttpResponse:
    form = NewPersonForm(request.POST or None, email=found.email)
    if request.method != "POST" or not form.is_valid():
        return _show(request, found, "new", form=form)
    try:
        _found, user = accept_as_new(
            token_sha256=token_sha256,
            full_name=form.cleaned_data["full_name"],
            password=form.cleaned_data["password1"],
        )
    except Rejected as error:
        messages.warning(request, said(error))
        return redirect("invitation")
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    answer = _welcome(request, found)
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        user.language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )
    return answer


def _welcome(request: HttpRequest, found: OpenInvitation) -> HttpResponse:
    request.session.pop(SESSION_KEY, None)
    choose_tenant(request, found.tenant_id)
    messages.success(request, _("Welcome to %(company)s.") % {"company": found.company})
    return redirect("home")


def _show(request: HttpRequest, found: OpenInvitation, step: str, **more: object) -> HttpResponse:
    context = {"found": found, "step": step, "role": Role(found.role).label, "may": MAY[found.role], **more}
    return render(request, "company/invitation.html", context)


def _language(request: HttpRequest, found: OpenInvitation) -> str:
    """The language the person was invited in, until they choose one themselves."""
    chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    return translation.get_language() or "cs" if chosen else found.language


def _may_go_on(request: HttpRequest) -> bool:
    return may_go_on(what="invitation", who=get_ip(request), times=TRIES_A_MINUTE, seconds=60)


def _too_many(request: HttpRequest) -> HttpResponse:
    return render(request, "429.html", status=429)
