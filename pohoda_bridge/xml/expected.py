"""What an answer must carry to be believed: the ids of the request and the unit it was for."""

from __future__ import annotations

from lxml import etree
from msgspec import Struct

from pohoda_bridge.documents import ExternalId, OrderImport, UnitPin
from pohoda_bridge.protocol import ImportOrder
from pohoda_bridge.xml.errors import ReadError
from pohoda_bridge.xml.namespaces import LEGACY_ROOT, q
from pohoda_bridge.xml.reader import local_name


class Expected(Struct, frozen=True, kw_only=True):
    """`ext_id` is compared where the answer names one."""

    pack_id: str
    item_id: str
    pin: UnitPin
    ext_id: ExternalId | None = None

    @classmethod
    def of(cls, order: OrderImport | ImportOrder) -> Expected:
        ext_id = order.ext_id if isinstance(order, ImportOrder) else order.order.ext_id
        return cls(pack_id=order.pack_id, item_id=order.item_id, pin=order.pin, ext_id=ext_id)


def check_root(root: etree._Element) -> None:
    """Raises ReadError unless this is the root of a responsePack of version 2."""
    if root.tag == q("rsp:responsePack"):
        if root.get("version") != "2.0":
            raise ReadError("not_an_answer", f"version {root.get('version')}")
        return
    name, tag = local_name(root), str(root.tag)
    if name == "responsePack" and tag.startswith(f"{{{LEGACY_ROOT}"):
        raise ReadError("legacy", tag[-80:])
    if name.lower() == "html":
        raise ReadError("html")
    raise ReadError("not_an_answer", tag[-80:])


def check_identity(root: etree._Element, pin: UnitPin) -> None:
    """Raises ReadError("wrong_unit") unless the answer says that it is from the pinned unit (RELIABILITY M8)."""
    if root.get("ico") != pin.ico:
        raise ReadError("wrong_unit", f"ico {root.get('ico')!r}, expected {pin.ico!r}")
    if pin.key and root.get("key") != pin.key:
        raise ReadError("wrong_unit", f"key {root.get('key')!r}, expected {pin.key!r}")


def state_of(element: etree._Element) -> bool:
    """True for `ok`, False for `error`. Raises ReadError for anything else, also when it is missing."""
    state = element.get("state")
    if state not in ("ok", "error"):
        raise ReadError("bad_state", f"{local_name(element)}: {state!r}")
    return state == "ok"
