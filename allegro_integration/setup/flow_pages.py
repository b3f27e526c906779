"""How the pages of an instance's settings work: shown, edited row by row, previewed, and saved as they were shown.

Each page brings a draft (what its form says) and its effect; the two steps of saving are the same for all.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_htmx.http import HttpResponseClientRedirect

from allegro_integration.models import Market
from allegro_integration.setup.frame import find_market, frame, save_shown, seal_of
from connectify.dashboard.access import SETTERS
from connectify.dashboard.effects import Effect
from connectify.domain.errors import Rejected
from connectify.instances.selectors import is_armed
from connectify.tenants.models import Role

WHY_NOT: Final = {
    "effect_not_shown": gettext_lazy(
        "Nothing was saved yet: something was changed after the effect was shown. Below is what it would do now."
    ),
    "settings_changed": gettext_lazy(
        "Nothing was saved yet: the settings of this instance were changed meanwhile, by somebody else or in another"
        " window. Below is what your form would do now; saving replaces this page's settings by your form."
    ),
}
_INVALID: Final = gettext_lazy("Please correct what is marked below.")


class Invalid(ValueError):
    """The form cannot be taken as it is; its fields say why."""


Save = Callable[[HttpRequest, Market, str, dict[str, Any]], None]


class Draft(Protocol):
    """What one page's form says."""

    def apply_edit(self, edit: str) -> bool:
        """A button that adds, moves or removes a row. → whether it was one of this form's."""

    def content(self) -> dict[str, Any]:
        """The settings as they would be stored. Raises Invalid; then the form says why."""

    def context(self) -> dict[str, Any]:
        """What the page's template takes. Called last."""


@dataclass(frozen=True)
class FlowPage:
    """`name`: of the URL and the tab. `part`: the key in the instance's settings. `body`: the fields' template."""

    name: str
    part: str
    body: str
    stored: Callable[[Market], Draft]
    posted: Callable[[Market, QueryDict], Draft]
    effect: Callable[[Market, dict[str, Any]], Effect]
    saved: Promise
    roles: tuple[Role, ...] = SETTERS
    save: Save = save_shown


def respond(request: HttpRequest, instance_id: uuid.UUID, page: FlowPage) -> HttpResponse:
    """One page's answer to GET and to each step of its form."""
    market = find_market(instance_id)
    if request.method != "POST":
        return _show(request, market, page, page.stored(market))
    if request.membership.role not in page.roles:  # type: ignore[attr-defined]
        raise PermissionDenied
    draft = page.posted(market, request.POST)
    if "edit" in request.POST:
        draft.apply_edit(request.POST["edit"])
        return _show(request, market, page, draft)
    try:
        content = draft.content()
    except Invalid:
        return _show(request, market, page, draft, problem=str(_INVALID))
    if request.POST.get("step") != "save":
        return _preview(request, market, page, draft, content)
    return _save(request, market, page, draft, content)


def _save(
    request: HttpRequest, market: Market, page: FlowPage, draft: Draft, content: dict[str, Any]
) -> HttpResponse:  # fmt: skip
    if request.POST.get("version") != str(market.instance.settings_version):
        return _preview(request, market, page, draft, content, problem=str(WHY_NOT["settings_changed"]))
    try:
        page.save(request, market, page.part, content)
    except Rejected as error:
        return _refused(request, page, find_market(market.instance_id), error.code)
    messages.success(request, str(page.saved))
    address = reverse(page.name, args=[market.instance_id])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)  # type: ignore[attr-defined]


def _refused(request: HttpRequest, page: FlowPage, market: Market, code: str) -> HttpResponse:
    """The form is read again beside the settings as they are now: what it leaves alone may have changed as well."""
    draft = page.posted(market, request.POST)
    try:
        content = draft.content()
    except Invalid:
        return _show(request, market, page, draft, problem=str(_INVALID))
    return _preview(request, market, page, draft, content, problem=str(WHY_NOT[code]))


def _preview(
    request: HttpRequest, market: Market, page: FlowPage, draft: Draft, content: dict[str, Any], problem: str = ""
) -> HttpResponse:  # fmt: skip
    more = {"effect": page.effect(market, content), "shown": seal_of(market, page.part, content)}
    return _show(request, market, page, draft, problem=problem, **more)


def _show(
    request: HttpRequest, market: Market, page: FlowPage, draft: Draft, problem: str = "", **more: Any
) -> HttpResponse:  # fmt: skip
    context = {**frame(request, market, page.name), **draft.context(), **more, "body": page.body, "problem": problem}
    context["settings_version"] = market.instance.settings_version
    context["may_set"] = request.membership.role in page.roles  # type: ignore[attr-defined]
    context["operators_may_set"] = Role.OPERATOR in page.roles
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "allegro/setup/flow.html", context)
    answer = render(request, "allegro/setup/_flow.html", context)
    # Whoever asked what it would do looks there; a moved row stays where it is.
    if "effect" in more:
        answer["HX-Reswap"] = "outerHTML show:#effect:top"
    return answer


def not_started(market: Market, direction: str) -> list[str]:
    """A sentence where the flow is only planned and shown so far."""
    if is_armed(market.instance, direction):
        return []
    return [_("This flow is not switched on: we plan and show, and write nothing until you switch it on.")]
