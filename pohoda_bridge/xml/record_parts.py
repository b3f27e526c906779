"""Parts that records of several agendas have: header, references, optional parameters, links, price levels."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from lxml import etree

from pohoda_bridge.protocol import Agenda
from pohoda_bridge.records import DocumentLink
from pohoda_bridge.xml import values
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.namespaces import q
from pohoda_bridge.xml.raw import LAYOUTS
from pohoda_bridge.xml.reader import text_of
from pohoda_bridge.xml.values import child_text

_IDS: Final = q("typ:ids")
_PRICE: Final = q("typ:price")
_WITH_ATTRIBUTES: Final = frozenset({"sellingRateVAT", "sellingPrice"})
_WANTED: Final[dict[Agenda, str]] = {
    "stock": "id code storage name EAN stockType unit count reservation countReceivedOrders sellingRateVAT sellingPrice"
    " isSales isInternet producer parameters categories pictures intParameters",
    "orders": "id extId orderType storno number numberOrder date isExecuted isDelivered isReserved carrier paymentType"
    " labels parameters",
    "invoices": "id invoiceType storno number symVar numberOrder date liquidation lock1 lock2 parameters",
}
_TAGS: Final[dict[Agenda, dict[str, str]]] = {
    agenda: {q(f"{LAYOUTS[agenda].header.partition(':')[0]}:{name}"): name for name in names.split()}
    for agenda, names in _WANTED.items()
}


class Header(NamedTuple):
    """What is wanted of a record's header, by local names: the texts of leaves, and what has more than a text."""

    leaves: dict[str, str]
    inner: dict[str, etree._Element]

    def text(self, name: str) -> str:
        """The text of a leaf, "" for an absent one. Raises ReadError when it is not a leaf."""
        found = self.leaves.get(name)
        if found is None and name in self.inner:
            raise ReadError("not_a_leaf", name)
        return found or ""


def read_header(item: etree._Element, agenda: Agenda) -> Header:
    """The schema has each element of a header at most once. Raises ReadError where a wanted one stands twice."""
    header = part(item, LAYOUTS[agenda].header)
    if header is None:
        raise ReadError("bad_record", LAYOUTS[agenda].header)
    wanted = _TAGS[agenda]
    leaves: dict[str, str] = {}
    inner: dict[str, etree._Element] = {}
    for child in header:
        # Naming an element costs more than anything else here: what is not wanted is left at that.
        name = wanted.get(child.tag)
        if name is None:
            continue
        if name in leaves or name in inner:
            raise ReadError("bad_record", f"{name} stands twice")
        if len(child) or name in _WITH_ATTRIBUTES:
            inner[name] = child
        else:
            leaves[name] = (child.text or "").strip()
    return Header(leaves, inner)


def children(parent: etree._Element | None) -> Iterable[etree._Element]:
    return () if parent is None else parent


def part(parent: etree._Element, name: str) -> etree._Element | None:
    """A child by its name. For short parents: quicker than a search by path."""
    tag = q(name)
    for child in parent:
        if child.tag == tag:
            return child
    return None


def text_in(parent: etree._Element | None, name: str) -> str:
    """The text of a child by its name, "" for an absent one."""
    return "" if parent is None else text_of(part(parent, name))


def code_of(reference: etree._Element | None) -> str:
    """The code of a reference, "" without one."""
    return text_in(reference, "typ:ids")


def price_levels(prices: etree._Element | None) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for price in children(prices):
        name = value = None
        for child in price:
            if child.tag == _IDS:
                name = child.text
            elif child.tag == _PRICE:
                value = child.text
        found[(name or "").strip()] = values.amount((value or "").strip())
    return found


def optional_fields(parameters: etree._Element | None) -> dict[str, str]:
    """Optional parameters by their names; a list's entry by its text."""
    found: dict[str, str] = {}
    for parameter in children(parameters):
        parts = list(parameter)
        if not parts or parts[0].tag != q("typ:name"):
            raise ReadError("bad_record", "parameter without a name")
        value = parts[1] if len(parts) > 1 else None
        is_entry = value is not None and value.tag == q("typ:listValueRef")
        found[text_of(parts[0])] = code_of(value) if is_entry else text_of(value)
    return found


def extra_lists(header: Header) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if (categories := header.inner.get("categories")) is not None:
        found["categories"] = [text_of(category) for category in categories]
    if (pictures := header.inner.get("pictures")) is not None:
        found["pictures"] = [child_text(picture, "stk:filepath") for picture in pictures]
    if (parameters := header.inner.get("intParameters")) is not None:
        found["parameters"] = [_internet_parameter(parameter) for parameter in parameters]
    return found


def _internet_parameter(parameter: etree._Element) -> str:
    path = f"{q('stk:intParameterValues')}/{q('stk:intParameterValue')}/{q('stk:parameterValue')}"
    said = ", ".join(text_of(value) for value in parameter.iterfind(path))
    return f"{child_text(parameter, 'stk:intParameterName')}: {said}"


def document_links(linked: etree._Element | None) -> tuple[DocumentLink, ...]:
    links = []
    for link in children(linked):
        document = link.find(q("typ:sourceDocument"))
        number = text_in(document, "typ:number")
        # A document of another year may be named by its number alone.
        record_id = values.record_id(said) if (said := text_in(document, "typ:id")) else 0
        links.append(DocumentLink(agenda=text_in(link, "typ:sourceAgenda"), id=record_id, number=number))
    return tuple(links)


def delivered_of(detail: etree._Element | None) -> tuple[Decimal, Decimal]:
    """→ (ordered, delivered) pieces of the lines that are goods on stock."""
    quantity = delivered = Decimal(0)
    for line in () if detail is None else detail.iterfind(q("ord:orderItem")):
        if line.find(q("ord:stockItem")) is not None:
            quantity += values.amount(child_text(line, "ord:quantity"))
            delivered += values.amount(child_text(line, "ord:delivered"))
    return quantity, delivered


def is_paid(liquidation: etree._Element | None) -> bool:
    """A payment's date is there and no amount is left open."""
    if liquidation is None or not child_text(liquidation, "typ:date"):
        return False
    left = (values.amount(child_text(liquidation, name)) for name in ("typ:amountHome", "typ:amountForeign"))
    return not any(left)
