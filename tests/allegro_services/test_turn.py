"""What an account's turn does one after another."""

from __future__ import annotations

from connectify.sync.pipelines import pipelines_of


def test_orders_are_taken_in_after_a_look_at_the_offers_and_before_these_are_planned() -> None:
    """A piece that is missing at Allegro has its order in the journal by then, or it would be offered again."""
    turn = [pipeline.name for pipeline in pipelines_of("allegro.account")]
    account = ["offers.read", "orders.intake", "offers.plan", "offers.apply", "orders.acknowledge"]
    assert [name for name in turn if name in account] == account
