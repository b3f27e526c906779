from tests.sandbox_pohoda.packs import FORM, NS, SYSTEM, delete_order, order, pack, stock_item
from tests.sandbox_pohoda.visitor import Visitor, find, text


def test_the_same_pair_of_ids_is_refused_and_names_the_earlier_document(visitor: Visitor) -> None:
    visitor.send_checked(pack(order()))
    item = find(visitor.send_checked(pack(order())), "rsp:responsePackItem")
    assert item.get("state") == "error"
    assert "duplicit" in (item.get("note") or "").lower()
    duplicity = find(item, "rsp:errorDetail/rsp:recordDuplicity")
    assert text(duplicity, "rsp:agendaType") == "prijate_objednavky"
    assert text(duplicity, "rsp:id") == "1"
    assert text(duplicity, "rsp:number") == "26OP00001"
    assert len(visitor.orders()) == 1
    (prevented,) = visitor.effects("duplicity.prevented")
    assert prevented["key"] == f"{SYSTEM}/{FORM}"


def test_only_the_pair_counts_not_one_of_the_ids(visitor: Visitor) -> None:
    visitor.send_checked(pack(order(ext="a"), id="p1", items=("i1",)))
    visitor.send_checked(pack(order(ext="b"), id="p2", items=("i1",)))
    visitor.send_checked(pack(order(ext="c"), id="p1", items=("i2",)))
    assert [o["extId"] for o in visitor.orders()] == ["a", "b", "c"]


def test_without_the_header_a_repeated_pack_makes_a_second_order(visitor: Visitor) -> None:
    visitor.send(pack(order()))
    visitor.send(pack(order()))
    assert len(visitor.orders()) == 2


def test_a_fresh_pack_id_defeats_the_check(visitor: Visitor) -> None:
    visitor.send_checked(pack(order(), id="p1", items=("i",)))
    visitor.send_checked(pack(order(), id="p2", items=("i",)))
    assert len(visitor.orders()) == 2


def test_a_refused_item_may_come_again_under_the_same_ids(visitor: Visitor) -> None:
    visitor.send_checked(pack(order(stock_item(code="NENÍ"))))
    answer = visitor.send_checked(pack(order()))
    assert find(answer, "rsp:responsePackItem").get("state") == "ok"


def test_the_memory_outlives_the_order_but_then_names_no_document(visitor: Visitor) -> None:
    visitor.send_checked(pack(order()))
    visitor.send(pack(delete_order("<ftr:id>1</ftr:id>"), id="del"))
    item = find(visitor.send_checked(pack(order())), "rsp:responsePackItem")
    assert item.get("state") == "error"
    assert item.find(".//rsp:recordDuplicity/rsp:id", NS) is None
    assert visitor.orders() == []


def test_the_memory_outlives_a_restart(visitor: Visitor) -> None:
    visitor.send_checked(pack(order()))
    visitor.restart()
    visitor.send_checked(pack(order()))
    assert len(visitor.orders()) == 1


def test_a_restored_backup_takes_the_memory_back_in_time(visitor: Visitor) -> None:
    visitor.control("POST", "backup", {"name": "morning"})
    visitor.send_checked(pack(order()))
    visitor.control("POST", "restore", {"name": "morning"})
    assert visitor.orders() == []
    visitor.send_checked(pack(order()))
    assert [(o["id"], o["number"]) for o in visitor.orders()] == [(1, "26OP00001")]
    kinds = [entry["kind"] for entry in visitor.effects()]
    assert kinds == ["order.created", "backup.restored", "order.created"]


def test_a_second_document_with_the_same_external_id_is_accepted_by_default(visitor: Visitor) -> None:
    visitor.send(pack(order(), id="p1"))
    visitor.send(pack(order(), id="p2"))
    assert [o["extId"] for o in visitor.orders()] == [FORM, FORM]


def test_a_unit_can_insist_on_unique_external_ids(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"extid_unique": True})
    visitor.send(pack(order(), id="p1"))
    answer = visitor.send(pack(order(), id="p2"))
    assert text(answer, ".//rdc:detail/rdc:errno") == "121"
    visitor.send(pack(order(system="allegro:sandbox:43"), id="p3"))
    assert [o["exSystemName"] for o in visitor.orders()] == [SYSTEM, "allegro:sandbox:43"]
