"""Money and moments look as the reader's language writes them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation

from connectify.dashboard.templatetags.show import ago, exact, money, size


@pytest.mark.parametrize(
    ("language", "amount", "currency", "text"),
    [
        ("cs", "1234567.5", "CZK", "1 234 567,50 Kč"),
        ("en", "1234567.5", "CZK", "1,234,567.50 CZK"),
        ("cs", "46.90", "EUR", "46,90 €"),
        ("cs", "-0.01", "XXX", "-0,01 XXX"),
    ],
)
def test_money(language, amount, currency, text):
    with translation.override(language):
        assert money(Decimal(amount), currency).replace("\xa0", " ") == text


def test_no_amount_is_a_dash():
    assert money(None, "CZK") == "–"


@pytest.mark.parametrize(
    ("seconds", "czech", "english"),
    [
        (3, "právě teď", "just now"),
        (180, "před 3 min", "3 min ago"),
        (7300, "před 2 h", "2 h ago"),
        (86_400, "před 1 dnem", "1 day ago"),
        (3 * 86_400, "před 3 dny", "3 days ago"),
        (30 * 86_400, "24. 10. 2026", "24 Oct 2026"),
        (-3600, "23. 11. 2026 13:00", "23 Nov 2026, 13:00"),
    ],
)
def test_how_long_ago(now, seconds, czech, english):
    for language, text in (("cs", czech), ("en", english)):
        with translation.override(language):
            assert f">{text}</time>" in ago(now - dt.timedelta(seconds=seconds))


def test_the_exact_time_is_on_hover_and_for_machines(now):
    with translation.override("cs"):
        assert ago(now) == ('<time datetime="2026-11-23T11:00:00+00:00" title="23. 11. 2026 12:00:00">právě teď</time>')
        assert ">23. 11. 2026 12:00:00</time>" in exact(now)


@pytest.mark.parametrize(("count", "text"), [(661, "661 B"), (2100, "2,1 kB"), (3_400_000, "3,4 MB")])
def test_sizes(count, text):
    with translation.override("cs"):
        assert size(count).replace("\xa0", " ") == text
