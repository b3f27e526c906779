"""Accounts: the list, one account, connecting it at Allegro and the way back from there."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST, require_safe

from allegro_integration import connections
from allegro_integration.models import Account, Market
from allegro_integration.services.accounts import begin_consent, take_consent, tenant_of_consent
from allegro_integration.services.consent import finish_consent
from connectify.dashboard.access import MEMBERS, SETTERS, SIGNED_IN, open_to
from connectify.dashboard.explanations import explain
from connectify.domain.errors import ConnectifyError, NeedsUser
from connectify.instances.services import rename_connection
from connectify.tenants.context import tenant_scope
from connectify.tenants.middleware import choose_tenant, opens_own_scope
from connectify.users.models import User

ENVIRONMENTS: Final[dict[str, str | Promise]] = {
    "production": "Allegro",
    "sandbox": pgettext_lazy("environment", "Allegro's sandbox"),
    "custom": pgettext_lazy("environment", "another Allegro"),
}
# What a failed consent means here; the same codes say something else in the middle of a cycle.
_HERE: Final = {"wrong_seller": "consent_other_seller", "reauth": "consent_stale"}


class NameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)


@dataclass(frozen=True)
class EnvironmentChoice:
    name: str
    label: str


@open_to(*MEMBERS)
@require_safe
def account_list(request: HttpRequest) -> HttpResponse:
    context = {"accounts": with_markets(), "environments": offered(), "may_set": may_set(request)}
    return render(request, "allegro/setup/accounts.html", context)


@open_to(*MEMBERS)
@require_safe
def account_detail(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    account = _find(account_id)
    return _show(request, account, NameForm(initial={"name": account.connection.name}))


@open_to(*SETTERS)
@require_POST
def rename_account(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    account = _find(account_id)
    form = NameForm(request.POST)
    if not form.is_valid():
        return _show(request, account, form)
    rename_connection(connection=account.connection, name=form.cleaned_data["name"], actor=_person(request))
    messages.success(request, _("The name is saved."))
    return redirect("account", account.pk)


@open_to(*SETTERS)
@require_POST
def connect_account(request: HttpRequest) -> HttpResponse:
    """Opens a round for a new account in the environment that was chosen; the only one needs no choosing."""
    names = [one.name for one in offered()]
    wanted = request.POST.get("environment", names[0] if len(names) == 1 else "")
    if wanted not in names:
        return _sorry(request, NeedsUser("unknown_environment" if names else "no_application"))
    return _to_allegro(request, wanted)


@open_to(*SETTERS)
@require_POST
def reconnect_account(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """The account signs in again: only its own seller may confirm."""
    account = _find(account_id)
    return _to_allegro(request, account.environment, account)


def _to_allegro(request: HttpRequest, environment: str, account: Account | None = None) -> HttpResponse:
    """A page that goes on to Allegro by itself.

    Not a redirect: the browser would hold it, and each one that Allegro adds, against our `form-action 'self'`.
    """
    try:
        address = begin_consent(
            environment=environment, session=_session(request), redirect_uri=_callback_address(), account=account
        )
    except NeedsUser as error:
        return _sorry(request, error)
    host = urlsplit(address).netloc
    return render(request, "allegro/setup/accounts_leaving.html", {"address": address, "host": host})


@opens_own_scope
@open_to(SIGNED_IN)
@require_GET  # no HEAD: it takes the answer of a round, which is there once
def allegro_callback(request: HttpRequest) -> HttpResponse:
    """The way back from Allegro. The round's own company counts, whichever one the person looks at."""
    state = request.GET.get("state", "")
    tenant_id = tenant_of_consent(state)
    memberships = {one.tenant_id: one for one in request.memberships}  # type: ignore[attr-defined]
    membership = memberships.get(tenant_id)
    if tenant_id is None or membership is None or membership.role not in SETTERS:
        return _sorry(request, NeedsUser("consent_stale"))
    choose_tenant(request, tenant_id)
    try:
        return _take_answer(request, tenant_id, state)
    except ConnectifyError as error:
        return _sorry(request, error)


def _take_answer(request: HttpRequest, tenant_id: uuid.UUID, state: str) -> HttpResponse:
    code = request.GET.get("code", "")
    if not code:
        with tenant_scope(tenant_id):
            take_consent(state=state, session=_session(request))
        raise NeedsUser("consent_denied")
    account, was_known = finish_consent(
        tenant_id=tenant_id, state=state, session=_session(request), code=code,
        redirect_uri=_callback_address(), actor=_person(request),
    )  # fmt: skip
    said = _("The account %(login)s is signed in again.") if was_known else _("The account %(login)s is connected.")
    messages.success(request, said % {"login": account.login})
    return redirect("account", account.pk)


def _sorry(request: HttpRequest, error: ConnectifyError) -> HttpResponse:
    """What happened, what it changed, and what to do now, above the list of accounts."""
    why = explain(_HERE.get(error.code, error.code), error.params)
    messages.error(request, " ".join(filter(None, (why.title, why.we_do, why.you_do))))
    return redirect("accounts")


def offered() -> list[EnvironmentChoice]:
    return [EnvironmentChoice(name, str(ENVIRONMENTS.get(name, name))) for name in connections.offered_environments()]


def with_markets() -> list[Account]:
    """The tenant's accounts with their names and the instances that use them, in two queries."""
    used = Market.objects.filter(active=True).select_related("instance").order_by("role", "marketplace")
    accounts = Account.objects.select_related("connection").prefetch_related(Prefetch("markets", queryset=used))
    return list(accounts.order_by("connection__created_at", "pk"))


def may_set(request: HttpRequest) -> bool:
    return request.membership.role in SETTERS  # type: ignore[attr-defined]


def _find(account_id: uuid.UUID) -> Account:
    return get_object_or_404(Account.objects.select_related("connection"), pk=account_id)


def _show(request: HttpRequest, account: Account, form: NameForm) -> HttpResponse:
    used = Market.objects.filter(account=account, active=True).select_related("instance", "unit__connection")
    context = {
        "account": account,
        "markets": used.order_by("role", "marketplace"),
        "environment": ENVIRONMENTS.get(account.environment, account.environment),
        "form": form,
        "may_set": may_set(request),
    }
    return render(request, "allegro/setup/account.html", context)


def _callback_address() -> str:
    return f"{settings.PUBLIC_URL}{reverse('allegro_callback')}"


def _session(request: HttpRequest) -> str:
    return request.session.session_key or ""


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
