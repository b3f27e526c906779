"""What the log leaves out: one-time links, which who reads the log could use before their owner does (RELIABILITY K4),
and the way that led to a refusal, which is an answer like any other.
"""

from __future__ import annotations

import logging
import re
from typing import Final

from django.core.exceptions import PermissionDenied

# Addresses that end with a token: invitations, and links to set a new password.
_TOKEN: Final = re.compile(r"(/invitation/|/password/reset/key/)[^\s\"'?/]+")


class HideTokens(logging.Filter):
    """Rewrites the record; nothing is dropped."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        hidden = _TOKEN.sub(r"\1…", said)
        if hidden != said:
            record.msg, record.args = hidden, None
        return True


class RefusalsInOneLine(logging.Filter):
    """Django writes a traceback for each 403; support looks for faults among them."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
            record.exc_info = record.exc_text = None
        return True
