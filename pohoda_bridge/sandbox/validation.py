"""The check of what comes in against the official schemas, where their directory is known."""

import re
from functools import cache
from pathlib import Path

from lxml import etree

from pohoda_bridge.sandbox.envelope import Element

ITEM_PATH = re.compile(r"/[^/]*dataPack/[^/]*dataPackItem(?:\[(\d+)\])?")


@cache
def load_schema(directory: Path) -> etree.XMLSchema:
    """data.xsd with all it imports; compiled once per process."""
    return etree.XMLSchema(etree.parse(str(directory / "data.xsd")))


def schema_errors(root: Element, directory: Path | None) -> dict[int, str]:
    """First schema error per item position (from 1); 0 stands for the pack itself. Empty: the pack fits."""
    if directory is None:
        return {}
    schema = load_schema(directory)
    if schema.validate(root):
        return {}
    errors: dict[int, str] = {}
    for error in schema.error_log:  # type: ignore[attr-defined]
        match = ITEM_PATH.match(error.path or "")
        position = int(match.group(1) or 1) if match else 0
        errors.setdefault(position, f"Validace podle schématu se nezdařila: {error.message}")
    return errors
