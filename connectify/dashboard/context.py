"""What every page's frame shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from connectify.dashboard.languages import OFFERED as OFFERED
from connectify.dashboard.languages import offered
from connectify.dashboard.navigation import links_for, section_links_for


def frame(request: HttpRequest) -> dict[str, Any]:
    return {
        "navigation": links_for(request),
        "section_navigation": section_links_for(request),
        "membership": getattr(request, "membership", None),
        "memberships": getattr(request, "memberships", []),
        "is_support_visit": getattr(request, "is_support_visit", False),
        "offered_languages": offered(),
    }
