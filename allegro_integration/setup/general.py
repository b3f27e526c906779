"""An instance's name and pace: what another one would do is shown first, and saved as it was shown."""

from __future__ import annotations

import uuid
from typing import Any, Final, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from allegro_integration.models import Market
from allegro_integration.services.markets import change_market, paces_with
from allegro_integration.setup.flow_pages import WHY_NOT
from allegro_integration.setup.frame import find_market, require_shown, seal_of
from allegro_integration.setup.instance_forms import GeneralForm
from allegro_integration.setup.instances import show
from connectify.dashboard.access import SETTERS, open_to
from connectify.dashboard.effects import Effect
from connectify.domain.errors import Rejected
from connectify.instances.models import Instance
from connectify.users.models import User

PART: Final = "general"


@open_to(*SETTERS)
@require_POST
def save_instance(request: HttpRequest, instance_id: uuid.UUID) -> HttpResponse:
    market = find_market(instance_id)
    market.instance = Instance.objects.select_for_update().get(pk=instance_id)
    form = GeneralForm.of(market, request.POST)
    if not form.is_valid():
        return show(request, market, form)
    name, interval_s = form.cleaned_data["name"], form.cleaned_data["interval_s"]
    # With what is in force now: whoever changed it meanwhile is not overwritten unseen.
    content = {"name": name, "interval_s": interval_s, "was": [market.instance.name, market.instance.interval_s]}
    try:
        require_shown(request, market, PART, content)
    except Rejected as refusal:
        return _preview(request, market, form, content, refusal.code)
    change_market(market=market, name=name, interval_s=interval_s, actor=cast(User, request.user))
    messages.success(request, _("The instance is saved."))
    return redirect("instance", instance_id)


def _preview(
    request: HttpRequest, market: Market, form: GeneralForm, content: dict[str, Any], code: str
) -> HttpResponse:  # fmt: skip
    problem = str(WHY_NOT[code]) if request.POST.get("step") == "save" else ""
    effect = effect_of(market, content["name"], content["interval_s"])
    return show(request, market, form, effect=effect, shown=seal_of(market, PART, content), problem=problem)


def effect_of(market: Market, name: str, interval_s: int) -> Effect:
    """The other name, and how often both sides would be asked: they follow the shortest of their instances."""
    instance, notes = market.instance, []
    if name != instance.name:
        notes.append(_("The instance is called %(new)s, no longer %(old)s.") % {"new": name, "old": instance.name})
    if interval_s != instance.interval_s:
        account_s, unit_s = paces_with(market, interval_s)
        notes.append(
            ngettext(
                "The account %(name)s is asked for news every %(count)d second.",
                "The account %(name)s is asked for news every %(count)d seconds.",
                account_s,
            )
            % {"name": market.account.connection.name, "count": account_s}
        )
        notes.append(
            ngettext(
                "The accounting unit %(name)s is asked for news every %(count)d second.",
                "The accounting unit %(name)s is asked for news every %(count)d seconds.",
                unit_s,
            )
            % {"name": market.unit.connection.name, "count": unit_s}
        )
    return Effect(notes=tuple(notes))
