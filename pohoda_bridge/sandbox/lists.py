"""List requests for documents: filters, paging, and the orders, invoices and issue slips that answer them."""

import json
from collections.abc import Callable
from datetime import datetime

from pohoda_bridge.sandbox.database import Connection, Row, select
from pohoda_bridge.sandbox.envelope import (
    NS,
    Detail,
    Element,
    ItemAnswer,
    add_details,
    flag_of,
    new_element,
    tag,
    text_of,
)
from pohoda_bridge.sandbox.external_ids import documents_of, read_external_id
from pohoda_bridge.sandbox.invoice_export import InvoiceExport
from pohoda_bridge.sandbox.links import ADVANCES, INVOICE_KINDS, INVOICES, SLIPS
from pohoda_bridge.sandbox.order_export import OrderExport
from pohoda_bridge.sandbox.slip_export import SlipExport

ORDER_KINDS = {"receivedOrder": 1, "issuedOrder": 2}
MAX_COUNT = 10_000
Condition = tuple[str, object]


class UnsupportedFilter(Exception):
    """The sandbox does not know this way of choosing records."""


def list_orders(connection: Connection, request: Element, item_id: str, now: datetime) -> ItemAnswer:
    """Answer lst:listOrderRequest with whole orders by ascending ID."""
    kind = ORDER_KINDS[request.get("orderType", "receivedOrder")]
    page = _documents("OBJ", [("RelTpObj = ?", kind)], (11, 12), OrderExport, connection, request)
    return answer_list("lst:listOrder", "lst:requestOrder", "lst", request, item_id, now, page)


def list_invoices(connection: Connection, request: Element, item_id: str, now: datetime) -> ItemAnswer:
    """Answer lst:listInvoiceRequest with the invoices of the kind asked for; kinds this unit never has give none."""
    kind = INVOICE_KINDS.get(request.get("invoiceType", ""), -1)
    page = _documents("FA", [("RelTpFak = ?", kind)], (INVOICES, ADVANCES), InvoiceExport, connection, request)
    return answer_list("lst:listInvoice", "lst:requestInvoice", "lst", request, item_id, now, page)


def list_slips(connection: Connection, request: Element, item_id: str, now: datetime) -> ItemAnswer:
    """Answer lst:listVydejkaRequest with issue slips by ascending ID."""
    page = _documents("SKPV", [], (SLIPS,), SlipExport, connection, request)
    return answer_list("lst:listVydejka", "lst:requestVydejka", "lst", request, item_id, now, page)


def _documents(
    table: str,
    of_kind: list[Condition],
    agendas: tuple[int, ...],
    export_as: type[OrderExport] | type[InvoiceExport] | type[SlipExport],
    connection: Connection,
    request: Element,
) -> "Page":
    def page(answer: Element, limit: Element | None, wanted: Element, restriction: Element | None) -> None:
        conditions = [*of_kind, *_document_conditions(connection, wanted.find("ftr:filter", NS), agendas)]
        export = export_as(
            connection,
            request.get("extSystem"),
            documents=flag_of(restriction, "lst:documents", default=True),
            parameters=flag_of(restriction, "lst:parameters", default=True),
            liquidations=flag_of(restriction, "lst:liquidations"),
        )
        for row in select_page(connection, table, conditions, limit):
            export.add(answer, row)

    return page


Page = Callable[[Element, Element | None, Element, Element | None], None]


def answer_list(
    name: str, wanted_name: str, prefix: str, request: Element, item_id: str, now: datetime, page: Page
) -> ItemAnswer:
    """A list element with one page per request in it; a way of filtering that is not known here is an error."""
    answer = new_element(name)
    attributes = {
        "version": "2.0",
        "dateTimeStamp": now.isoformat(timespec="seconds"),
        "dateValidFrom": f"{now:%Y-%m-%d}",
    }
    for attribute, value in attributes.items():
        answer.set(attribute, value)
    limit: Element | None = None
    try:
        for child in request:
            if child.tag == tag(f"{prefix}:limit"):
                limit = child
            elif child.tag == tag(wanted_name):
                following = child.getnext()
                restricts = following is not None and following.tag == tag(f"{prefix}:restrictionData")
                page(answer, limit, _supported(child), following if restricts else None)
                limit = None
    except UnsupportedFilter as error:
        del answer[:]
        add_details(answer, [Detail("error", 556, str(error))])
    state = "error" if len(answer) and answer[0].tag == tag("rdc:importDetails") else "ok"
    answer.set("state", state)
    return ItemAnswer(item_id, state, body=answer)


def select_page(connection: Connection, table: str, conditions: list[Condition], limit: Element | None) -> list[Row]:
    """Rows by ascending ID from `idFrom` on, `count` at most."""
    conditions = list(conditions)
    if id_from := text_of(limit, "ftr:idFrom"):
        conditions.append(("ID >= ?", int(id_from)))
    where = " AND ".join(condition for condition, _ in conditions) or "1"
    parameters = [value for _, value in conditions]
    count = int(text_of(limit, "ftr:count") or MAX_COUNT)
    sql = f"SELECT * FROM {table} WHERE {where} ORDER BY ID LIMIT ?"  # noqa: S608 - conditions are constants
    return select(connection, sql, *parameters, count)


def _supported(wanted: Element) -> Element:
    for unsupported in ("queryFilter", "userFilterName"):
        if wanted.find(f"ftr:{unsupported}", NS) is not None:
            raise UnsupportedFilter(f"Filtr {unsupported} tato účetní jednotka neumí.")
    return wanted


def _document_conditions(
    connection: Connection, condition: Element | None, agendas: tuple[int, ...]
) -> list[Condition]:
    conditions: list[Condition] = []
    if condition is None:
        return conditions
    if identifier := text_of(condition, "ftr:id"):
        conditions.append(("ID = ?", int(identifier)))
    if (external := read_external_id(condition.find("ftr:extId", NS))) is not None:
        conditions.append(_one_of("ID", documents_of(connection, external, agendas)))
    for name, sql in (("dateFrom", "substr(Datum, 1, 10) >= ?"), ("dateTill", "substr(Datum, 1, 10) <= ?")):
        if day := text_of(condition, f"ftr:{name}"):
            conditions.append((sql, day))
    if changed := text_of(condition, "ftr:lastChanges"):
        conditions.append(("DatSave >= ?", changed[:19]))
    for path, column in (
        ("ftr:selectedNumbers/ftr:number/typ:numberRequested", "Cislo"),
        ("ftr:selectedCompanys/ftr:company", "Firma"),
        ("ftr:selectedIco/ftr:ico", "ICO"),
    ):
        values = [element.text or "" for element in condition.iterfind(path, NS)]
        if values:
            conditions.append(_one_of(column, values))
    return conditions


def _one_of(column: str, values: list[int] | list[str]) -> Condition:
    return f"{column} IN (SELECT value FROM json_each(?))", json.dumps(values)  # noqa: S608 - columns are constants
