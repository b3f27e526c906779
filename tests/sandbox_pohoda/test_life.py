import pytest

from tests.sandbox_pohoda.packs import FORM, order, pack, stock_item
from tests.sandbox_pohoda.visitor import Visitor


def live(visitor: Visitor, ticks: int) -> list[str]:
    done: list[str] = visitor.control("POST", "life", {"ticks": ticks})["done"]
    return done


def kinds(visitor: Visitor) -> set[str]:
    return {effect["kind"] for effect in visitor.effects()}


def test_a_tick_sells_and_some_ticks_take_goods_in_and_change_prices(visitor: Visitor) -> None:
    done = live(visitor, 40)
    assert len([line for line in done if line.startswith("sale ")]) == 40
    assert {line.split()[0] for line in done} == {"sale", "price"}
    assert kinds(visitor) == {"stock.changed", "price.changed"}


def test_what_is_nearly_sold_out_is_taken_in(visitor: Visitor) -> None:
    visitor.control("POST", "stocks/NAR-0150/set", {"count": 0})
    assert "receipt" in {line.split()[0] for line in live(visitor, 20)}
    (card,) = visitor.rows("SKz", IDS="NAR-0150")
    assert card["StavZ"] > 0


def test_prices_move_together_and_crowns_stay_whole(visitor: Visitor) -> None:
    live(visitor, 40)
    changes = visitor.effects("price.changed")
    by_level = {level: [e["data"] for e in changes if e["data"]["level"] == level] for level in (None, "Allegro CZ")}
    assert [d["after"] for d in by_level[None]] == [d["after"] for d in by_level["Allegro CZ"]]
    assert by_level[None]
    assert all(float(d["after"]).is_integer() and d["after"] != d["before"] for d in by_level[None])


def test_an_order_is_shipped_with_a_parcel_and_later_invoiced(visitor: Visitor) -> None:
    visitor.send(pack(order()))
    seen = []
    for _ in range(5):
        live(visitor, 1)
        (view,) = visitor.orders()
        seen.append((view["executed"], view["parcel"], len(view["invoices"])))
    assert seen == [
        (False, None, 0),
        (False, None, 0),
        (True, "Z2600000001", 0),
        (True, "Z2600000001", 0),
        (True, "Z2600000001", 1),
    ]
    live(visitor, 5)
    assert len(visitor.effects("invoice.made")) == len(visitor.effects("slip.made")) == 1


def test_goods_that_an_order_lacks_are_taken_in_first(visitor: Visitor) -> None:
    visitor.send(pack(order(stock_item(quantity="50"))))
    live(visitor, 3)
    assert visitor.orders()[0]["delivered"] is True


def test_cancelled_and_served_orders_are_left_alone(visitor: Visitor) -> None:
    visitor.send(pack(order()))
    visitor.send(pack(order(ext="served"), id="p2"))
    visitor.control("POST", f"orders/{FORM}/cancel")
    visitor.control("POST", "orders/served/invoice", {})
    done = live(visitor, 8)
    assert not [line for line in done if line.startswith(("slip", "invoice"))]


def test_the_same_seed_does_the_same_to_the_same_books(visitor: Visitor) -> None:
    def lived(ticks: int) -> list[tuple[str, str]]:
        visitor.reset()
        live(visitor, ticks)
        return [(effect["key"], effect["data"]["after"]) for effect in visitor.effects("stock.changed")]

    first = lived(10)
    assert lived(10) == first


def test_life_goes_on_after_a_restart(visitor: Visitor) -> None:
    live(visitor, 3)
    visitor.restart()
    live(visitor, 3)
    again = [effect["key"] for effect in visitor.effects("stock.changed")]
    visitor.reset()
    live(visitor, 6)
    assert [effect["key"] for effect in visitor.effects("stock.changed")] == again


def test_another_seed_lives_another_life(tmp_path_factory: pytest.TempPathFactory, visitor: Visitor) -> None:
    live(visitor, 5)
    with Visitor(tmp_path_factory.mktemp("other"), seed=7) as other:
        live(other, 5)
        assert [e["key"] for e in other.effects()] != [e["key"] for e in visitor.effects()]


def test_a_unit_lives_by_itself_where_it_was_told_to(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Visitor(tmp_path_factory.mktemp("alive"), life_every=0.01) as alive:
        for _ in range(2_000):
            if len(alive.effects("stock.changed")) >= 3:
                break
        assert len(alive.effects("stock.changed")) >= 3
