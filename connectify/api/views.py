"""The description of the API for programs, and the page that people read it on."""

from __future__ import annotations

import json
from functools import cache
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from connectify.api.description import document
from connectify.api.reference import pages
from connectify.dashboard.access import ANYONE, open_to

OPENAPI: Final = "application/vnd.oai.openapi+json"


@cache
def _text() -> bytes:
    return json.dumps(document(), ensure_ascii=False, indent=1).encode()


@csrf_exempt
@open_to(ANYONE)
@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1, JSON."""
    kind = OPENAPI if OPENAPI in request.headers.get("Accept", "") else "application/json"
    return HttpResponse(_text(), content_type=kind)


schema.should_append_slash = False  # type: ignore[attr-defined]


@open_to(ANYONE)
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html", pages())
