"""Creating an instance: an account's marketplace and an accounting unit. It writes nothing until it is armed."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from allegro_integration.models import Account
from allegro_integration.services.accounts import create_market
from allegro_integration.services.seen import stores_of_all
from allegro_integration.setup.accounts import with_markets
from allegro_integration.setup.instance_forms import NAMES, NewInstanceForm
from allegro_integration.setup.store_words import unknown_store
from connectify.dashboard.access import SETTERS, open_to
from connectify.dashboard.explanations import explain
from connectify.domain.errors import Rejected
from connectify.instances.models import Instance
from connectify.users.models import User
from pohoda_bridge.server.models import Unit

INTERVAL_S = 300


@open_to(*SETTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_instance(request: HttpRequest) -> HttpResponse:
    accounts = with_markets()
    units = list(Unit.objects.select_related("connection").order_by("connection__created_at"))
    # A link of the inbox names what orders wait for; what the company has not is no choice, so it chooses nothing.
    wanted = f"{request.GET.get('account', '')}:{request.GET.get('marketplace', '')}"
    form = NewInstanceForm.of(accounts, units, request.POST if request.method == "POST" else None, wanted=wanted)
    if request.method == "POST" and form.is_valid():
        try:
            instance = _create(form.cleaned_data, accounts, units, cast(User, request.user))
        except Rejected as refusal:
            why = explain(refusal.code, refusal.params)
            form.add_error(None, " ".join(filter(None, (why.title, why.we_do, why.you_do))))
        else:
            messages.success(request, _("The instance is created. It plans and shows, and writes nothing yet."))
            for warning in unknown_store(_unit(units, form.cleaned_data["unit"]), form.cleaned_data["store"]):
                messages.warning(request, warning)
            return redirect("instance", instance.pk)
    context = {
        "form": form,
        "accounts": accounts,
        "units": units,
        "has_place": any(form_places(form)),
        "known_stores": stores_of_all(units),
    }
    return render(request, "allegro/setup/new_instance.html", context)


def form_places(form: NewInstanceForm) -> list[Any]:
    return [group for group in form.fields["place"].choices if group[1]]  # type: ignore[attr-defined]


def _unit(units: list[Unit], wanted: str) -> Unit:
    return next(one for one in units if str(one.pk) == wanted)


def _create(values: dict[str, Any], accounts: list[Account], units: list[Unit], actor: User) -> Instance:
    account_id, _sign, marketplace = values["place"].partition(":")
    account = next(one for one in accounts if one.pk == uuid.UUID(account_id))
    unit = _unit(units, values["unit"])
    settings: dict[str, Any] = {}
    if values["orders_since"]:
        settings["orders_since"] = values["orders_since"].isoformat()
    if values["store"]:
        settings["orders"] = {name: values[name] for name in ("store", "unit_country", "home_currency")}
    return create_market(
        name=values["name"] or str(NAMES[marketplace]),
        account=account,
        unit=unit,
        marketplace=marketplace,
        interval_s=INTERVAL_S,
        settings=settings,
        actor=actor,
    )
