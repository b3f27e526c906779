"""Validation against the official schemas: on where `POHODA_XSD_DIR` names their directory (we do not carry them)."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from lxml import etree

from pohoda_bridge.xml.errors import DocumentError
from pohoda_bridge.xml.reader import parse

VARIABLE: Final = "POHODA_XSD_DIR"


def violations(document: bytes, *, directory: str, root_schema: str = "data.xsd") -> tuple[str, ...]:
    """What the schema says against the document, line by line; empty when it fits."""
    schema = _schema(directory, root_schema)
    schema.validate(parse(document).getroottree())
    return tuple(line.partition(":ERROR:")[2] or line for line in str(schema.error_log).splitlines())


def check(document: bytes) -> None:
    """Raises DocumentError("schema") when validation is on and the document does not fit."""
    directory = os.environ.get(VARIABLE, "")
    if not directory:
        return
    found = violations(document, directory=directory)
    if found:
        raise DocumentError("schema", "document", found[0])


@lru_cache(maxsize=8)
def _schema(directory: str, root_schema: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(Path(directory) / root_schema)))
