"""Secrets at rest: the agent's key and Pohoda's password.

On POSIX a file only its owner may read. On Windows DPAPI of the agent's account: written from its documentation, not
verified on a Windows machine.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def write_secret(path: Path, secret: bytes) -> None:
    """Whole or not at all; 0600 from the first moment."""
    unfinished = path.with_suffix(path.suffix + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_protect(secret))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def read_secret(path: Path) -> bytes:
    """Raises OSError."""
    return _unprotect(path.read_bytes())


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _Blob(ctypes.Structure):
        _fields_ = (("size", wintypes.DWORD), ("data", ctypes.POINTER(ctypes.c_char)))

    def _call(name: str, data: bytes) -> bytes:
        buffer = ctypes.create_string_buffer(data, len(data))
        given, made = _Blob(len(data), ctypes.cast(buffer, ctypes.POINTER(ctypes.c_char))), _Blob()
        function = getattr(ctypes.windll.crypt32, name)
        if not function(ctypes.byref(given), None, None, None, None, 0, ctypes.byref(made)):
            raise ctypes.WinError()
        try:
            return ctypes.string_at(made.data, made.size)
        finally:
            ctypes.windll.kernel32.LocalFree(made.data)

    def _protect(secret: bytes) -> bytes:
        return _call("CryptProtectData", secret)

    def _unprotect(sealed: bytes) -> bytes:
        return _call("CryptUnprotectData", sealed)

else:

    def _protect(secret: bytes) -> bytes:
        return secret

    def _unprotect(sealed: bytes) -> bytes:
        return sealed
