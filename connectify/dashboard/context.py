"""What every page's frame shows."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

from connectify.dashboard.navigation import links_for, section_links_for

# Languages whose sentences are complete; the others are prepared.
OFFERED: Final = ("cs", "en")


def frame(request: HttpRequest) -> dict[str, Any]:
    names = dict(settings.LANGUAGES)
    return {
        "navigation": links_for(request),
        "section_navigation": section_links_for(request),
        "membership": getattr(request, "membership", None),
        "memberships": getattr(request, "memberships", []),
        "is_support_visit": getattr(request, "is_support_visit", False),
        "offered_languages": [(code, names[code]) for code in OFFERED],
    }
