"""The same writing request twice: under one Idempotency-Key it is done once and answered the same for 30 days."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from typing import Final

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from connectify import clock
from connectify.api.callers import Caller
from connectify.api.models import RepeatableRequest
from connectify.api.problems import Problem, invalid
from connectify.api.reading import raw_body

HEADER: Final = "Idempotency-Key"
REPEATED: Final = "Idempotency-Replayed"
KEPT: Final = dt.timedelta(days=30)
_SHAPE: Final = re.compile(r"[\x21-\x7e]{1,200}")
_KEPT_HEADERS: Final = ("Content-Type", "ETag", "WWW-Authenticate", "Retry-After")
_SWEPT_AT_ONCE: Final = 100


def once(request: HttpRequest, caller: Caller, do: Callable[[], HttpResponse]) -> HttpResponse:
    """What `do` answers, or what it answered to the same request before. A parallel one is told to wait.

    The answer is stored in the transaction that did the work: there is never one without the other.
    Raises Problem: "request_in_progress", "idempotency_key_reused", "invalid".
    """
    name = request.headers.get(HEADER)
    if name is None:
        return do()
    if not _SHAPE.fullmatch(name):
        raise invalid(HEADER, "invalid", _("1 to 200 visible ASCII characters without blanks."))
    _be_alone(caller, name)
    shape = _sha256_of(request)
    known = RepeatableRequest.objects.filter(api_key=caller.key, key=name).first()
    if known is not None and known.created_at > clock.now() - KEPT:
        if known.request_sha256 != shape:
            raise Problem("idempotency_key_reused")
        return _again(known)
    response = do()
    if response.status_code < 500:
        _keep(caller, name, shape, response)
    return response


def _be_alone(caller: Caller, name: str) -> None:
    """Until this transaction ends no other request goes on under the same key."""
    place = hashlib.sha256(f"{caller.key.pk}:{name}".encode()).digest()[:8]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(place, "big", signed=True)])
        if not cursor.fetchone()[0]:
            raise Problem("request_in_progress", headers={"Retry-After": "1"})


def _sha256_of(request: HttpRequest) -> str:
    head = f"{request.method} {request.get_full_path()} {request.headers.get('If-Match', '')}\n"
    return hashlib.sha256(head.encode() + raw_body(request)).hexdigest()


def _keep(caller: Caller, name: str, shape: str, response: HttpResponse) -> None:
    rows = RepeatableRequest.objects.filter(api_key=caller.key)
    rows.filter(key=name).delete()
    old = rows.filter(created_at__lte=clock.now() - KEPT).values_list("pk", flat=True)[:_SWEPT_AT_ONCE]
    RepeatableRequest.objects.filter(pk__in=list(old)).delete()
    headers = {one: response.headers[one] for one in _KEPT_HEADERS if one in response.headers}
    # As text: the answer is to be the same to the byte.
    answer = {"headers": headers, "text": response.content.decode()}
    RepeatableRequest.objects.create(
        api_key=caller.key,
        key=name,
        request_sha256=shape,
        status=response.status_code,
        answer=answer,
        created_at=clock.now(),
    )


def _again(known: RepeatableRequest) -> HttpResponse:
    answer = known.answer or {"headers": {}, "text": ""}
    response = HttpResponse(answer["text"], status=known.status, headers=answer["headers"])
    response.headers[REPEATED] = "true"
    return response
