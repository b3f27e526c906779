"""Errors, classed by who must act. Anything that is none of these is a bug."""

from __future__ import annotations

from typing import Final


class ConnectifyError(Exception):
    """Base of the three classes. `code` is stable and is what screens translate; `params` fill the sentence."""

    def __init__(self, code: str, /, detail: str = "", **params: str | int) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code: Final = code
        self.detail: Final = detail
        self.params: Final = params


class Retryable(ConnectifyError):
    """Nobody has to act: the next try may succeed. `retry_after_s` is the other side's wish, when it named one."""

    def __init__(
        self, code: str, /, detail: str = "", *, retry_after_s: float | None = None, **params: str | int
    ) -> None:
        super().__init__(code, detail, **params)
        self.retry_after_s = retry_after_s


class NeedsUser(ConnectifyError):
    """A person must act (sign in again, fix a setting). The direction stops and shows what to do."""


class Rejected(ConnectifyError):
    """One record cannot go. It is shown with its reason; all others go on."""
