"""Packs against the official schemas. Reads them from the reference directory; compiled once per process."""

import os
from functools import cache
from pathlib import Path

from lxml import etree

REFERENCE = Path(os.environ.get("CONNECTIFY_REFERENCE") or Path(__file__).resolve().parents[2] / "shared" / "reference")
XSD_DIR = REFERENCE / "pohoda" / "xsd"
SCHEMAS = {"dataPack": "data.xsd", "responsePack": "response.xsd"}


@cache
def load_schema(name: str) -> etree.XMLSchema:
    """A compiled schema of the reference directory, e.g. "data.xsd"."""
    return etree.XMLSchema(etree.parse(str(XSD_DIR / name)))


def pack_violations(document: bytes) -> list[str]:
    """What is wrong with a dataPack (by data.xsd) or a responsePack (by response.xsd); empty: nothing.

    A document that is not well-formed, or is neither of the two, has one violation that says so.
    """
    try:
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        return [f"not well-formed: {error}"]
    schema_name = SCHEMAS.get(etree.QName(root).localname)
    if schema_name is None:
        return [f"neither a dataPack nor a responsePack: {root.tag}"]
    schema = load_schema(schema_name)
    if schema.validate(root):
        return []
    return [f"line {error.line}, {error.path}: {error.message}" for error in schema.error_log]
