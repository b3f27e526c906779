"""One step of a reasoning, as data: a code that screens translate and the parameters that fill its sentence."""

from __future__ import annotations

from msgspec import Struct


class Step(Struct, frozen=True, gc=False):
    """Why a value is what it is, why something was left out, or why it is held. Parameters are plain text."""

    code: str
    params: dict[str, str] = {}
