"""Keeps one-time links out of the log: who reads the log could use them before their owner does (RELIABILITY K4)."""

from __future__ import annotations

import logging
import re
from typing import Final

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
