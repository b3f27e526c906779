"""The header of an order as a row of OBJ."""

from pohoda_bridge.sandbox.codelists import References
from pohoda_bridge.sandbox.database import Row
from pohoda_bridge.sandbox.envelope import NS, Element, flag_of, text_of

ADDRESS_COLUMNS = {
    "company": "Firma",
    "division": "Utvar",
    "name": "Jmeno",
    "street": "Ulice",
    "zip": "PSC",
    "city": "Obec",
    "ico": "ICO",
    "dic": "DIC",
    "icDph": "ICDPH",
    "phone": "Tel",
    "mobilPhone": "GSM",
    "fax": "Fax",
    "email": "Email",
}
SHIP_TO_COLUMNS = {
    "company": "Firma2",
    "division": "Utvar2",
    "name": "Jmeno2",
    "street": "Ulice2",
    "zip": "PSC2",
    "city": "Obec2",
    "phone": "Tel2",
    "email": "Email2",
}
CODE_LISTS = {  # column of OBJ -> element of the header, table, the column that is kept
    "RefDopravci": ("carrier", "Dopravci", "ID"),
    "RefStr": ("centre", "sSTR", "ID"),
    "RefCin": ("activity", "sCIN", "ID"),
    "CenyIDS": ("priceLevel", "SkCeny", "IDS"),
    "DICRegDPHEU": ("regVATinEU", "sRegDPHvEU", "DIC"),
}


def header_row(references: References, header: Element, kind: int, issued_on: str, now: str) -> Row:
    """Columns of the header without number and sums; what the unit does not know is left out with a warning."""
    address = header.find("ord:partnerIdentity/typ:address", NS)
    ship_to = header.find("ord:partnerIdentity/typ:shipToAddress", NS)
    partner = "ord:orderHeader/ord:partnerIdentity"
    row: Row = {column: text_of(address, f"typ:{name}") for name, column in ADDRESS_COLUMNS.items()}
    row |= {column: text_of(ship_to, f"typ:{name}") for name, column in SHIP_TO_COLUMNS.items()}
    row |= references.parameters(header)
    row |= _code_list_columns(references, header)
    proofs = [e.text or "" for e in header.iterfind("ord:evidentiaryResourcesMOSS/typ:ids", NS)]
    return row | {
        "RelTpObj": kind,
        "RelForUh": references.payment_form(header),
        "RefZeme": references.country(address, f"{partner}/typ:address/typ:country"),
        "RefZeme2": references.country(ship_to, f"{partner}/typ:shipToAddress/typ:country"),
        "Labels": references.labels(header),
        "PDoklad": text_of(header, "ord:numberOrder"),
        "SText": text_of(header, "ord:text"),
        "Datum": _midnight(issued_on),
        "DatOd": _midnight(text_of(header, "ord:dateFrom")),
        "DatDo": _midnight(text_of(header, "ord:dateTo")),
        "MOSS": text_of(header, "ord:MOSS/typ:ids"),
        "MOSSDukaz": ",".join(proofs) or None,
        "Rezer": flag_of(header, "ord:isReserved"),
        "Vyrizeno": flag_of(header, "ord:isExecuted"),
        "BDodano": False,
        "TrvalyDok": flag_of(header, "ord:permanentDocument"),
        "Sel": flag_of(header, "ord:markRecord", default=True),
        "Pozn": text_of(header, "ord:note"),
        "Pozn2": text_of(header, "ord:intNote"),
        "DatCreate": now,
        "DatSave": now,
        "Creator": "XM",
        "Ucetni": "XM",
    }


def _code_list_columns(references: References, header: Element) -> Row:
    columns: Row = {}
    for column, (name, table, key) in CODE_LISTS.items():
        found = references.row(header, name, table)
        columns[column] = found[key] if found else None
    return columns


def _midnight(day: str | None) -> str | None:
    return f"{day}T00:00:00" if day else None
