"""What went wrong, in one shape for every address (RFC 9457), with the status that says whose turn it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MEDIA_TYPE: Final = "application/problem+json"
Text = str | Promise


class Kind(msgspec.Struct, frozen=True):
    """A class of problems: its status and what it means."""

    status: int
    title: Any


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "unreadable": Kind(400, _("The request cannot be read.")),
        "invalid": Kind(400, _("A value is missing or not valid.")),
        "unauthenticated": Kind(401, _("No valid API key came with the request.")),
        "scope_missing": Kind(403, _("The API key may not do this.")),
        "not_found": Kind(404, _("There is nothing at this address.")),
        "method_not_allowed": Kind(405, _("This address does not know the method.")),
        "not_acceptable": Kind(406, _("Answers are JSON; the request accepts something else only.")),
        "conflict": Kind(409, _("This cannot be done as things are.")),
        "request_in_progress": Kind(409, _("The same request is being worked on.")),
        "version_differs": Kind(412, _("The settings have changed since they were read.")),
        "too_large": Kind(413, _("The request is too large.")),
        "unsupported_media_type": Kind(415, _("The body has to be JSON.")),
        "idempotency_key_reused": Kind(422, _("This Idempotency-Key came with another request before.")),
        "version_missing": Kind(428, _("Say which version you change, by If-Match.")),
        "too_many_requests": Kind(429, _("Too many requests in a minute.")),
        "server_error": Kind(500, _("Our error. Nothing was changed; we were told.")),
        "try_again": Kind(503, _("This is not possible at the moment.")),
    }
)


class FieldProblem(msgspec.Struct, frozen=True):
    """One value that is wrong: `field` is its place in the body or the name of a parameter or header."""

    field: str
    code: str
    detail: str


class ProblemAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457. `code` is stable and is what programs look at; `title` and `detail` are for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem]
    request_id: str


class Problem(Exception):
    """Ends a request with this problem. `code` is one of KINDS, or finer with `kind` naming one of them."""

    def __init__(
        self,
        code: str,
        detail: Text = "",
        *,
        kind: str = "",
        title: Text = "",
        errors: Iterable[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.kind, self.detail = code, kind or code, detail
        self.title: Text = title or KINDS[self.kind].title
        self.errors = list(errors)
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        return KINDS[self.kind].status


def invalid(field: str, code: str, detail: Text) -> Problem:
    """One wrong value."""
    return Problem("invalid", detail, errors=[FieldProblem(field, code, str(detail))])


def answer_of(problem: Problem, request: HttpRequest) -> HttpResponse:
    body = ProblemAnswer(
        type=f"{settings.PUBLIC_URL}/api/docs/#problem-{problem.kind}",
        title=str(problem.title),
        status=problem.status,
        code=problem.code,
        detail=str(problem.detail),
        errors=problem.errors,
        request_id=str(getattr(request, "request_id", "")),
    )
    return HttpResponse(
        msgspec.json.encode(body), status=problem.status, content_type=MEDIA_TYPE, headers=problem.headers
    )
