"""Raw bytes as they came or went."""

from __future__ import annotations

import hashlib

from connectify.sync.models import Payload


def store_payload(body: bytes, media_type: str) -> Payload:
    """Keeps the bytes and returns their row; the same bytes of the same tenant are kept once."""
    digest = hashlib.sha256(body).hexdigest()
    known = Payload.objects.filter(sha256=digest, media_type=media_type).order_by("created_at").first()
    return known or Payload.objects.create(media_type=media_type, sha256=digest, body=body)
