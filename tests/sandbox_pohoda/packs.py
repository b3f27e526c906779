"""dataPacks as a client would send them, made as text: independent of the bridge and of the sandbox."""

SCHEMA = "http://www.stormware.cz/schema/version_2/"
PREFIXES = {
    "dat": "data",
    "typ": "type",
    "ord": "order",
    "ftr": "filter",
    "lst": "list",
    "lStk": "list_stock",
    "prn": "print",
}
NAMESPACES = " ".join(f'xmlns:{prefix}="{SCHEMA}{name}.xsd"' for prefix, name in PREFIXES.items())
NS = {prefix: f"{SCHEMA}{name}.xsd" for prefix, name in PREFIXES.items()} | {
    "rsp": f"{SCHEMA}response.xsd",
    "rdc": f"{SCHEMA}documentresponse.xsd",
    "stk": f"{SCHEMA}stock.xsd",
    "inv": f"{SCHEMA}invoice.xsd",
    "vyd": f"{SCHEMA}vydejka.xsd",
}
SYSTEM = "allegro:sandbox:42"
FORM = "29738e61-7f6a-11e8-ac45-09db60ede9d6"
ADDRESS = (
    '<typ:address linkToAddress="false"><typ:name>Jan Žižka</typ:name><typ:city>Brno</typ:city>'
    "<typ:street>Hlavní 12</typ:street><typ:zip>60200</typ:zip><typ:country><typ:ids>CZ</typ:ids></typ:country>"
    "<typ:email>a+b@allegromail.example</typ:email></typ:address>"
)


def pack(*bodies: str, id: str = "CF1-1", ico: str = "12345678", items: tuple[str, ...] = (), **attributes: str) -> str:
    """A dataPack of the given documents; item ids are `<id>-1`, `<id>-2` ... unless named."""
    ids = items or tuple(f"{id}-{number}" for number in range(1, len(bodies) + 1))
    inner = "".join(
        f'<dat:dataPackItem version="2.0" id="{item}">{body}</dat:dataPackItem>'
        for item, body in zip(ids, bodies, strict=True)
    )
    extra = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return (
        f'<dat:dataPack version="2.0" id="{id}" ico="{ico}" application="Test" note="test"{extra} {NAMESPACES}>'
        f"{inner}</dat:dataPack>"
    )


def stock_item(code: str = "NAR-0101", quantity: str = "1", price: str = "2490", currency: str = "home") -> str:
    return (
        f"<ord:orderItem><ord:text>Zboží {code}</ord:text><ord:quantity>{quantity}</ord:quantity>"
        "<ord:payVAT>true</ord:payVAT><ord:rateVAT>high</ord:rateVAT>"
        "<ord:discountPercentage>0</ord:discountPercentage>"
        f"<ord:{currency}Currency><typ:unitPrice>{price}</typ:unitPrice></ord:{currency}Currency>"
        "<ord:stockItem><typ:store><typ:ids>ZBOZI</typ:ids></typ:store>"
        f"<typ:stockItem><typ:ids>{code}</typ:ids></typ:stockItem></ord:stockItem></ord:orderItem>"
    )


def text_item(text: str = "Doprava", price: str = "59", currency: str = "home", vat: str = "high") -> str:
    return (
        f"<ord:orderItem><ord:text>{text}</ord:text><ord:quantity>1</ord:quantity><ord:payVAT>true</ord:payVAT>"
        f"<ord:rateVAT>{vat}</ord:rateVAT><ord:discountPercentage>0</ord:discountPercentage>"
        f"<ord:{currency}Currency><typ:unitPrice>{price}</typ:unitPrice></ord:{currency}Currency></ord:orderItem>"
    )


def foreign(code: str, rate: str | None, amount: str | None = "1") -> str:
    rates = "" if rate is None else f"<typ:rate>{rate}</typ:rate><typ:amount>{amount}</typ:amount>"
    return f"<ord:foreignCurrency><typ:currency><typ:ids>{code}</typ:ids></typ:currency>{rates}</ord:foreignCurrency>"


def order(
    *items: str,
    ext: str | None = FORM,
    system: str = SYSTEM,
    header: str = "",
    date: str = "2026-11-20",
    reserved: bool = True,
    rounding: str = "none",
    summary: str = "",
    address: str = ADDRESS,
) -> str:
    """A received order; without items it has one piece of NAR-0101 and a delivery line (2549 CZK)."""
    ext_id = f"<ord:extId><typ:ids>{ext}</typ:ids><typ:exSystemName>{system}</typ:exSystemName></ord:extId>"
    rounding_element = f"<ord:roundingDocument>{rounding}</ord:roundingDocument>" if rounding else ""
    return (
        f'<ord:order version="2.0"><ord:orderHeader>{ext_id if ext else ""}'
        "<ord:orderType>receivedOrder</ord:orderType><ord:numberOrder>29738e61</ord:numberOrder>"
        f"<ord:date>{date}</ord:date><ord:text>Objednávka z Allegra</ord:text>"
        f"<ord:partnerIdentity>{address}</ord:partnerIdentity>"
        f"<ord:isReserved>{str(reserved).lower()}</ord:isReserved>{header}</ord:orderHeader>"
        f"<ord:orderDetail>{''.join(items) or stock_item() + text_item()}</ord:orderDetail>"
        f"<ord:orderSummary>{rounding_element}{summary}</ord:orderSummary></ord:order>"
    )


def delete_order(condition: str) -> str:
    return (
        '<ord:order version="2.0"><ord:actionType><ord:delete><ftr:filter agenda="prijate_objednavky">'
        f"{condition}</ftr:filter></ord:delete></ord:actionType></ord:order>"
    )


def list_orders(condition: str = "", limit: str = "", restriction: str = "", system: str | None = SYSTEM) -> str:
    """A listOrderRequest; `condition`, `limit` and `restriction` are the inner elements."""
    of_system = f' extSystem="{system}"' if system else ""
    limits = f"<lst:limit>{limit}</lst:limit>" if limit else ""
    wanted = f"<ftr:filter>{condition}</ftr:filter>" if condition else ""
    data = f"<lst:restrictionData>{restriction}</lst:restrictionData>" if restriction else ""
    return (
        f'<lst:listOrderRequest version="2.0" orderType="receivedOrder" orderVersion="2.0"{of_system}>{limits}'
        f"<lst:requestOrder>{wanted}</lst:requestOrder>{data}</lst:listOrderRequest>"
    )


def by_ext_id(ids: str = FORM, system: str = SYSTEM) -> str:
    return f"<ftr:extId><typ:ids>{ids}</typ:ids><typ:exSystemName>{system}</typ:exSystemName></ftr:extId>"


def list_stock(condition: str = "") -> str:
    return (
        '<lStk:listStockRequest version="2.0" stockVersion="2.0"><lStk:requestStock>'
        f"<ftr:filter>{condition}</ftr:filter></lStk:requestStock></lStk:listStockRequest>"
    )


def list_cards(condition: str = "", limit: str = "", restriction: str = "") -> str:
    """A listStockRequest with any of its parts; each is what stands inside its element."""
    limits = f"<lStk:limit>{limit}</lStk:limit>" if limit else ""
    wanted = f"<ftr:filter>{condition}</ftr:filter>" if condition else ""
    data = f"<lStk:restrictionData>{restriction}</lStk:restrictionData>" if restriction else ""
    return (
        f'<lStk:listStockRequest version="2.0" stockVersion="2.0">{limits}'
        f"<lStk:requestStock>{wanted}</lStk:requestStock>{data}</lStk:listStockRequest>"
    )


def list_invoices(
    condition: str = "", limit: str = "", restriction: str = "", kind: str = "issuedInvoice", system: str = ""
) -> str:
    return _list_documents(
        f'<lst:listInvoiceRequest version="2.0" invoiceType="{kind}" invoiceVersion="2.0"{_system(system)}>',
        "Invoice",
        condition,
        limit,
        restriction,
    )


def list_slips(condition: str = "", limit: str = "", restriction: str = "", system: str = "") -> str:
    return _list_documents(
        f'<lst:listVydejkaRequest version="2.0" vydejkaVersion="2.0"{_system(system)}>',
        "Vydejka",
        condition,
        limit,
        restriction,
    )


def _system(system: str) -> str:
    return f' extSystem="{system}"' if system else ""


def _list_documents(opening: str, agenda: str, condition: str, limit: str, restriction: str) -> str:
    limits = f"<lst:limit>{limit}</lst:limit>" if limit else ""
    wanted = f"<ftr:filter>{condition}</ftr:filter>" if condition else ""
    data = f"<lst:restrictionData>{restriction}</lst:restrictionData>" if restriction else ""
    return f"{opening}{limits}<lst:request{agenda}>{wanted}</lst:request{agenda}>{data}</lst:list{agenda}Request>"


LIST_LEVELS = '<lst:listSellingPriceRequest version="2.0"/>'


def print_invoice(
    *settings: str, record: int | str = 1, agenda: str = "vydane_faktury", report: int = 1, path: str = r"C:\PDF\x.pdf"
) -> str:
    """A prn:print of one record; without settings one report into the answer."""
    return (
        f'<prn:print version="1.0"><prn:record agenda="{agenda}"><ftr:filter><ftr:id>{record}</ftr:id></ftr:filter>'
        f"</prn:record>{''.join(settings) or print_settings(report, path)}</prn:print>"
    )


def print_settings(report: int, path: str, binary: bool = True, remove: bool = True) -> str:
    inner = f"<prn:responseXml>true</prn:responseXml><prn:removeFile>{str(remove).lower()}</prn:removeFile>"
    data = f"<prn:binaryData>{inner}</prn:binaryData>" if binary else ""
    return (
        f"<prn:printerSettings><prn:report><prn:id>{report}</prn:id></prn:report>"
        f"<prn:pdf><prn:fileName>{path}</prn:fileName>{data}</prn:pdf></prn:printerSettings>"
    )
