"""What faults do to an answer: bend its values, replace it, or damage its bytes."""

from lxml import etree

from pohoda_bridge.sandbox.envelope import ItemAnswer, Pack, PackAnswer
from pohoda_bridge.sandbox.faults import REPLACED_ANSWERS, Params
from pohoda_bridge.sandbox.unit import Unit, unit_key

UNDEFINED_BYTE = b"\x81"  # no character of Windows-1250
OTHER_ICO = "87654321"


def replaced(struck: dict[str, Params]) -> list[tuple[str, Params]]:
    """Faults that put something else in the place of the answer."""
    return [(name, params) for name, params in struck.items() if name in REPLACED_ANSWERS]


def bend(answer: PackAnswer, pack: Pack, struck: dict[str, Params], unit: Unit) -> None:
    """Change the values of an answer that stays well-formed and valid."""
    if (params := struck.get("wrong_ico")) is not None:
        answer.ico = str(params.get("ico", OTHER_ICO))
    if (params := struck.get("other_unit")) is not None:
        answer.ico = str(params.get("ico", OTHER_ICO))
        answer.key = unit_key(answer.ico, unit.year)
    _shorten(answer, struck)
    if "wrong_item_id" in struck:
        for item in answer.items:
            item.id = f"{item.id}-jina"[-64:]
    if "missing_item" in struck:
        answer.items = []
    if "double_item" in struck:
        answer.items = [twin for item in answer.items for twin in (item, ItemAnswer(item.id, item.state, item.note))]
    if "item_ok_pack_error" in struck:
        answer.state, answer.note = "error", "Při zpracování dávky došlo k chybě."
    if "item_error_empty_body" in struck:
        answer.state, answer.note = "error", ""
        answer.items = [ItemAnswer(item.id, "error") for item in pack.items]


def _shorten(answer: PackAnswer, struck: dict[str, Params]) -> None:
    """Leave records out of the lists of an answer."""
    for item in answer.items:
        if item.body is None or not etree.QName(item.body).localname.startswith("list"):
            continue
        if "list_empty" in struck:
            del item.body[:]
        elif "list_half" in struck:
            del item.body[len(item.body) // 2 :]


def spoil(body: bytes, struck: dict[str, Params]) -> bytes:
    """Damage the bytes of an answer; `truncated` with a cut connection is left to the HTTP side."""
    if "empty_body" in struck:
        return b""
    if "list_cut" in struck:
        return body[: len(body) // 2]
    if "list_without_end" in struck:
        return body[: body.rindex(b"</rsp:responsePackItem")]
    if "not_well_formed" in struck:
        end = body.rindex(b"</")
        return body[:end] + b"</rsp:responsePackItems>"
    if "bad_cp1250_byte" in struck:
        place = body.rindex(b"</") if b"</" in body else len(body)
        return body[:place] + UNDEFINED_BYTE + body[place:]
    if (params := struck.get("truncated")) is not None and not params.get("cut"):
        return body[: len(body) // 2]
    return body
