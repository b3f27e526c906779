"""Whole lists as Pohoda exports them: stock cards, received orders, issued invoices."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from pohoda_bridge.protocol import Agenda
from pohoda_bridge.xml.expected import Expected
from pohoda_bridge.xml.namespaces import PREFIXES
from tests.bridge_xml.answers import PIN

EXPECTED = Expected(pack_id="CFL-1", item_id="CFL-1-1", pin=PIN)
STAMP = "2026-11-23T10:00:00"
NAMESPACES = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in PREFIXES.items())
LISTS: dict[Agenda, str] = {"stock": "lStk:listStock", "orders": "lst:listOrder", "invoices": "lst:listInvoice"}
LINK = (
    "<typ:link><typ:sourceAgenda>issuedInvoice</typ:sourceAgenda><typ:sourceDocument><typ:id>7</typ:id>"
    "<typ:number>26FV00007</typ:number></typ:sourceDocument></typ:link>"
)
PARAMETERS = (
    "<typ:parameter><typ:name>VPrCislo</typ:name><typ:textValue>A &amp; B</typ:textValue></typ:parameter>"
    "<typ:parameter><typ:name>RefVPrStav</typ:name><typ:listValueRef><typ:id>3</typ:id><typ:ids>Odesláno</typ:ids>"
    "</typ:listValueRef><typ:list><typ:ids>Stavy</typ:ids></typ:list></typ:parameter>"
    "<typ:parameter><typ:name>VPrAno</typ:name><typ:booleanValue>true</typ:booleanValue></typ:parameter>"
)


def answer(
    agenda: Agenda,
    items: Iterable[str],
    *,
    encoding: str = "Windows-1250",
    gap: str = "\n",
    namespaces: str = NAMESPACES,
    prolog: str = "",
    state: str = "ok",
    list_state: str = "ok",
    pack_note: str = "",
    stamp: str = STAMP,
) -> bytes:
    """A responsePack around one list of items."""
    name = LISTS[agenda]
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n{prolog}'
        f'<rsp:responsePack version="2.0" id="CFL-1" state="{state}" programVersion="14006.4 SQL (1.10.2026)" '
        f'ico="12345678" key="0a0a0a0a-0000-4000-8000-000000000001" note={quoteattr(pack_note)} {namespaces}>\n'
        f'<rsp:responsePackItem version="2.0" id="CFL-1-1" state="ok">{gap}'
        f'<{name} version="2.0" dateTimeStamp="{stamp}" dateValidFrom="2026-11-23" state="{list_state}">{gap}'
        f"{gap.join(items)}{gap}</{name}>{gap}</rsp:responsePackItem>\n</rsp:responsePack>"
    )
    return text.encode("cp1250" if encoding.lower() in ("windows-1250", "cp1250") else "utf-8")


def card(
    number: int = 1,
    *,
    name: str = "Židle",
    count: str = "5",
    price: str = "1499.5",
    levels: Sequence[tuple[str, str]] = (("Prodejní", "1499.5"), ("Allegro", "1555")),
    more: str = "",
    inside: str = "",
) -> str:
    """One lStk:stock. `more` goes into its header, `inside` behind the header."""
    prices = "".join(
        f"<stk:stockPrice><typ:id>{row}</typ:id><typ:ids>{escape(level)}</typ:ids><typ:price>{value}</typ:price>"
        "</stk:stockPrice>"
        for row, (level, value) in enumerate(levels, 1)
    )
    block = f"<stk:stockPriceItem>{prices}</stk:stockPriceItem>" if prices else ""
    return (
        f'<lStk:stock version="2.0"><stk:stockHeader><stk:id>{number}</stk:id><stk:stockType>card</stk:stockType>'
        f"<stk:code>Z{number}</stk:code><stk:EAN>8590000000001</stk:EAN><stk:isSales>true</stk:isSales>"
        '<stk:isInternet>false</stk:isInternet><stk:sellingRateVAT value="21">high</stk:sellingRateVAT>'
        f"<stk:name>{escape(name)}</stk:name><stk:unit>ks</stk:unit><stk:storage><typ:id>1</typ:id>"
        "<typ:ids>ZBOZI/Nábytek</typ:ids></stk:storage>"
        f'<stk:sellingPrice payVAT="true">{price}</stk:sellingPrice><stk:count>{count}</stk:count>'
        "<stk:countReceivedOrders>1</stk:countReceivedOrders><stk:reservation>2</stk:reservation>"
        f"<stk:producer>Výrobce</stk:producer>{more}</stk:stockHeader>{inside}{block}</lStk:stock>"
    )


def order(number: int = 1, *, lines: str = "", header: str = "", links: str = LINK, flags: str = "") -> str:
    """One lst:order with every part that is read."""
    return (
        f'<lst:order version="2.0"><ord:orderHeader><ord:id>{number}</ord:id>'
        f"<ord:extId><typ:ids>form-{number}</typ:ids><typ:exSystemName>allegro:sandbox:42</typ:exSystemName></ord:extId>"
        f"<ord:orderType>receivedOrder</ord:orderType><ord:number><typ:id>3</typ:id>"
        f"<typ:numberRequested>26OP{number:05}</typ:numberRequested></ord:number>"
        "<ord:numberOrder>29738e61</ord:numberOrder><ord:date>2026-11-20</ord:date>"
        "<ord:paymentType><typ:id>2</typ:id><typ:ids>Plat.kartou</typ:ids><typ:paymentType>creditcard</typ:paymentType>"
        f"</ord:paymentType>{flags or '<ord:isExecuted>false</ord:isExecuted><ord:isReserved>true</ord:isReserved>'}"
        "<ord:carrier><typ:ids>Zásilkovna</typ:ids></ord:carrier><ord:labels><typ:label><typ:ids>Spěchá</typ:ids>"
        f"</typ:label></ord:labels><ord:parameters>{PARAMETERS}</ord:parameters>{header}</ord:orderHeader>"
        f"<ord:orderDetail>{lines or line(2, 1) + line(3, 0) + line(1, 0, stock=False)}</ord:orderDetail>"
        "<ord:orderSummary><ord:homeCurrency><typ:priceHigh>100</typ:priceHigh><typ:priceHighVAT>21</typ:priceHighVAT>"
        f"</ord:homeCurrency></ord:orderSummary><ord:linkedDocuments>{links}</ord:linkedDocuments></lst:order>"
    )


def line(quantity: int, delivered: int, *, stock: bool = True) -> str:
    card_of = "<ord:stockItem><typ:stockItem><typ:ids>Z1</typ:ids></typ:stockItem></ord:stockItem>" if stock else ""
    return (
        f"<ord:orderItem><ord:id>9</ord:id><ord:quantity>{quantity}</ord:quantity>"
        f"<ord:delivered>{delivered}</ord:delivered>{card_of}</ord:orderItem>"
    )


def invoice(number: int = 1, *, header: str = "", kind: str = "issuedInvoice") -> str:
    """One lst:invoice in euro with a link to its order."""
    return (
        f'<lst:invoice version="2.0"><inv:invoiceHeader><inv:id>{number}</inv:id>'
        f"<inv:invoiceType>{kind}</inv:invoiceType><inv:number>"
        f"<typ:numberRequested>26FV{number:05}</typ:numberRequested></inv:number><inv:symVar>2600001</inv:symVar>"
        f"<inv:date>2026-11-21</inv:date><inv:numberOrder>29738e61</inv:numberOrder>{header}"
        f"<inv:parameters>{PARAMETERS}</inv:parameters></inv:invoiceHeader>"
        "<inv:invoiceSummary><inv:foreignCurrency><typ:currency><typ:ids>EUR</typ:ids></typ:currency>"
        "<typ:priceSum>59.90</typ:priceSum></inv:foreignCurrency></inv:invoiceSummary>"
        f"<inv:linkedDocuments>{LINK.replace('issuedInvoice', 'receivedOrder')}</inv:linkedDocuments></lst:invoice>"
    )


ITEMS = {"stock": card, "orders": order, "invoices": invoice}
