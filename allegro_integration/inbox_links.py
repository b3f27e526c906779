"""Addresses in the inbox."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


def address(name: str, *args: Any, **query: object) -> str:
    """The page with this URL name and the query without what is empty; "" where there is no such page."""
    try:
        path = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    wanted = {key: str(value) for key, value in query.items() if value}
    return f"{path}?{urlencode(wanted)}" if wanted else path
