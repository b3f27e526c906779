"""The view behind every address of the API: reads as declared, answers JSON, turns every error into a problem."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, ClassVar, Final

import msgspec
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from connectify.api.callers import Caller
from connectify.api.operations import METHODS, Operation, operation_of, undeclared_methods
from connectify.api.problems import KINDS, Problem, answer_of
from connectify.api.reading import read_body, read_query
from connectify.api.repeats import once
from connectify.dashboard.access import PROGRAM
from connectify.dashboard.explanations import explain
from connectify.domain.errors import ConnectifyError, Retryable

logger = logging.getLogger(__name__)
_OF_THE_FRAMEWORK: Final[tuple[tuple[type[Exception], str], ...]] = (
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.NotAcceptable, "not_acceptable"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.ParseError, "unreadable"),
    (Http404, "not_found"),
    (PermissionDenied, "not_found"),
    (ObjectDoesNotExist, "not_found"),
)
_FINER: Final = {"settings_changed": "version_differs"}


class ApiView(APIView):
    """Handlers are `get(request, …)`, `post`, `put` with an `@operation`; they get `query` and `body` where declared.

    `places` says what the parts of the address are, for the description: name → schema; others are UUIDs.
    """

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    format_kwarg = None
    renderer_classes = (JSONRenderer,)
    http_method_names: ClassVar[list[str]] = [*METHODS, "head"]
    places: ClassVar[dict[str, dict[str, Any]]] = {}

    @classmethod
    def as_view(cls, **facts: Any) -> Callable[..., Any]:
        view: Callable[..., Any] = super().as_view(**facts)
        if not undeclared_methods(cls):
            view.open_to = frozenset({PROGRAM})  # type: ignore[attr-defined]
        view.should_append_slash = False  # type: ignore[attr-defined]
        return view

    @classmethod
    def scope_of(cls, method: str | None) -> str | None:
        """None: the address does not know the method."""
        declared = operation_of(cls, method)
        return declared.scope if declared else None

    @property
    def caller(self) -> Caller:
        caller: Caller = self.request._request.api_caller
        return caller

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.args, self.kwargs = args, kwargs
        self.headers: dict[str, str] = {}
        wrapped = self.initialize_request(request, *args, **kwargs)
        self.request = wrapped
        try:
            response = self._answer(wrapped, args, kwargs)
        except Exception as error:  # noqa: BLE001 - the last resort: the answer has the one shape
            response = self.handle_exception(error)
        self.response = self.finalize_response(wrapped, response, *args, **kwargs)
        return self.response

    def _answer(self, request: Request, args: Any, kwargs: dict[str, Any]) -> HttpResponse:
        declared = operation_of(type(self), request.method)
        if declared is None:
            raise exceptions.MethodNotAllowed(str(request.method))
        if declared.answer is not None:  # a file comes as what it is
            self.perform_content_negotiation(request)
        if request.method in ("GET", "HEAD"):
            return self._handle(declared, request, kwargs)
        return once(request._request, self.caller, lambda: self._write(declared, request, kwargs))

    def _write(self, declared: Operation, request: Request, kwargs: dict[str, Any]) -> HttpResponse:
        """What ends as a problem has written nothing."""
        try:
            with transaction.atomic():
                return self._handle(declared, request, kwargs)
        except Exception as error:  # noqa: BLE001 - as in `dispatch`
            return self.handle_exception(error)

    def _handle(self, declared: Operation, request: Request, kwargs: dict[str, Any]) -> HttpResponse:
        given = dict(kwargs)
        query = read_query(request._request.GET, declared.query)
        if declared.query is not None:
            given["query"] = query
        if declared.body is not None:
            given["body"] = read_body(request._request, declared.body, is_optional=declared.body_is_optional)
        name = "get" if request.method == "HEAD" else str(request.method).lower()
        answer = getattr(self, name)(request, **given)
        return answer if isinstance(answer, HttpResponse) else json_answer(answer)

    def handle_exception(self, exc: Exception) -> HttpResponse:
        problem = problem_of(exc)
        if problem.status == 500:
            request_id = getattr(self.request._request, "request_id", "")
            logger.error("request %s to %s failed", request_id, self.request._request.path, exc_info=exc)
        if problem.status == 405:
            problem.headers["Allow"] = ", ".join(self.allowed_methods)
        return answer_of(problem, self.request._request)


def problem_of(error: Exception) -> Problem:
    """Errors are classed by who must act; what is none of these is a bug, and its insides stay inside."""
    if isinstance(error, Problem):
        return error
    for refusal, code in _OF_THE_FRAMEWORK:
        if isinstance(error, refusal):
            return Problem(code)
    if isinstance(error, ConnectifyError):
        said = explain(error.code, error.params)
        detail = " ".join(text for text in (said.we_do, said.you_do) if text)
        if isinstance(error, Retryable):
            wait = str(int(error.retry_after_s or 5))
            return Problem(error.code, detail, kind="try_again", title=said.title, headers={"Retry-After": wait})
        kind = _FINER.get(error.code, "conflict")
        return Problem(error.code, detail, kind=kind, title=said.title if said.known else KINDS[kind].title)
    return Problem("server_error")


def json_answer(answer: Any, *, headers: dict[str, str] | None = None) -> HttpResponse:
    text = msgspec.json.encode(answer, enc_hook=_plain)
    return HttpResponse(text, content_type="application/json", headers=headers)


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    raise NotImplementedError(type(value).__name__)


def required(found: Any) -> Any:
    """`found`, or the problem that there is no such thing here: another company's things are no different from none."""
    if found is None:
        raise Problem("not_found", _("Nothing with this id belongs to the company of the key."))
    return found
