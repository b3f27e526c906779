"""The languages of the screens: which are offered, and which one a reader of another gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import translation

# Each in its own words: who looks for a language reads that one.
NAMES: Final[Mapping[str, str]] = {"cs": "Čeština", "en": "English", "pl": "Polski", "sk": "Slovenčina"}
# Languages whose sentences are complete; the others are prepared.
OFFERED: Final = ("cs", "en")
_NEAREST: Final[Mapping[str, str]] = {"sk": "cs"}


def offered() -> list[tuple[str, str]]:
    """Code and name of each language that can be chosen."""
    return [(code, NAMES[code]) for code in OFFERED]


class OfferedLanguageMiddleware:
    """A page is in one language from its sentences to its dates. Stands below Django's LocaleMiddleware, which would
    take a language that is prepared and has no sentences yet.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = translation.get_language() or ""
        if language not in OFFERED:
            translation.activate(_NEAREST.get(language, "en"))
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)
