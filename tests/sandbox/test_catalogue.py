"""The goods both sandboxes know."""

from collections import Counter

import pytest

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


def test_a_larger_catalogue_begins_with_the_same_goods() -> None:
    written, many = load_catalogue(), load_catalogue(600)
    assert len(many) == 600
    assert many[: len(written)] == written
    assert load_catalogue(100) == many[:100]


def test_goods_of_families_are_unique_and_as_sound_as_the_written_ones() -> None:
    goods = load_catalogue(600)
    assert len({good.code for good in goods}) == len({good.ean for good in goods}) == 600
    assert len({good.name for good in goods}) == 600
    for good in goods:
        digits = [int(digit) for digit in good.ean]
        assert len(digits) == 13
        assert sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
        assert (good.price_czk, len(good.name) <= 90) == (int(good.price_czk), True)
        assert 9 < good.price_czk < 10_000 > good.price_eur > 0


def test_some_goods_of_families_are_sold_out_and_both_stores_and_rates_have_many() -> None:
    families = load_catalogue(600)[len(load_catalogue()) :]
    sold_out = sum(good.stock == 0 for good in families)
    assert 20 <= sold_out <= 80
    assert min(Counter(good.store for good in families).values()) >= 150
    assert min(Counter(good.vat for good in families).values()) >= 50


def test_more_goods_than_there_are_is_said() -> None:
    with pytest.raises(ValueError, match="the catalogue has from 0 to"):
        load_catalogue(100_000)
