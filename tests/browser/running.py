"""The owner switches the flows on and says what goes and how."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from playwright.sync_api import Locator, expect

from tests.browser.story import ROUND_MS, SOON_MS, Story, button, link, preview, save_what_was_shown

CARRIER, FORM_OF_PAYMENT = "Zásilkovna", "Allegro"
REPORT = 1


def switch_on(story: Story, direction: str) -> None:
    """What it would do is shown before it is done."""
    page = story.owner
    page.goto(story.instance)
    page.locator(f"#switch-{direction} a.button").click()
    expect(page.locator("#effect")).to_be_visible()
    button(page.locator("main"), "Switch on").click()
    page.wait_for_url(story.instance)
    expect(page.locator(f"#switch-{direction}").get_by_role("button")).to_be_visible()


def switch_orders_on(story: Story) -> None:
    """The orders were read meanwhile; they wait, and the page before the switch says so."""
    page = story.owner
    page.goto("/orders/")
    expect(page.locator("tbody tr .badge.wait")).to_have_count(len(story.forms), timeout=ROUND_MS)
    switch_on(story, "orders")
    assert story.pohoda_orders() == {}


def map_what_is_unknown(story: Story) -> None:
    """From the inbox to the row that is missing; the other rows that wait are filled in on the way."""
    page = story.owner
    page.goto("/inbox/")
    page.locator(".callout a.button[href*='/mappings/']").first.click()
    page.wait_for_url("**/mappings/**")
    expect(page.locator("#wanted input").first).to_be_focused()
    for row in page.locator("tr", has=page.locator(".badge.wait")).all():
        is_delivery = row.locator("input").count() == 2
        row.locator("input").first.fill(CARRIER if is_delivery else FORM_OF_PAYMENT)
    page.locator("input[name*=ONLINE]").fill(FORM_OF_PAYMENT)
    expect(preview(page).locator("tbody tr")).to_have_count(len(story.forms))
    save_what_was_shown(page)


def see_the_orders_go(story: Story) -> None:
    """Each once, with the total that Allegro has; the list shows it by itself."""
    page = story.owner
    page.goto("/orders/")
    expect(page.locator("tbody tr .badge.good")).to_have_count(len(story.forms), timeout=ROUND_MS)
    there = story.pohoda_orders()
    assert sorted(there) == sorted(story.forms)
    page.locator(".row-link").first.click()
    page.wait_for_url("**/orders/*/")
    pohoda = page.locator("section", has=page.locator("#side-pohoda"))
    expect(pohoda.locator(".badge.good")).to_be_visible(timeout=ROUND_MS)
    number = pohoda.locator("dd.mono").inner_text()
    assert number in {order["number"] for order in there.values()}


def build_a_price(story: Story) -> None:
    """Ten per cent on top, before the rounding: the example follows each step, the effect shows each offer.

    Offers are read once there are settings for them, so the proposed steps are saved first.
    """
    page = story.owner
    page.goto(f"{story.instance}prices/")
    preview(page)
    save_what_was_shown(page)
    page.goto("/offers/")
    expect(page.locator("tbody tr").first).to_be_visible(timeout=ROUND_MS)
    page.goto(f"{story.instance}prices/")
    example = page.locator("#example .value strong").first
    before = example.inner_text()
    page.locator("[name=steps-new]").select_option("multiply")
    button(page, "Add this step").click()
    percent = page.locator("[name^=steps-][name$=-percent]").last
    expect(percent).to_be_focused()
    percent.fill("+10")
    percent.press("Tab")
    expect(example).not_to_have_text(before, timeout=SOON_MS)
    assert _price(example.inner_text()) == (_price(before) * Decimal("1.1")).to_integral_value(ROUND_HALF_UP)
    effect = preview(page)
    expect(effect.locator("tbody tr").first).to_be_visible()
    save_what_was_shown(page)
    expect(page.locator("[name^=steps-][name$=-percent]").last).to_have_value("+10")
    switch_on(story, "offers")


def build_a_rule_of_states(story: Story) -> None:
    """What goes by one carrier is ready to be sent at once."""
    page = story.owner
    page.goto(f"{story.instance}statuses/")
    button(page, "Add a rule").click()
    rule = page.locator("li.rule").last
    expect(rule.locator("[name$=-name]")).to_be_focused()
    rule.locator("[name$=-name]").fill("Zásilkovna hned")
    rule.locator("[name$=-outcome]").select_option("READY_FOR_SHIPMENT")
    _add_condition(rule, "carrier", CARRIER)
    preview(page)
    save_what_was_shown(page)
    expect(page.locator("li.rule").last.locator("[name$=-name]")).to_have_value("Zásilkovna hned")
    switch_on(story, "statuses")


def add_a_print_report(story: Story) -> None:
    page = story.owner
    page.goto(story.instance)
    expect(page.locator("#switch-invoices a.button")).to_have_count(0)
    page.locator("#switch-invoices a").click()
    page.wait_for_url("**/invoices/")
    button(page, "Add a report").click()
    rule = page.locator("li.rule").last
    rule.locator("[name$=-name]").fill("Faktura z e-shopu")
    rule.locator("[name$=-outcome]").fill(str(REPORT))
    _add_condition(rule, "payment_type", FORM_OF_PAYMENT)
    preview(page)
    save_what_was_shown(page)
    expect(page.locator("li.rule .condition-value")).to_have_value(FORM_OF_PAYMENT)
    switch_on(story, "invoices")
    page.goto("/setup/")
    expect(link(page.locator("main"), "Create an instance")).to_be_visible()


def _add_condition(rule: Locator, fact: str, value: str) -> None:
    rule.locator("[name$=-new]").select_option(fact)
    button(rule, "Add a condition").click()
    condition = rule.locator(".condition").last
    expect(condition.locator("select").first).to_be_focused()
    condition.locator(".condition-value").fill(value)


def _price(shown: str) -> Decimal:
    return Decimal(re.sub(r"[^\d,]", "", shown).replace(",", "."))
