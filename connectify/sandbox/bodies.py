"""How a body and its headers look in the ledger: readable, whole, and without secrets."""

import base64
import re
import zlib
from collections.abc import Iterable

MASK = "***"
SECRET_HEADERS = frozenset({"authorization", "stw-authorization", "cookie", "set-cookie"})
SECRET_FIELDS = ("client_secret", "access_token", "refresh_token", "code", "code_verifier", "device_code")
BINARY_TYPES = ("application/pdf", "application/octet-stream", "application/zip", "image/")

Recorded = str | dict[str, str]

_JSON_FIELDS = "|".join(field for field in SECRET_FIELDS if field != "code")  # "code" names errors in JSON
_JSON_SECRET = re.compile(rf'("(?:{_JSON_FIELDS})"\s*:\s*)"(?:[^"\\]|\\.)*"')
_FORM_SECRET = re.compile(rf"(^|[&?])({'|'.join(SECRET_FIELDS)})=[^&#]*")
_XML_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_CHARSET = re.compile(r'charset\s*=\s*"?([A-Za-z0-9._-]+)', re.IGNORECASE)


def record_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """ASGI headers as one mapping, names in lower case, repeated ones joined by a comma, secrets masked."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name in SECRET_HEADERS:
            value = MASK
        elif name == "location":
            value = mask_query(value)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def mask_query(query: str) -> str:
    """A query string, form body or URL without the values of secret fields."""
    return _FORM_SECRET.sub(rf"\1\2={MASK}", query)


def record_body(body: bytes, headers: dict[str, str]) -> Recorded:
    """Text where the body is text (by its own XML declaration, its charset, or UTF-8), else {"base64": ...}."""
    if not body:
        return ""
    content_type = headers.get("content-type", "").lower()
    text = None
    if not content_type.startswith(BINARY_TYPES):
        text = _decode(_inflate(body, headers.get("content-encoding", "")), content_type)
    if text is None:
        return {"base64": base64.b64encode(body).decode("ascii")}
    if "x-www-form-urlencoded" in content_type:
        return mask_query(text)
    return _JSON_SECRET.sub(rf'\1"{MASK}"', text)


def _inflate(body: bytes, encoding: str) -> bytes:
    windows = {"gzip": (31,), "deflate": (15, -15)}.get(encoding.strip().lower(), ())
    for window in windows:
        try:
            return zlib.decompress(body, window)
        except zlib.error:
            continue
    return body


def _decode(body: bytes, content_type: str) -> str | None:
    declared = _XML_ENCODING.match(body)
    charset = _CHARSET.search(content_type)
    candidates = [declared.group(1).decode("ascii")] if declared else []
    candidates += ["utf-8"] + ([charset.group(1)] if charset else [])
    for encoding in candidates:
        try:
            text = body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        return None if "\x00" in text else text
    return None
