"""One-time links do not get into the log, nor the way to a refusal."""

import logging
import sys

import pytest
from django.core.exceptions import PermissionDenied

from connectify.log_filters import HideTokens, RefusalsInOneLine


def logged(message: str, *args: object) -> str:
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, message, args or None, None)
    assert HideTokens().filter(record)
    return record.getMessage()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/invitation/Zx-12_9/", "/invitation/…/"),
        ("/invitation/Zx-12_9", "/invitation/…"),
        ("/accounts/password/reset/key/ab12-d3f-99/?next=/", "/accounts/password/reset/key/…/?next=/"),
        ("/invitation/", "/invitation/"),
        ("/orders/1/", "/orders/1/"),
    ],
)
def test_the_token_of_an_address_is_hidden_and_the_rest_is_kept(address, shown):
    line = logged('%s - "%s %s HTTP/%s" %d', "127.0.0.1:5", "GET", address, "1.1", 302)
    assert line == f'127.0.0.1:5 - "GET {shown} HTTP/1.1" 302'


def test_a_whole_message_is_searched_too():
    assert logged("Not Found: /invitation/secret") == "Not Found: /invitation/…"


def test_the_console_and_the_web_servers_own_log_go_through_it(settings):
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["hide_tokens", "refusals"]
    assert settings.LOGGING["loggers"]["uvicorn.access"]["handlers"] == ["console"]
    assert settings.LOGGING["loggers"]["uvicorn.access"]["propagate"] is False


@pytest.mark.parametrize(("error", "lines"), [(PermissionDenied("no"), 1), (ValueError("ours"), 4)])
def test_a_refusal_is_one_line_and_a_fault_keeps_its_traceback(error, lines):
    try:
        raise error
    except type(error):
        record = logging.LogRecord(
            "django.request", logging.WARNING, "", 0, "Forbidden: /company/", None, sys.exc_info()
        )
    assert RefusalsInOneLine().filter(record)
    assert len(logging.Formatter("%(message)s").format(record).splitlines()) >= lines
    assert ("Traceback" in logging.Formatter("%(message)s").format(record)) == (lines > 1)
