"""What the agent passes on to Pohoda, made of known elements, with the ids it was told (DESIGN §4.5).

One received order to be added; one list of stock cards, received orders or issued invoices; one issued invoice printed
into a file. The lists are wider than what the platform writes today, so that a quirk of Pohoda can be met without an
update at customers. There is no deletion, link, attachment, mail, printer, transformation, query or saved filter.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from lxml import etree

from pohoda_bridge.protocol import Agenda, ImportOrder, PrintReport, ReadList
from pohoda_bridge.xml import limits
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
_RANGE: Final[Tree] = _names("ftr", "idFrom count")
_DOCUMENT_FILTER: Final[Tree] = {
    "ftr:filter": _names("ftr", "id dateFrom dateTill lastChanges")
    | {
        "ftr:extId": _names("typ", "ids exSystemName"),
        "ftr:selectedNumbers": {"ftr:number": _names("typ", "numberRequested")},
    }
}
_STOCK_FILTER: Final[Tree] = {
    "ftr:filter": _names("ftr", "id code EAN internet lastChanges") | dict.fromkeys(("ftr:store", "ftr:storage"), _REF)
}
_DOCUMENT_PARTS: Final[Tree] = _names("lst", "documents attachments parameters liquidations")
_STOCK_PARTS: Final[Tree] = _names("lStk", "relatedFiles relatedLinks pictures categories relatedStocks") | _names(
    "lStk", "alternativeStocks intParameters stockItem stockAttach stockSerialNumber stockPriceItem stockParameters"
    " attachments"
)  # fmt: skip
_LISTS: Final[dict[Agenda, tuple[str, Tree]]] = {
    "stock": (
        "lStk:listStockRequest",
        {"lStk:limit": _RANGE, "lStk:requestStock": _STOCK_FILTER, "lStk:restrictionData": _STOCK_PARTS},
    ),
    "orders": (
        "lst:listOrderRequest",
        {"lst:limit": _RANGE, "lst:requestOrder": _DOCUMENT_FILTER, "lst:restrictionData": _DOCUMENT_PARTS},
    ),
    "invoices": (
        "lst:listInvoiceRequest",
        {"lst:limit": _RANGE, "lst:requestInvoice": _DOCUMENT_FILTER, "lst:restrictionData": _DOCUMENT_PARTS},
    ),
}
_PRINT: Final[Tree] = {
    "dat:dataPackItem": {
        "prn:print": {
            "prn:record": {"ftr:filter": _names("ftr", "id")},
            "prn:printerSettings": {
                "prn:report": _names("prn", "id"),
                "prn:pdf": _names("prn", "fileName") | {"prn:binaryData": _names("prn", "responseXml removeFile")},
            },
        }
    }
}
_PRINTED: Final = {"issued_invoices": "vydane_faktury"}
_KINDS: Final = {"orders": "receivedOrder", "invoices": "issuedInvoice"}
_ATTRIBUTES: Final = {
    q("dat:dataPack"): frozenset({"version", "id", "ico", "key", "application", "note"}),
    q("dat:dataPackItem"): frozenset({"version", "id"}),
    q("ord:order"): frozenset({"version"}),
    q("typ:address"): frozenset({"linkToAddress"}),
    q("typ:stockItem"): frozenset({"insertAttachStock", "applyUserSettingsFilterOnTheStore"}),
    q("lStk:listStockRequest"): frozenset({"version", "stockVersion"}),
    q("lst:listOrderRequest"): frozenset({"version", "orderType", "orderVersion", "extSystem"}),
    q("lst:listInvoiceRequest"): frozenset({"version", "invoiceType", "invoiceVersion"}),
    q("prn:print"): frozenset({"version"}),
    q("prn:record"): frozenset({"agenda"}),
}
_NO_ATTRIBUTES: Final[frozenset[str]] = frozenset()


def check_import(document: bytes, operation: ImportOrder) -> None:
    """Raises NotAllowed unless the document is exactly the one the signed operation speaks of."""
    order = _document(document, operation, _TREE, "ord:order")
    header = _only(order, "ord:orderHeader")
    ext_id = _only(header, "ord:extId")
    _compare(
        ext_id=(_text(ext_id, "typ:ids"), operation.ext_id.ids),
        ext_system=(_text(ext_id, "typ:exSystemName"), operation.ext_id.system),
        order_type=(_text(header, "ord:orderType"), "receivedOrder"),
    )
    _only(order, "ord:orderDetail")


def check_list(document: bytes, operation: ReadList) -> None:
    """Raises NotAllowed unless the document is one list request of the operation's agenda, without attached files."""
    name, tree = _LISTS[operation.agenda]
    request = _document(document, operation, {"dat:dataPackItem": {name: tree}}, name)
    prefix = name.partition(":")[0]
    _only(request, next(part for part in tree if part.startswith(f"{prefix}:request")))
    if operation.agenda != "stock":
        _compare(kind=(request.get("orderType") or request.get("invoiceType"), _KINDS[operation.agenda]))
    for files in request.iterfind(f"{q(f'{prefix}:restrictionData')}/{q(f'{prefix}:attachments')}"):
        _compare(attachments=(text_of(files), "false"))


def check_print(document: bytes, operation: PrintReport) -> str:
    """→ the file's bare name. Raises NotAllowed unless the document prints this record by this report into it."""
    request = _document(document, operation, _PRINT, "prn:print")
    record, settings = _only(request, "prn:record"), _only(request, "prn:printerSettings")
    pdf = _only(settings, "prn:pdf")
    binary = _only(pdf, "prn:binaryData")
    _compare(
        agenda=(record.get("agenda"), _PRINTED[operation.agenda]),
        record=(_text(_only(record, "ftr:filter"), "ftr:id"), str(operation.record_id)),
        report=(_text(_only(settings, "prn:report"), "prn:id"), str(operation.report_id)),
        answer=(_text(binary, "prn:responseXml"), "true"),
        removal=(_text(binary, "prn:removeFile"), "true"),
    )
    name = _text(pdf, "prn:fileName")
    if not limits.PRINT_FILE.fullmatch(name):
        raise NotAllowed("file_name", name[:80])
    return name


def _document(
    document: bytes, operation: ImportOrder | ReadList | PrintReport, tree: Tree, name: str
) -> etree._Element:
    """→ the one element `name` of the pack, once all of it is known to be allowed and to have the operation's ids."""
    try:
        root = parse(document, limit=DOCUMENT_LIMIT)
        if root.tag != q("dat:dataPack"):
            raise NotAllowed("not_a_pack", str(root.tag)[-80:])
        _check_element(root, tree)
        item = _only(root, "dat:dataPackItem")
    except ReadError as error:
        raise NotAllowed("unreadable", str(error)) from error
    _compare(
        pack_id=(root.get("id"), operation.pack_id),
        item_id=(item.get("id"), operation.item_id),
        ico=(root.get("ico"), operation.pin.ico),
        key=(root.get("key", ""), operation.pin.key),
    )
    return _only(item, name)


def _compare(**said: tuple[str | None, str]) -> None:
    for name, (found, wanted) in said.items():
        if found != wanted:
            raise NotAllowed(f"other_{name}", f"{found!r}"[:80])


def _text(parent: etree._Element, name: str) -> str:
    return text_of(_only(parent, name))


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
