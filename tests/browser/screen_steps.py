"""What people, buyers and Pohoda do between two pictures: how the states come about that the pictures show."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import textwrap
import time
from typing import Any, Final

from playwright.sync_api import Page

from allegro_integration.demo import scenario
from allegro_integration.demo.world import ICO, SELLER, YEAR, World
from connectify import clock

LIMIT_S: Final = 180.0
VIEWER: Final = ("ucetni@dilna.example", "Jana Veselá", "kotva-most-2026-lipa")
PASSWORD: Final = "beskydy-jarmark-2026"  # of the demo's people
LINKS: Final[list[str]] = []  # of the invitation that is open
UNKNOWN: Final = "Zásilkovna, výdejní místo"  # the delivery method that nobody has told the carrier of


def submit(page: Page, form: str) -> None:
    """Presses the last button of a form and waits for the page behind it."""
    button = page.locator(f"{form} button").last
    with page.expect_navigation():
        button.click()


def confirm(page: Page, password: str = PASSWORD) -> None:
    """Fills in the password where a page asks whether it is really the person."""
    if "reauthenticate" in page.url:
        page.fill("[name=password]", password)
        submit(page, ".card form")


def connect_account(page: Page, world: World) -> None:
    """Through Allegro's own page, as a seller would."""
    page.goto("/setup/accounts/")
    submit(page, "form[action$='/accounts/connect/']")
    allow(page)


def allow(page: Page) -> None:
    """Says yes on the sandbox's page of consent; ends on our account's page."""
    page.select_option("[name=seller]", SELLER) if page.locator("select[name=seller]").count() else None
    page.locator("[name=decision][value=allow]").click()
    page.wait_for_url("**/setup/accounts/**")


def add_unit(page: Page, world: World) -> None:
    page.goto("/setup/units/new/")
    fill_unit(page)
    submit(page, "form.card")


def fill_unit(page: Page) -> None:
    page.fill("[name=name]", "Dílna a domov, Pohoda")
    page.fill("[name=ico]", ICO)
    page.select_option("[name=edition]", "sql")
    page.fill("[name=year]", str(YEAR))
    page.fill("[name=database]", f"StwPh_{ICO}_{YEAR}")


def enrol_agent(page: Page, world: World) -> None:
    """With the code of the unit's page, in a process of its own; until the page says that the agent is there."""
    show_code(page)
    code = page.locator("#enrolment-code").text_content() or ""
    world.enrol_with(code.strip())
    world.supervisor.start(world.agent())
    page.goto(page.url.replace("/code/", "/"))
    page.locator("#agents .badge.good").first.wait_for(timeout=60_000)


def show_code(page: Page) -> None:
    page.goto("/setup/units/")
    page.locator(".row-link").first.click()
    page.wait_for_load_state()
    submit(page, "form[action$='/code/']")


def create_instance(page: Page, world: World) -> None:
    page.goto("/setup/instances/new/")
    page.fill("[name=store]", "ZBOZI")
    page.select_option("[name=unit_country]", "CZ")
    page.select_option("[name=home_currency]", "CZK")
    yesterday = clock.now() - dt.timedelta(days=1)
    page.fill("[name=orders_since]", f"{yesterday:%Y-%m-%dT%H:%M}")
    submit(page, "form.card.narrow")


def map_everything(page: Page, world: World) -> None:
    """Each method that was seen gets a carrier of its own name, each payment its form."""
    page.goto(f"{instance(page)}mappings/")
    for row in page.locator("tr:has(input)").all():
        carrier, *text = row.locator("input[type=text]").all()
        name = row.locator("strong").first.inner_text().split(",")[0] if text else "Allegro"
        carrier.fill(textwrap.shorten(name, 20, placeholder=""))
    preview(page)
    page.locator("[name=step][value=save]").last.click()
    page.wait_for_load_state("networkidle")


def first_purchases(page: Page, world: World) -> None:
    scenario.buy(world, count=9, seed=4401, marketplace="allegro-cz")


def a_day(page: Page, world: World) -> None:
    """A whole day with its troubles, until both sides agree."""
    scenario.play(world)


def invite_viewer(page: Page, world: World) -> None:
    page.goto("/company/invite/")
    page.fill("[name=email]", VIEWER[0])
    page.check("[name=role][value=viewer]")
    submit(page, "form.card.narrow")
    LINKS[:] = [(page.locator("code[data-copy]").first.text_content() or "").strip()]


def open_invitation(page: Page) -> None:
    """As the invited person, from the link of the mail."""
    page.goto(LINKS[0])


def accept_invitation(page: Page, world: World) -> None:
    _email, name, password = VIEWER
    open_invitation(page)
    page.fill("[name=full_name]", name)
    for field in page.locator("input[type=password]").all():
        field.fill(password)
    submit(page, ".card form")
    page.context.clear_cookies()


def switch_on_second_factor(page: Page, world: World) -> None:
    """With the code that an app would show for the secret on the page."""
    page.goto("/accounts/2fa/totp/activate/")
    confirm(page, VIEWER[2])
    secret = page.locator("input[readonly]").first.input_value()
    page.fill("[name=code]", _code(secret))
    submit(page, "main form")


def _code(secret: str) -> str:
    """RFC 6238 with thirty seconds and six digits."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, int(time.time() // 30).to_bytes(8), "sha1").digest()
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


def ask_for_code(page: Page) -> None:
    """A sign-in that stops at the second factor."""
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.fill("[name=login]", VIEWER[0])
    page.fill("[name=password]", VIEWER[2])
    submit(page, "form[action*=login]")


def ask_for_link(page: Page) -> None:
    """A forgotten password, up to the word that a mail is on its way."""
    page.goto("/accounts/password/reset/")
    page.fill("[name=email]", "kdokoli@dilna.example")
    submit(page, ".card form")


def forget_a_carrier(page: Page, world: World) -> None:
    """Somebody empties the row of a delivery method; the next orders with it wait."""
    page.goto(f"{instance(page)}mappings/")
    for row in page.locator("tr", has=page.locator("td.main", has_text=UNKNOWN)).all():
        for field in row.locator("input[type=text]").all():
            field.fill("")
    preview(page)
    page.locator("[name=step][value=save]").last.click()
    page.wait_for_load_state("networkidle")


def trouble(page: Page, world: World) -> None:
    """Orders that wait, prices that jump, an export that ends too early, an agent that falls silent."""
    for seed in range(24):
        scenario.buy(world, count=1, seed=9100 + seed, marketplace="allegro-cz")
    cards = world.control("pohoda", "GET", "stocks")["stocks"]
    priced = [card for card in cards if "Allegro CZ" in card["levels"]]
    for number, card in enumerate(priced[:60:6]):
        factor = 3 if number % 2 else 2
        levels = {name: str(round(float(price) * factor, 2)) for name, price in card["levels"].items()}
        world.control("pohoda", "POST", f"stocks/{card['code']}/set", {"levels": levels, "store": card["store"]})
    _until(page, "/orders/?state=waiting", ".row-link")
    _until(page, "/inbox/", ".held-records a[href^='/offers/']")


def silent_agent(page: Page, world: World) -> None:
    world.supervisor.stop("agent")
    _until(page, "/", ".direction:first-child .acts .you")


def instance(page: Page) -> str:
    """The address of the Czech instance."""
    page.goto("/setup/instances/")
    links = page.locator("main .card h2 a, main .card .row-link, main .card-head a")
    return links.first.get_attribute("href") or "/"


def preview(page: Page) -> None:
    """Presses "Show what this would do" and waits for the effect."""
    page.locator("form#settings > .actions [name=step][value=preview]").last.click()
    page.locator("#effect").wait_for()


def dearer(page: Page) -> None:
    """One more step: five per cent on top."""
    page.select_option("[name=steps-new]", "multiply")
    page.locator("button[name=edit][value=add]").click()
    page.locator("[name^=steps-][name$=-percent]").last.fill("5")


def map_wanted(page: Page) -> None:
    """Fills in the row that the inbox led to."""
    fields = page.locator("#wanted input[type=text]")
    fields.first.fill("Zásilkovna")
    preview(page)


def visit(page: Page, address: str) -> None:
    """A page of the company that support visits; enters it first, with the reason that the company sees."""
    page.goto(address)
    button = page.locator("button[name=tenant]")
    if button.count() or "/admin/" not in page.url:
        page.goto("/admin/companies/?search=d%C3%ADlna")
        if button.first.is_enabled():
            page.locator("input[name=reason]").first.fill("požadavek 17: objednávka čeká")
            with page.expect_navigation():
                button.first.click()
        page.goto(address)


def visit_first(page: Page, address: str) -> None:
    visit(page, address)
    with page.expect_navigation():
        page.locator("#result_list tbody a").first.click()


def resync_order(page: Page) -> None:
    visit_first(page, "/admin/allegro/order/")
    page.goto(page.url.replace("/change/", "/resync/"))


def _until(page: Page, address: str, found: str) -> Any:
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        page.goto(address)
        if page.locator(found).count():
            return
        page.wait_for_timeout(2000)
    print(f"did not come about: {found} at {address}")
