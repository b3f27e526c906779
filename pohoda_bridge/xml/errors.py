"""What can be wrong with a document, on the way out and on the way in."""

from __future__ import annotations


class DocumentError(ValueError):
    """A value cannot be written into Pohoda's document without becoming another value. A person must change it."""

    def __init__(self, code: str, field: str, detail: str = "") -> None:
        super().__init__(f"{code}: {field}" + (f": {detail}" if detail else ""))
        self.code = code
        self.field = field
        self.detail = detail


class ReadError(ValueError):
    """Bytes that are not a whole, strict document. `code` is stable; nothing of the content may be believed."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class NotAllowed(ValueError):
    """The document is not one the agent may pass on to Pohoda (DESIGN §4.5)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
