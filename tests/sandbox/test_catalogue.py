"""The goods both sandboxes know."""

from collections import Counter

from connectify.sandbox.catalogue import load_catalogue


def test_codes_and_bar_codes_are_unique_and_fit_pohoda() -> None:
    goods = load_catalogue()
    assert len({good.code for good in goods}) == len({good.ean for good in goods}) == len(goods) >= 40
    assert all(len(good.code) <= 64 and len(good.name) <= 90 for good in goods)


def test_check_digits_of_bar_codes_hold() -> None:
    for good in load_catalogue():
        digits = [int(digit) for digit in good.ean]
        assert len(digits) == 13
        assert sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def test_both_stores_and_both_rates_hold_goods_with_possible_prices() -> None:
    goods = load_catalogue()
    assert set(Counter(good.store for good in goods)) == {"ZBOZI", "ESHOP"}
    assert {good.vat for good in goods} == {21, 12}
    for good in goods:
        assert good.stock > 0
        assert good.price_czk > 0
        assert good.price_czk == int(good.price_czk)
        assert good.price_eur > 0
        assert good.price_eur * 100 == int(good.price_eur * 100)
