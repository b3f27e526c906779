"""Start-up checks: a page that says nothing about who may open it does not get out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from connectify.dashboard.access import undeclared

MIDDLEWARE = "connectify.dashboard.access.AccessMiddleware"


@register(Tags.security)
def every_view_is_declared(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = [
        Error(f"the view at /{route} does not say who may open it", hint="Add @open_to(...).", id="dashboard.E001")
        for route in undeclared()
    ]
    if MIDDLEWARE not in settings.MIDDLEWARE:
        found.append(Error("access is declared and not enforced", hint=f"Add {MIDDLEWARE}.", id="dashboard.E002"))
    return found
