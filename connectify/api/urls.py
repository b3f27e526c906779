"""The platform's part of the API. Stands behind the modules' parts: its last address is whatever is left."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.utils.translation import gettext as _

from connectify.api import inbox, instances, runs, views
from connectify.api.problems import Problem, answer_of
from connectify.dashboard.access import ANYONE, open_to


@open_to(ANYONE)
def no_such_address(request: HttpRequest, rest: str) -> HttpResponse:
    detail = "" if rest.endswith("/") else _("Every address ends with a slash.")
    return answer_of(Problem("not_found", detail), request)


no_such_address.should_append_slash = False  # type: ignore[attr-defined]
no_such_address.csrf_exempt = True  # type: ignore[attr-defined]

urlpatterns = [
    path("schema/", views.schema, name="api_schema"),
    path("instances/", instances.InstanceList.as_view(), name="api_instances"),
    path("instances/<uuid:instance_id>/", instances.InstanceOne.as_view(), name="api_instance"),
    path("runs/", runs.RunList.as_view(), name="api_runs"),
    path("inbox/", inbox.InboxList.as_view(), name="api_inbox"),
    path("inbox/<str:source>/<path:key>/<str:act>/", inbox.InboxAct.as_view(), name="api_inbox_act"),
    re_path(r"^(?P<rest>[\s\S]*)\Z", no_such_address, name="api_nothing"),
]
