"""Orders to write and answers as Pohoda would give them, for the tests of the XML layer and of the agent."""

import datetime as dt
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from pohoda_bridge.documents import (
    ExternalId,
    OrderImport,
    OrderLine,
    Party,
    ReceivedOrder,
    ShipTo,
    StockRef,
    UnitPin,
)
from pohoda_bridge.protocol import ImportOrder
from pohoda_bridge.xml import ids
from pohoda_bridge.xml.expected import Expected

PIN = UnitPin(ico="12345678", database="StwPh_12345678_2026", year=2026)
FORM = "29738e61-7f6a-11e8-ac45-09db60ede9d6"
EXT_ID = ExternalId(FORM, "allegro:sandbox:42", "Allegro")
PACK_ID = ids.pack_id(unit=PIN.ico, environment="sandbox", seller="42", kind="order", form_id=FORM)
EXPECTED = Expected(pack_id=PACK_ID, item_id=FORM, pin=PIN, ext_id=EXT_ID)
OPERATION = ImportOrder(pin=PIN, ext_id=EXT_ID, pack_id=PACK_ID, item_id=FORM)

NAMESPACES = " ".join(
    f'xmlns:{prefix}="http://www.stormware.cz/schema/version_2/{name}.xsd"'
    for prefix, name in (
        ("rsp", "response"),
        ("rdc", "documentresponse"),
        ("typ", "type"),
        ("ord", "order"),
        ("lst", "list"),
    )
)
PRODUCED = "<rdc:producedDetails><rdc:id>1207</rdc:id><rdc:number>26ALG0007</rdc:number></rdc:producedDetails>"


def order(**changes) -> ReceivedOrder:
    values = {
        "ext_id": EXT_ID,
        "number_order": "29738e61-7f6a",
        "date": dt.date(2026, 11, 20),
        "text": "Allegro 29738e61",
        "buyer": Party(name="Jan Žižka", street="Hlavní 12", city="Brno", zip="60200", country="CZ"),
        "ship_to": ShipTo(company="Výdejní místo 5", name="Jan Žižka", city="Brno"),
        "lines": (
            OrderLine("Židle", Decimal(2), Decimal("1499.00"), "high", stock=StockRef("ZBOZI", "Z120"), code="Z120"),
            OrderLine("Doprava", Decimal(1), Decimal("59.00"), "high"),
        ),
    }
    return ReceivedOrder(**(values | changes))


def order_import(**changes) -> OrderImport:
    return OrderImport(pack_id=PACK_ID, item_id=FORM, pin=PIN, order=order(**changes))


def answer(
    *,
    pack: str = "ok",
    item: str = "ok",
    inner: str | None = "ok",
    details: str = "",
    produced: str = PRODUCED,
    content: str | None = None,
    pack_id: str = PACK_ID,
    item_id: str = FORM,
    pack_note: str = "",
    item_note: str = "",
    ico: str = "12345678",
    key: str = "0a0a0a0a-0000-4000-8000-000000000001",
    encoding: str = "Windows-1250",
) -> bytes:
    """One responsePack with one item around one orderResponse."""
    imported = f"<rdc:importDetails>{details}</rdc:importDetails>" if details else ""
    if content is None:
        content = (
            ""
            if inner is None
            else f'<ord:orderResponse version="2.0" state="{inner}">{imported}{produced}</ord:orderResponse>'
        )
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n'
        f'<rsp:responsePack version="2.0" id="{pack_id}" state="{pack}" programVersion="14006.4 SQL (1.10.2026)" '
        f'ico="{ico}" key="{key}" note={quoteattr(pack_note)} {NAMESPACES}>\n'
        f'<rsp:responsePackItem version="2.0" id="{item_id}" state="{item}" note={quoteattr(item_note)}>'
        f"{content}</rsp:responsePackItem>\n</rsp:responsePack>"
    )
    return text.encode("cp1250" if encoding == "Windows-1250" else "utf-8")


def detail(state: str, *, errno: int | None = None, note: str = "", xpath: str = "", values: tuple = ()) -> str:
    parts = [f"<rdc:state>{state}</rdc:state>"]
    parts += [f"<rdc:errno>{errno}</rdc:errno>"] if errno is not None else []
    parts += [f"<rdc:note>{escape(note)}</rdc:note>"] if note else []
    parts += [f"<rdc:XPath>{xpath}</rdc:XPath>"] if xpath else []
    names = ("valueRequested", "valueProduced")
    parts += [f"<rdc:{name}>{escape(value)}</rdc:{name}>" for name, value in zip(names, values, strict=False)]
    return f"<rdc:detail>{''.join(parts)}</rdc:detail>"


def exported(record_id: int = 1207, *, form: str = FORM, system: str = EXT_ID.system, summary: str = "") -> str:
    """One lst:order as Pohoda exports it."""
    ext_id = f"<ord:extId><typ:ids>{form}</typ:ids><typ:exSystemName>{system}</typ:exSystemName></ord:extId>"
    return (
        f'<lst:order version="2.0"><ord:orderHeader><ord:id>{record_id}</ord:id>{ext_id if form else ""}'
        "<ord:orderType>receivedOrder</ord:orderType>"
        f"<ord:number><typ:numberRequested>26ALG{record_id:05}</typ:numberRequested></ord:number>"
        "<ord:numberOrder>29738e61-7f6a</ord:numberOrder><ord:date>2026-11-20</ord:date>"
        f"<ord:isExecuted>false</ord:isExecuted></ord:orderHeader>{summary}</lst:order>"
    )


def listed(*orders: str, state: str = "ok", **changes) -> bytes:
    """A responsePack around a list of orders."""
    content = (
        f'<lst:listOrder version="2.0" dateTimeStamp="2026-11-23T10:00:00" dateValidFrom="2026-11-23" state="{state}">'
        f"{''.join(orders)}</lst:listOrder>"
    )
    return answer(content=content, **changes)
