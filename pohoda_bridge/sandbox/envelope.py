"""The envelope: a dataPack read, a responsePack written. Pohoda's words for namespaces, states and details."""

from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from pohoda_bridge.sandbox.unit import Unit

SCHEMA = "http://www.stormware.cz/schema/version_2/"
NS = {
    "dat": f"{SCHEMA}data.xsd",
    "rsp": f"{SCHEMA}response.xsd",
    "rdc": f"{SCHEMA}documentresponse.xsd",
    "typ": f"{SCHEMA}type.xsd",
    "ftr": f"{SCHEMA}filter.xsd",
    "ord": f"{SCHEMA}order.xsd",
    "inv": f"{SCHEMA}invoice.xsd",
    "vyd": f"{SCHEMA}vydejka.xsd",
    "prn": f"{SCHEMA}print.xsd",
    "lst": f"{SCHEMA}list.xsd",
    "stk": f"{SCHEMA}stock.xsd",
    "lStk": f"{SCHEMA}list_stock.xsd",
}
DECLARATION = b'<?xml version="1.0" encoding="Windows-1250"?>\n'
Element = etree._Element


class BadPack(Exception):
    """The request cannot be read as a dataPack; the text says why."""


@dataclass(frozen=True)
class PackItem:
    """One dataPackItem: its document or request, and its place in the pack (from 1)."""

    id: str
    position: int
    body: Element


@dataclass(frozen=True)
class Pack:
    id: str
    ico: str
    key: str
    period: str
    application: str
    note: str
    items: tuple[PackItem, ...]
    root: Element


@dataclass
class Detail:
    """One line of rdc:importDetails; `state` is ok, warning or error."""

    state: str
    errno: int
    note: str
    xpath: str = ""
    requested: str | None = None
    produced: str | None = None


@dataclass
class ItemAnswer:
    """One responsePackItem. `body` is its only child, if any."""

    id: str
    state: str
    note: str = ""
    body: Element | None = None


@dataclass
class PackAnswer:
    """What becomes a responsePack; faults bend it before it is written."""

    id: str
    state: str = "ok"
    note: str = ""
    ico: str = ""
    key: str = ""
    items: list[ItemAnswer] = field(default_factory=list)


def read_pack(document: bytes) -> Pack:
    """Parse a request by its own XML declaration. Raises BadPack for anything that is not a dataPack."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise BadPack(f"Dokument XML nelze načíst: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadPack("Dokument XML nesmí obsahovat DOCTYPE.")
    if root.tag != tag("dat:dataPack"):
        raise BadPack(f"Kořenový prvek {etree.QName(root).localname} není dataPack.")
    items = tuple(
        PackItem(id=item.get("id", ""), position=position, body=item[0])
        for position, item in enumerate(root.iterfind("dat:dataPackItem", NS), 1)
        if len(item)
    )
    attributes = {name: root.get(name, "") for name in ("id", "ico", "key", "period", "application", "note")}
    return Pack(items=items, root=root, **attributes)


def write_pack(answer: PackAnswer, unit: Unit, now: datetime) -> bytes:
    """A responsePack in Windows-1250, as mServer sends it."""
    root = etree.Element(tag("rsp:responsePack"), nsmap={name: uri for name, uri in NS.items() if name != "dat"})
    attributes = {
        "version": "2.0",
        "id": answer.id,
        "state": answer.state,
        "programVersion": unit.program_version,
        "ico": answer.ico or unit.ico,
        "key": answer.key or unit.key,
        "note": answer.note,
        "dateTimeStamp": now.isoformat(timespec="seconds"),
    }
    for name, value in attributes.items():
        root.set(name, clean(value))
    for item in answer.items:
        element = add(root, "rsp:responsePackItem", version="2.0", id=item.id, state=item.state)
        if item.note:
            element.set("note", clean(item.note))
        if item.body is not None:
            element.append(item.body)
    return serialise(root)


def serialise(root: Element) -> bytes:
    """Bytes with the declaration mServer writes."""
    body: bytes = etree.tostring(root, encoding="windows-1250", xml_declaration=False)  # type: ignore[assignment]
    return DECLARATION + body


def document_response(name: str, state: str, details: list[Detail]) -> Element:
    """An import's answer, e.g. `ord:orderResponse`, with its details; the caller adds producedDetails."""
    response = new_element(name)
    response.set("version", "2.0")
    response.set("state", state)
    add_details(response, details)
    return response


def add_details(parent: Element, details: list[Detail]) -> None:
    if not details:
        return
    block = add(parent, "rdc:importDetails")
    for detail in details:
        element = add(block, "rdc:detail")
        add(element, "rdc:state", detail.state)
        add(element, "rdc:errno", str(detail.errno))
        add(element, "rdc:note", detail.note)
        if detail.xpath:
            add(element, "rdc:XPath", detail.xpath)
            if detail.requested is not None:
                add(element, "rdc:valueRequested", detail.requested)
            if detail.produced is not None:
                add(element, "rdc:valueProduced", detail.produced)


def tag(name: str) -> str:
    """`ord:order` -> `{namespace}order`."""
    prefix, local = name.split(":")
    return f"{{{NS[prefix]}}}{local}"


def new_element(name: str) -> Element:
    return etree.Element(tag(name), nsmap=NS)


def add(parent: Element, name: str, text: object = None, /, **attributes: str) -> Element:
    """Append a child; text that is None leaves it empty."""
    element = etree.SubElement(parent, tag(name))
    if text is not None:
        element.text = clean(str(text))
    for attribute, value in attributes.items():
        element.set(attribute, clean(value))
    return element


def text_of(parent: Element | None, path: str) -> str | None:
    """Text of the first element at the path as Pohoda would store it: what Windows-1250 lacks becomes `?`."""
    if parent is None:
        return None
    element = parent.find(path, NS)
    if element is None or element.text is None:
        return None
    return storable(element.text.strip())


def flag_of(parent: Element | None, path: str, default: bool = False) -> bool:
    value = text_of(parent, path)
    return default if value is None else value in ("true", "1")


def storable(text: str) -> str:
    """The database columns are of the code page 1250; other characters do not survive."""
    return text.encode("cp1250", "replace").decode("cp1250")


def clean(text: str) -> str:
    """Text without the control characters that XML 1.0 cannot carry."""
    return "".join(c for c in text if c >= " " or c in "\t\n\r")
