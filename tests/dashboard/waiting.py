"""Records that wait in the inbox, and how the tests look at them and click."""

import datetime as dt

from allegro_integration.models import Order
from connectify.dashboard.inbox import InboxGroup, all_groups
from connectify.dashboard.inbox_quarantined import QuarantinedRecords, key_of
from connectify.sync.changes import begin, plan_change, refuse
from connectify.sync.models import Change, Quarantined
from connectify.sync.quarantine import put
from tests.dashboard import shop

ZBOX = "1f2e3d4c"
OPEN = Quarantined.State.OPEN


def waiting(market, code: str, count: int, now: dt.datetime, **more) -> None:
    for number in range(count):
        shop.make_order(market, at=now - dt.timedelta(hours=count - number), state="waiting", code=code, **more)


def unmapped(market, count: int, now: dt.datetime, method: str = ZBOX, name: str = "Z-BOX") -> None:
    params = {"method_id": method, "method_name": name}
    waiting(market, "unmapped_delivery", count, now, params=params, delivery_method_id=method)


def change_of(order: Order, market, kind: str = "order.create", *, account: bool = False) -> Change:
    change = plan_change(
        instance=order.instance, kind=kind, key=f"{kind}:{order.number}", subject_kind="order", subject_id=order.pk,
        resource_kind="allegro.account" if account else "pohoda.unit",
        resource_id=market.account_id if account else market.unit_id, content={"form_id": order.number},
    )  # fmt: skip
    return begin(change.pk, epoch=1)


def refused_order(market, now: dt.datetime, note: str = "Zásoba chybí") -> Order:
    order = shop.make_order(market, at=now, state="error", code="pohoda_refused", params={"errno": "", "note": note})
    refuse(change_of(order, market).pk, code="pohoda_refused", detail="", proof={})
    put(instance=order.instance, subject_kind="order", subject_key=str(order.pk), code="pohoda_refused",
        params={"errno": "", "note": note})  # fmt: skip
    return order


def put_aside(kind: str, key: str, code: str, **params: str) -> Quarantined:
    return put(instance=None, subject_kind=kind, subject_key=key, code=code, params=params)


def groups() -> list[tuple[str, str, int]]:
    return [(group.codes[0], group.place, group.count) for group in all_groups()]


def only(code: str) -> InboxGroup:
    (group,) = [group for group in all_groups() if group.codes == (code,)]
    return group


def retry(row: Quarantined, actor) -> int:
    return QuarantinedRecords().act(key_of(row.pk), "retry", actor)


def click(client, group: InboxGroup, act: str, key: str = "") -> str:
    form = {"source": group.source, "key": key or group.key, "act": act}
    return client.post("/inbox/act/", form, follow=True).content.decode()
