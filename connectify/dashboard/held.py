"""The page of what is held: shown with its cause, decided by a person with one click."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from connectify.dashboard.access import MEMBERS, WORKERS, open_to
from connectify.dashboard.directions import DIRECTIONS
from connectify.dashboard.holds import all_holds, source_of
from connectify.users.models import User


@open_to(*MEMBERS)
@require_GET
def held(request: HttpRequest) -> HttpResponse:
    holds = all_holds()
    template = "dashboard/_held.html" if request.htmx else "dashboard/held.html"  # type: ignore[attr-defined]
    rows = [{"hold": hold, "direction": DIRECTIONS.get(hold.direction, hold.direction)} for hold in holds]
    may_decide = request.membership.role in WORKERS  # type: ignore[attr-defined]
    return render(request, template, {"rows": rows, "may_decide": may_decide})


@open_to(*WORKERS)
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Approve or refuse one hold as it stands now."""
    source = source_of(request.POST.get("source", ""))
    decision = request.POST.get("decision", "")
    if source is None or decision not in ("approve", "refuse"):
        raise Http404
    act = source.approve if decision == "approve" else source.refuse
    count = act(request.POST.get("key", ""), cast(User, request.user))
    if not count:
        messages.warning(request, _("Nothing is held there any more."))
    elif decision == "approve":
        said = ngettext("Approved: %(n)s record goes on.", "Approved: %(n)s records go on.", count)
        messages.success(request, said % {"n": count})
    else:
        said = ngettext("Refused: %(n)s record stays as it is.", "Refused: %(n)s records stay as they are.", count)
        messages.success(request, said % {"n": count})
    return redirect("held")
