"""What the agent passes on to Pohoda: one received order to be added, made of known elements, with the ids it was told.

The list is wider than what the platform writes today, so that a quirk of Pohoda can be met without an update at
customers. It has no deletion, link, attachment, print, transformation or query: nothing that reads, removes or runs
anything (DESIGN §4.5).
"""

from __future__ import annotations

from typing import Final, TypeAlias

from lxml import etree

from pohoda_bridge.protocol import ImportOrder
from pohoda_bridge.xml.errors import NotAllowed, ReadError
from pohoda_bridge.xml.namespaces import q
from pohoda_bridge.xml.reader import parse, text_of

DOCUMENT_LIMIT: Final = 1024 * 1024

Tree: TypeAlias = "dict[str, Tree]"

_LEAF: Final[Tree] = {}


def _names(prefix: str, names: str) -> Tree:
    return {f"{prefix}:{name}": _LEAF for name in names.split()}


_REF: Final[Tree] = _names("typ", "id ids")
_EXT_ID: Final[Tree] = _names("typ", "ids exSystemName exSystemText")
_PLACE: Final[Tree] = _names("typ", "company division name city street zip phone email") | {"typ:country": _REF}
_PRICE: Final[Tree] = _names("typ", "unitPrice price priceVAT")
_PARAMETER_VALUES: Final = "name textValue memoValue currencyValue booleanValue numberValue integerValue datetimeValue"
_PARAMETERS: Final[Tree] = {
    "typ:parameter": _names("typ", _PARAMETER_VALUES) | {"typ:listValueRef": _REF, "typ:list": _REF}
}
_HEADER: Final[Tree] = (
    _names("ord", "orderType numberOrder date dateDelivery dateFrom dateTo text isExecuted isReserved note intNote")
    | _names("ord", "permanentDocument accountingPeriodMOSS markRecord")
    | dict.fromkeys(
        ("ord:paymentType", "ord:priceLevel", "ord:centre", "ord:activity", "ord:contract", "ord:regVATinEU"), _REF
    )
    | dict.fromkeys(("ord:MOSS", "ord:evidentiaryResourcesMOSS", "ord:carrier"), _REF)
    | {
        "ord:extId": _EXT_ID,
        "ord:number": _REF,
        "ord:partnerIdentity": {
            "typ:address": _PLACE | _names("typ", "ico dic icDph VATPayerType mobilPhone fax"),
            "typ:shipToAddress": _PLACE,
        },
        "ord:labels": {"typ:label": _REF},
        "ord:parameters": _PARAMETERS,
    }
)
_LINE: Final[Tree] = (
    _names("ord", "extId text quantity unit coefficient payVAT rateVAT percentVAT discountPercentage note code PDP")
    | dict.fromkeys(("ord:centre", "ord:activity", "ord:contract", "ord:typeServiceMOSS"), _REF)
    | dict.fromkeys(("ord:homeCurrency", "ord:foreignCurrency"), _PRICE)
    | {
        "ord:stockItem": {"typ:store": _REF, "typ:stockItem": _names("typ", "ids EAN")},
        "ord:parameters": _PARAMETERS,
    }
)
_SUMMARY: Final[Tree] = _names("ord", "roundingDocument roundingVAT calculateVAT typeCalculateVATInclusivePrice") | {
    "ord:foreignCurrency": _names("typ", "rate amount") | {"typ:currency": _REF}
}
_TREE: Final[Tree] = {
    "dat:dataPackItem": {
        "ord:order": {
            "ord:actionType": _names("ord", "add"),
            "ord:orderHeader": _HEADER,
            "ord:orderDetail": {"ord:orderItem": _LINE},
            "ord:orderSummary": _SUMMARY,
        }
    }
}
_ATTRIBUTES: Final = {
    q("dat:dataPack"): frozenset({"version", "id", "ico", "key", "application", "note"}),
    q("dat:dataPackItem"): frozenset({"version", "id"}),
    q("ord:order"): frozenset({"version"}),
    q("typ:address"): frozenset({"linkToAddress"}),
    q("typ:stockItem"): frozenset({"insertAttachStock", "applyUserSettingsFilterOnTheStore"}),
}
_NO_ATTRIBUTES: Final[frozenset[str]] = frozenset()


def check_import(document: bytes, operation: ImportOrder) -> None:
    """Raises NotAllowed unless the document is exactly the one the signed operation speaks of."""
    try:
        root = parse(document, limit=DOCUMENT_LIMIT)
        if root.tag != q("dat:dataPack"):
            raise NotAllowed("not_a_pack", str(root.tag)[-80:])
        _check_element(root, _TREE)
        _check_ids(root, operation)
    except ReadError as error:
        raise NotAllowed("unreadable", str(error)) from error


def _check_ids(pack: etree._Element, operation: ImportOrder) -> None:
    item = _only(pack, "dat:dataPackItem")
    order = _only(item, "ord:order")
    header = _only(order, "ord:orderHeader")
    ext_id = _only(header, "ord:extId")
    said = {
        "pack_id": (pack.get("id"), operation.pack_id),
        "item_id": (item.get("id"), operation.item_id),
        "ico": (pack.get("ico"), operation.pin.ico),
        "key": (pack.get("key", ""), operation.pin.key),
        "ext_id": (text_of(ext_id.find(q("typ:ids"))), operation.ext_id.ids),
        "ext_system": (text_of(ext_id.find(q("typ:exSystemName"))), operation.ext_id.system),
        "order_type": (text_of(header.find(q("ord:orderType"))), "receivedOrder"),
    }
    for name, (found, wanted) in said.items():
        if found != wanted:
            raise NotAllowed(f"other_{name}", f"{found!r}"[:80])
    _only(order, "ord:orderDetail")


def _only(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(q(name))
    if len(found) != 1:
        raise NotAllowed("count", f"{name}: {len(found)}")
    return found[0]


def _check_element(element: etree._Element, allowed: Tree) -> None:
    for attribute in element.attrib:
        if attribute not in _ATTRIBUTES.get(str(element.tag), _NO_ATTRIBUTES):
            raise NotAllowed("attribute", str(attribute)[-80:])
    children = {q(name): inner for name, inner in allowed.items()}
    if children and (element.text or "").strip():
        raise NotAllowed("text", str(element.tag)[-80:])
    for child in element:
        inner = children.get(str(child.tag))
        if inner is None or (child.tail or "").strip():
            raise NotAllowed("element", str(child.tag)[-80:])
        _check_element(child, inner)
