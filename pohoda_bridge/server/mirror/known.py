"""What is stored of an agenda, as compact as it can be: 26 bytes a record, compared a page at a time."""

from __future__ import annotations

import sys
import uuid
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Final

from psycopg import sql
from xxhash import xxh3_128_digest

from connectify.sync.bulk import fetch_binary
from pohoda_bridge.server.mirror.agendas import AGENDAS
from pohoda_bridge.server.mirror.models import Mirrored, MirrorRead

_WIDTH: Final = 16
# A fingerprint of another length (a row made by hand) differs from every record's.
_LOAD: Final = """
SELECT coalesce(string_agg(int8send(record_id), ''::bytea), ''), coalesce(string_agg(fingerprint, ''::bytea), ''),
       coalesce(string_agg(int2send(missed), ''::bytea), '')
FROM (SELECT record_id, missed::int2 AS missed,
             CASE WHEN octet_length(fingerprint) = 16 THEN fingerprint ELSE uuid_send({none}::uuid) END AS fingerprint
      FROM {table} WHERE unit_id = %s AND (%s = '' OR {scope} = %s) ORDER BY record_id) AS stored
"""


class Known:
    """Records stored of one read by rising id; `seen` marks those that the export has shown again."""

    def __init__(self, ids: bytes, fingerprints: bytes, missed: bytes) -> None:
        self.ids = _numbers("q", ids)
        self._missed = _numbers("h", missed)
        self._fingerprints = fingerprints
        self._seen = bytearray(len(self.ids))
        self.returned: list[int] = []

    @classmethod
    def load(cls, read: MirrorRead) -> Known:
        scope = sql.Identifier("ext_system") if read.agenda == MirrorRead.Agenda.ORDERS else sql.Literal("")
        table = sql.Identifier(AGENDAS[read.agenda].model._meta.db_table)
        statement = sql.SQL(_LOAD).format(table=table, scope=scope, none=sql.Literal(str(uuid.UUID(int=0))))
        return cls(*fetch_binary(statement, [read.unit_id, read.scope, read.scope])[0])

    def __len__(self) -> int:
        return len(self.ids)

    def changed(self, ids: Sequence[int], fingerprints: Sequence[bytes]) -> list[int]:
        """Places of those, by rising id, that are new or differ. All of them count as seen."""
        if not ids:
            return []
        start, end = self._between(ids[0], ids[-1])
        stored = self._fingerprints[start * _WIDTH : end * _WIDTH]
        if b"".join(fingerprints) == stored and array("q", ids) == self.ids[start:end]:
            self._see(start, end)
            return []
        return list(self._differing(ids, fingerprints, dict(zip(self.ids[start:end], range(start, end), strict=True))))

    def digest(self, first: int, last: int) -> bytes:
        """Of ids and fingerprints of the records stored from `first` to `last`; b"" when one of them was missed."""
        start, end = self._between(first, last)
        if any(self._missed[start:end]):
            return b""
        return content_digest(self.ids[start:end].tobytes(), self._fingerprints[start * _WIDTH : end * _WIDTH])

    def see(self, first: int, last: int) -> None:
        """All that is stored from `first` to `last` is in the export and unchanged."""
        self._see(*self._between(first, last))

    def missing(self) -> list[int]:
        """Ids that no page showed, without those that count as gone already."""
        unseen = (
            not seen and missed < Mirrored.GONE_FROM for seen, missed in zip(self._seen, self._missed, strict=True)
        )
        return list(compress(self.ids, unseen))

    def _between(self, first: int, last: int) -> tuple[int, int]:
        return bisect_left(self.ids, first), bisect_right(self.ids, last)

    def _see(self, start: int, end: int) -> None:
        self._seen[start:end] = b"\x01" * (end - start)
        if any(self._missed[start:end]):
            self.returned += compress(self.ids[start:end], self._missed[start:end])

    def _differing(self, ids: Sequence[int], fingerprints: Sequence[bytes], stored: dict[int, int]) -> Iterator[int]:
        for place, (record_id, fingerprint) in enumerate(zip(ids, fingerprints, strict=True)):
            known = stored.get(record_id)
            if known is None:
                yield place
                continue
            self._seen[known] = 1
            if self._fingerprints[known * _WIDTH : (known + 1) * _WIDTH] != fingerprint:
                yield place
            elif self._missed[known]:
                self.returned.append(record_id)


def content_digest(ids: bytes, fingerprints: bytes) -> bytes:
    """`ids`: 8 bytes each in this machine's order, `fingerprints`: 16 bytes each."""
    return xxh3_128_digest(ids + fingerprints)


def _numbers(code: str, data: bytes) -> array[int]:
    """PostgreSQL sends numbers with the highest byte first."""
    numbers: array[int] = array(code)
    numbers.frombytes(data)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
