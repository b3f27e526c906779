"""What Allegro's refusals mean, classed by who must act (RELIABILITY 2.4 A).

Codes: `allegro_unreachable`, `answer_lost`, `unreadable_answer`, `allegro_down`, `throttled`, `revision_conflict`,
`contract_changed`, `token_invalid`, `reauth`, `wrong_environment`, `forbidden`, `not_found`, `refused`,
`form_not_understood`, `wrong_seller`, `edit_in_progress`, `command_exists`, `scan_running`, `file_exists`,
`invoice_too_big`, `foreign_location`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from allegro_integration.client.messages import ApiError, ApiErrors, AuthError
from allegro_integration.client.strict_json import NotAsExpected, NotJson, load, shape
from connectify.domain.errors import ConnectifyError, NeedsUser, Rejected, Retryable

THROTTLE_PAUSE_S: Final = 60.0
# Adding invoices is limited per order, to one in some seconds.
ORDER_PAUSE_S: Final = 10.0
_WRONG_ENVIRONMENT: Final = "Cannot convert access token to JSON"
# The code is not documented and the sentence follows the language asked for, so both are searched for these words.
_SCAN_WORDS: Final = ("scan", "skan")
# Reasons that say nothing against the offer or the value: an earlier edit still runs; a service behind the API failed,
# or another change overtook ours. The same value goes through later (allegro-api #2862, #3894, #4241, #9517, #9846).
_BUSY_CODES: Final = frozenset({"err_you_cant_change_item_edit_in_progress", "offerconflictexception"})
_PASSING_CODES: Final = frozenset(
    {
        "service_unavailable", "serviceunavailableexception", "servicetimeoutexception", "internal_error",
        "internal_server_error", "internalservererror", "invalid_token", "command_outdated",
        "exception_during_offer_quantity_update", "offer_price_change_error", "qepporesponseprocessingexception",
        "qepporesponseexception.incorrecterrorresponseformat", "availablestockmustequaltooneorbegreaterthanone",
    }
)  # fmt: skip
# Why an offer was not changed, by who must act: nobody (an earlier edit of it ends, Allegro recovers), or a person.
Failure = Literal["busy", "passing", "refused"]
# What a request is about: the same status means another thing for each.
Subject = Literal["order", "offer", "command", "shipment", "invoice", "invoice_file"]


class Answer(Struct, frozen=True):
    """A complete HTTP answer. Header names are lower case; `body` is as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def trace_id(self) -> str:
        """Allegro's name of the exchange; its support always asks for it."""
        return self.headers.get("trace-id", "")


class NotSent(Retryable):
    """No byte of the request left us: a write did not happen."""


class OutcomeUnknown(Retryable):
    """Bytes left and no complete answer came: a write may have happened. Only a look at Allegro can tell."""


class Throttled(Retryable):
    """429. Whoever sends for this seller pauses."""


class RevisionConflict(Retryable):
    """409: the order changed since it was read. Read it again and decide again."""


class EditInProgress(Retryable):
    """409: an earlier edit of this offer (ours, the seller's or Allegro's) still runs. This offer waits, others go."""


class CommandExists(Retryable):
    """409: Allegro has a command of this id, so an earlier try arrived. Its report tells the rest."""


class ScanRunning(Retryable):
    """409 or 422: the order's previous document is still being scanned. Nothing was done; wait and ask again."""


class FileExists(Retryable):
    """409: this invoice has its file, so an earlier try arrived. The list of invoices tells the rest."""


class ContractChanged(Retryable):
    """406 or 415: Allegro no longer speaks the version we ask for. Everything stops, no cursor moves."""


class TokenInvalid(Retryable):
    """401: the access token does not hold. One refresh, one retry."""


class NotFound(Rejected):
    """404: not there, not yet visible, or merged into another form."""


class Refused(Rejected):
    """400, 413, 422: Allegro says why. Sending it again as it is would be refused again."""

    def __init__(self, detail: str, *, errors: tuple[ApiError, ...], user_message: str, **params: str | int) -> None:
        super().__init__("refused", detail, user_message=user_message, **params)
        self.errors = errors


class OfferRefused(Refused):
    """An edit of an offer is refused, at once or as the end of its operation: the whole offer is validated each time.

    `errors` name the fields that block, which need not be those that were sent.
    """


class InvoiceTooBig(Rejected):
    """The PDF is larger than Allegro takes. It was not sent."""


class FormNotUnderstood(Rejected):
    """A checkout form of a shape we do not know. `raw` goes into quarantine with it."""

    def __init__(self, detail: str, *, form_id: str, raw: bytes) -> None:
        super().__init__("form_not_understood", detail, form_id=form_id)
        self.raw = raw


class SecurityStop(NeedsUser):
    """An answer that belongs to somebody else. Nothing of it is stored and the account stops."""


def api_error(answer: Answer, *, is_write: bool, subject: Subject = "order") -> ConnectifyError:
    """The error that an answer outside 2xx means to a request about `subject`."""
    status = answer.status
    errors = _api_errors(answer.body)
    detail = errors[0].message or errors[0].code if errors else ""
    trace_id = answer.trace_id
    if status == 401:
        return _unauthorised(answer)
    if status == 403:
        return NeedsUser("forbidden", detail or "", status=status, trace_id=trace_id)
    if status == 404:
        return NotFound("not_found", detail or "", status=status, trace_id=trace_id)
    if status in {406, 415}:
        return ContractChanged("contract_changed", detail or "", status=status, trace_id=trace_id)
    if status == 409 and subject != "shipment":
        return _conflict(answer, detail or "", subject)
    if status == 422 and subject in {"invoice", "invoice_file"} and _is_scanning(errors):
        return ScanRunning("scan_running", detail or "", status=status, trace_id=trace_id)
    if status == 429:
        return Throttled(
            "throttled",
            detail or "",
            retry_after_s=retry_after(answer) or (ORDER_PAUSE_S if subject == "invoice" else THROTTLE_PAUSE_S),
            status=status,
            trace_id=trace_id,
        )
    if status >= 500 or status in {408, 425}:
        return _server_error(answer, is_write=is_write)
    if status >= 400:
        shown = next((one.user_message for one in errors if one.user_message), detail or "")
        refused = OfferRefused if subject == "offer" else Refused
        return refused(detail or "", errors=errors, user_message=shown, status=status, trace_id=trace_id)
    return Retryable("unreadable_answer", "an answer we did not ask for", status=status, trace_id=trace_id)


def _conflict(answer: Answer, detail: str, subject: Subject) -> Retryable:
    """409 tells of the state that the request met, which differs by what it is about."""
    status, trace_id = answer.status, answer.trace_id
    match subject:
        case "offer":
            return EditInProgress("edit_in_progress", detail, status=status, trace_id=trace_id)
        case "command":
            return CommandExists("command_exists", detail, status=status, trace_id=trace_id)
        case "invoice":
            return ScanRunning("scan_running", detail, status=status, trace_id=trace_id)
        case "invoice_file":
            return FileExists("file_exists", detail, status=status, trace_id=trace_id)
        case _:
            return RevisionConflict("revision_conflict", detail, status=status, trace_id=trace_id)


def failure_of(codes: Iterable[str]) -> Failure:
    """By Allegro's codes of why an offer was not changed. One that is unknown counts as one that a person must mend."""
    found = {code.casefold() for code in codes}
    if found and found <= _BUSY_CODES:
        return "busy"
    return "passing" if found and found <= _BUSY_CODES | _PASSING_CODES else "refused"


def _is_scanning(errors: tuple[ApiError, ...]) -> bool:
    texts = (f"{one.code} {one.message} {one.details}".lower() for one in errors)
    return any(word in text for text in texts for word in _SCAN_WORDS)


def unconfirmed(answer: Answer, detail: str) -> OutcomeUnknown:
    """A 2xx answer to a write whose body is not what it should be: it may come from something between us."""
    return OutcomeUnknown("unreadable_answer", detail, status=answer.status, trace_id=answer.trace_id)


def unreadable(answer: Answer, detail: str) -> Retryable:
    """A 2xx answer whose body is not what it should be: HTML, cut off, without its keys. Nothing of it is used."""
    return Retryable("unreadable_answer", detail, status=answer.status, trace_id=answer.trace_id)


def oauth_error(answer: Answer) -> AuthError | None:
    """The OAuth server's complete refusal, or None when the body is not one."""
    try:
        return shape(load(answer.body), AuthError)
    except (NotJson, NotAsExpected):
        return None


def _unauthorised(answer: Answer) -> ConnectifyError:
    refusal = oauth_error(answer)
    detail = (refusal.error_description or refusal.error) if refusal else ""
    if _WRONG_ENVIRONMENT in detail:
        return NeedsUser(
            "wrong_environment",
            "the token belongs to another environment",
            status=answer.status,
            trace_id=answer.trace_id,
        )
    return TokenInvalid("token_invalid", detail, status=answer.status, trace_id=answer.trace_id)


def _server_error(answer: Answer, *, is_write: bool) -> Retryable:
    if is_write:
        return OutcomeUnknown(
            "answer_lost", "the server failed after the request", status=answer.status, trace_id=answer.trace_id
        )
    return Retryable("allegro_down", retry_after_s=retry_after(answer), status=answer.status, trace_id=answer.trace_id)


def retry_after(answer: Answer) -> float | None:
    """Seconds that Allegro asks to wait, when it says so."""
    text = answer.headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 5 else None


def _api_errors(body: bytes) -> tuple[ApiError, ...]:
    try:
        return shape(load(body), ApiErrors).errors
    except (NotJson, NotAsExpected):
        return ()
