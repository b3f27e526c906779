"""GET /status: what mServer says about itself, and with a login about the unit it serves."""

from lxml import etree

from pohoda_bridge.sandbox.envelope import serialise
from pohoda_bridge.sandbox.unit import Unit


def status_document(unit: Unit, server: str, waiting: int, company_detail: bool) -> bytes:
    """The small document without namespaces; `waiting` counts the requests at work and in the queue."""
    root = etree.Element("mServer")
    _add(root, "message", "Odpověď POHODA mServer")
    _add(root, "name", f"mserver-{unit.ico}")
    _add(root, "server", server)
    _add(root, "status", "processing" if waiting else "idle")
    _add(root, "processing", str(waiting))
    if company_detail:
        parent = etree.SubElement(root, "companyDetail") if unit.status_nested else root
        _add(parent, "company", unit.company)
        _add(parent, "ico", unit.ico)
        _add(parent, "databaseName", unit.database)
        _add(parent, "year", str(unit.year))
        _add(parent, "period", "current")
    return serialise(root)


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text
