"""The owner connects both sides and joins them into an instance."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from playwright.sync_api import expect

from allegro_integration.demo import scenario
from allegro_integration.demo.world import ICO, SELLER, YEAR
from connectify import clock
from tests.browser.story import SOON_MS, Story, button, follow, preview, save_what_was_shown

STORE, MARKETPLACE = "ZBOZI", "allegro-cz"
BOUGHT, SEED = 3, 4101


def begin_at_the_overview(story: Story) -> None:
    """A company without anything is led to the set-up, and from there to its first step."""
    follow(story.owner, "Start with the set-up", "**/setup/")
    follow(story.owner, "Connect an account", "**/setup/accounts/")


def connect_an_account(story: Story) -> None:
    """The seller says yes on Allegro's page, and comes back to the account that is connected."""
    page = story.owner
    button(page, "Go on to Allegro").click()
    page.wait_for_url(f"{story.world.allegro_url}/**")
    page.get_by_label("Account").select_option(SELLER)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{story.world.web_url}/setup/accounts/*/")
    expect(page.locator("#content")).to_contain_text(SELLER)


def add_a_unit(story: Story) -> None:
    page = story.owner
    page.goto("/setup/")
    follow(page, "Add an accounting unit", "**/setup/units/new/")
    page.locator("[name=name]").fill("Dílna a domov, Pohoda")
    page.locator("[name=ico]").fill(ICO)
    page.locator("[name=edition]").select_option("sql")
    page.locator("[name=year]").fill(str(YEAR))
    button(page, "Add the unit").click()
    page.wait_for_url(re.compile(r"/setup/units/[0-9a-f-]{36}/$"))


def enrol_the_agent(story: Story) -> None:
    """The code from the page is used beside Pohoda; the page shows by itself when the agent has come."""
    page = story.owner
    button(page, "Show a code for an agent").click()
    code = page.locator("#enrolment-code").text_content() or ""
    story.world.enrol_with(code.strip())
    story.world.supervisor.start(story.world.agent())
    expect(page.locator("#agents .card-head .badge.good")).to_be_visible(timeout=SOON_MS)
    page.goto("/setup/units/")
    expect(page.locator("td .badge.good")).to_have_count(1)


def create_an_instance(story: Story) -> None:
    """Of what was bought since yesterday; it begins with everything switched off."""
    _buy(story)
    page = story.owner
    page.goto("/setup/")
    follow(page, "Create an instance", "**/setup/instances/new/")
    page.locator("[name=store]").fill(STORE)
    page.locator("[name=unit_country]").select_option("CZ")
    page.locator("[name=home_currency]").select_option("CZK")
    page.locator("[name=orders_since]").fill(f"{clock.now() - dt.timedelta(days=1):%Y-%m-%dT%H:%M}")
    button(page, "Create the instance").click()
    page.wait_for_url(re.compile(r"/setup/instances/[0-9a-f-]{36}/$"))
    story.instance = page.url
    expect(page.locator(".switch-row .badge.idle")).to_have_count(4)
    page.locator("[name=interval_s]").fill("60")
    preview(page)
    save_what_was_shown(page)
    page.wait_for_url(story.instance)
    expect(page.locator("[name=interval_s]")).to_have_value("60")


def _buy(story: Story) -> None:
    """Goods of the store that the orders are to name; to a pick-up point, paid at once."""
    world = story.world
    cards = {card["code"] for card in world.control("pohoda", "GET", "stocks")["stocks"] if card["store"] == STORE}
    offers = world.control("allegro", "GET", f"sellers/{SELLER}/offers")["offers"]
    sold = [one["external"] for one in offers if one["external"] in cards and one["stock"] > 2 and _is_seen(one)]
    for at, code in enumerate(sold[:BOUGHT]):
        wish = {"payment": "ONLINE", "pickup": True, "offers": [code], "quantity": 1}
        story.forms += scenario.buy(world, seed=SEED + at, marketplace=MARKETPLACE, wish=wish)


def _is_seen(offer: dict[str, Any]) -> bool:
    return offer["status"] == "ACTIVE" and MARKETPLACE in offer["prices"]
