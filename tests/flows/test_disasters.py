"""Ten disasters in Pohoda: none puts anything dangerous into Allegro's ledger, and pages say what is held and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from allegro_integration.demo.world import ICO, YEAR
from tests.directories import run_directory
from tests.flows.shop import Shop, times
from tests.flows.visitor import LANGUAGES, Visitor, sentence, visiting

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

OTHER_ICO = "45274649"
CYCLES = "SELECT count(*) AS n FROM sync_run WHERE pipeline = %s AND outcome = 'ok'"
HELD = "SELECT count(*) AS n FROM sync_change WHERE state = 'held' AND code = %s"
EXPORT = "SELECT held_code FROM pohoda_mirrorread WHERE agenda = 'stock'"


class Office:
    """The shop, its cards as they are when all is well, and its owner at the screens in each language."""

    def __init__(self, shop: Shop, visitors: dict[str, Visitor]) -> None:
        self.shop = shop
        self.cards = shop.cards()
        self.visitors = visitors

    def set_all(self, **changes: Callable[[dict[str, Any]], Any]) -> None:
        """Changes every card before the next export that comes whole."""
        with self.shop.no_stock_read():
            for card in self.cards:
                self.shop.set_card(card, **{name: value(card) for name, value in changes.items()})

    def restore_prices(self) -> None:
        self.set_all(levels=lambda card: card["levels"])

    def restore_counts(self) -> None:
        self.set_all(count=lambda card: card["count"])

    def until_decided_again(self) -> None:
        """Two more whole turns on each side: whoever wanted to do something has had the time to."""
        names = ("mirror.read", "offers.apply")
        before = {name: self._cycles(name) for name in names}
        self.shop.until(lambda: all(self._cycles(name) >= before[name] + 3 for name in names), "more turns")

    def _cycles(self, pipeline: str) -> int:
        return int(self.shop.platform.rows(CYCLES, pipeline)[0]["n"])

    def held_changes(self, code: str) -> int:
        return int(self.shop.platform.rows(HELD, code)[0]["n"])

    def held_export(self) -> str:
        return str(self.shop.platform.rows(EXPORT)[0]["held_code"])

    def until_says(self, path: str, code: str) -> None:
        for language, visitor in self.visitors.items():
            wanted = sentence(code, language)
            self.shop.until(lambda: wanted.search(visitor.read(path)), f"{path} says {code} in {language}")  # noqa: B023

    def written(self, *, after: int) -> list[dict[str, Any]]:
        return self.shop.applied().written_to_offers(after=after)


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with run_directory() as run_dir, ExitStack() as stack:
        shop = stack.enter_context(Shop(run_dir).running())
        visitors = {language: stack.enter_context(visiting(shop.world, language)) for language in LANGUAGES}
        yield Office(shop, visitors)


@pytest.fixture(autouse=True)
def calm_afterwards(office: Office) -> Iterator[None]:
    yield
    office.shop.clear()


# --- exports that cannot be -----------------------------------------------------------------------------------------


def empty_export(office: Office) -> None:
    office.shop.fault("pohoda", "list_empty", target="list.stock")


def half_an_export(office: Office) -> None:
    office.shop.fault("pohoda", "list_half", target="list.stock")


def other_warehouse(office: Office) -> None:
    office.shop.configure(visible_store="ESHOP")


EXPORTS = ((empty_export, "export_empty"), (half_an_export, "export_shorter"), (other_warehouse, "export_shorter"))


@pytest.mark.parametrize(("strike", "code"), EXPORTS, ids=lambda value: getattr(value, "__name__", None))
def test_an_export_that_cannot_be_moves_nothing_and_lifts_itself(
    office: Office, strike: Callable[[Office], None], code: str
) -> None:
    shop, before = office.shop, len(office.shop.applied())
    strike(office)

    shop.until(lambda: office.held_export() == code, f"the export is held: {code}")
    # What is sold meanwhile is read too, and not believed either.
    shop.sell(shop.plain_cards()[0])
    office.until_decided_again()
    office.until_says("/", code)
    office.until_says("/inbox/", code)
    assert office.written(after=before) == []

    shop.clear()
    shop.configure(visible_store=None)
    shop.until(lambda: office.held_export() == "", "the hold lifts itself")
    shop.until_agreed("what was sold meanwhile")
    office.cards = shop.cards()
    assert [one["kind"] for one in office.written(after=before)] == ["offer.quantity"]
    assert shop.applied().problems() == []


# --- other books ----------------------------------------------------------------------------------------------------


def other_unit(office: Office) -> None:
    office.shop.configure(ico=OTHER_ICO, database=f"StwPh_{OTHER_ICO}_{YEAR}")


def last_years_database(office: Office) -> None:
    office.shop.configure(year=YEAR - 1, database=f"StwPh_{ICO}_{YEAR - 1}")


@pytest.mark.parametrize("strike", [other_unit, last_years_database], ids=lambda strike: strike.__name__)
def test_other_books_stop_everything_until_the_right_ones_are_back(
    office: Office, strike: Callable[[Office], None]
) -> None:
    shop, before = office.shop, len(office.shop.applied())
    strike(office)
    office.set_all(count=lambda card: 1, levels=lambda card: times(card["levels"], "3"))

    office.until_says("/", "wrong_unit")
    office.until_decided_again()
    assert office.written(after=before) == []

    office.set_all(count=lambda card: card["count"], levels=lambda card: card["levels"])
    shop.configure(ico=ICO, year=YEAR, database=f"StwPh_{ICO}_{YEAR}")
    stopped, home = sentence("wrong_unit", "en"), office.visitors["en"]
    shop.until(lambda: not stopped.search(home.read("/")), "the stop lifts itself")
    shop.until_agreed("the right books")
    assert office.written(after=before) == []


# --- prices ---------------------------------------------------------------------------------------------------------


def a_hundred_times(card: dict[str, Any]) -> dict[str, str]:
    return times(card["levels"], "100")


def one_crown(card: dict[str, Any]) -> dict[str, str]:
    return dict.fromkeys(card["levels"], "1.00")


def crowns_for_euros(card: dict[str, Any]) -> dict[str, str]:
    return {"Allegro SK": card["levels"]["Allegro CZ"]}


@pytest.mark.parametrize("levels", [a_hundred_times, one_crown, crowns_for_euros], ids=lambda one: one.__name__)
def test_prices_that_cannot_be_are_held_one_by_one(
    office: Office, levels: Callable[[dict[str, Any]], dict[str, str]]
) -> None:
    shop, before = office.shop, len(office.shop.applied())
    office.set_all(levels=levels)

    shop.until(lambda: office.held_changes("price_jump") >= 40, "the prices are held")
    office.until_decided_again()
    office.until_says("/", "offers_held")
    for path in ("/inbox/", "/offers/?state=problems"):
        office.until_says(path, "price_jump")
    for visitor in office.visitors.values():
        counts = [one.count for one in visitor.held()]
        assert sum(counts) == office.held_changes("price_jump")
        assert len(counts) == (1 if levels is crowns_for_euros else 2)
    assert office.written(after=before) == []

    office.restore_prices()
    shop.until(lambda: not office.visitors["cs"].held(), "nothing is held any more")
    shop.until_agreed("prices as before")
    assert office.written(after=before) == []


# --- pieces ---------------------------------------------------------------------------------------------------------


def nothing_left(card: dict[str, Any]) -> int:
    return int(card["reserved"])


def less_than_nothing(card: dict[str, Any]) -> int:
    return -5


@pytest.mark.parametrize("count", [nothing_left, less_than_nothing], ids=lambda one: one.__name__)
def test_a_stock_that_is_gone_at_once_ends_no_offer(office: Office, count: Callable[[dict[str, Any]], int]) -> None:
    shop, before = office.shop, len(office.shop.applied())
    active = sum(offer["status"] == "ACTIVE" for offer in shop.offers())
    office.set_all(count=count)

    shop.until(lambda: office.held_changes("mass_zero") > active / 2, "the ends are held")
    office.until_decided_again()
    office.until_says("/", "offers_held")
    for path in ("/inbox/", "/offers/?state=problems"):
        office.until_says(path, "mass_zero")
    for visitor in office.visitors.values():
        (shown,) = visitor.held()
        assert shown.count == office.held_changes("mass_zero")
    assert office.written(after=before) == []

    office.restore_counts()
    shop.until(lambda: not office.visitors["cs"].held(), "nothing is held any more")
    shop.until_agreed("pieces as before")
    assert office.written(after=before) == []


# --- what is held and right -----------------------------------------------------------------------------------------


def places(office: Office, offers: set[str], before: int) -> set[tuple[str, str]]:
    """Offers, and marketplaces where their price was written."""
    written = [one for one in office.written(after=before) if one["key"] in offers]
    return {(one["key"], one["data"]["marketplace"]) for one in written}


def test_a_raise_of_all_prices_waits_for_a_person_and_goes_then(office: Office) -> None:
    shop, before = office.shop, len(office.shop.applied())
    office.set_all(levels=lambda card: times(card["levels"], "1.3"))
    shop.until(lambda: office.held_changes("mass_price") >= 80, "the prices of both marketplaces are held")
    office.until_decided_again()
    owner = office.visitors["cs"]
    czech, slovak = sorted(owner.held(), key=lambda one: "Allegro.sk" in one.text)
    assert office.written(after=before) == []

    assert f"{czech.count}" in owner.decide(czech, "approve")
    shop.until(lambda: [one.key for one in owner.held()] == [slovak.key], "the other hold is left")
    # Where a rule of Allegro's converts the price, it moves with the one of the base marketplace.
    plain = {offer["id"] for offer in shop.offers() if not offer["rules"]}
    shop.until(lambda: len(places(office, plain, before)) >= czech.count, "the approved prices go")
    assert {place for _, place in places(office, plain, before)} == {"allegro-cz", "allegro-business-cz"}

    owner.decide(slovak, "approve")
    shop.until_agreed("all prices are raised")
    office.cards = shop.cards()
    assert owner.held() == []
    assert shop.applied().problems() == []
