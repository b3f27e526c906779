"""What a change of settings would do, shown before it is saved: data that one template shows for every form.

A form is posted twice: `step=preview` shows the effect together with a seal of exactly these settings; `step=save` is
taken only with the seal of what it saves. So nothing is saved whose effect was not on the screen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.signing import BadSignature, Signer
from django.utils.functional import Promise

from connectify.domain.fingerprint import fingerprint

Text = str | Promise
_SALT: Final = "connectify.settings-shown"


@dataclass(frozen=True)
class EffectRow:
    """One record: what it has now, what it would have, and why, in the reader's words. `url` "" = no page behind it."""

    label: str
    url: str = ""
    before: str = ""
    after: str = ""
    why: tuple[str, ...] = ()
    tone: str = "idle"


@dataclass(frozen=True)
class EffectCount:
    """How many records something happens to: "12 offers: the price changes"."""

    label: Text
    count: int
    tone: str = "idle"


@dataclass(frozen=True)
class Effect:
    """`rows` are the first ones; `more` says how many are not shown. `notes` are sentences about the whole."""

    counts: tuple[EffectCount, ...] = ()
    rows: tuple[EffectRow, ...] = ()
    more: int = 0
    notes: tuple[Text, ...] = field(default=())


def seal(*, place: str, content: Mapping[str, Any], version: int) -> str:
    """What the save has to bring along. `place` names the form and its instance, `version` the settings read."""
    return Signer(salt=_SALT).signature(_of(place, content, version))


def was_shown(*, place: str, content: Mapping[str, Any], version: int, sealed: str) -> bool:
    """Whether the effect of exactly this content on exactly this version was shown."""
    try:
        Signer(salt=_SALT).unsign(f"{_of(place, content, version)}:{sealed}")
    except BadSignature:
        return False
    return True


def _of(place: str, content: Mapping[str, Any], version: int) -> str:
    return fingerprint([place, json.dumps(content, sort_keys=True), version])
