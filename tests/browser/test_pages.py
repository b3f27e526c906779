"""What a person does with the pages, in a browser: with the mouse, with the keyboard, on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from connectify import clock
from connectify.tenants.context import tenant_scope
from tests.dashboard import shop

pytestmark = pytest.mark.browser


def test_from_the_overview_to_the_reason_why_an_order_waits(owner: Page):
    owner.get_by_role("region", name="Allegro Česko").get_by_role("link", name=re.compile("čeká")).click()
    expect(owner).to_have_url(re.compile(r"/orders/\?instance=.*state=waiting"))
    owner.get_by_role("link", name="Petr Svoboda").click()
    expect(owner.get_by_role("heading", name=re.compile("Zásilkovna Z-BOX“ zatím nemá"))).to_be_visible()
    expect(owner.locator("dl.acts .you").get_by_text("jakého dopravce")).to_be_visible()


def test_a_document_unfolds_and_downloads(owner: Page):
    owner.get_by_role("link", name="Objednávky").click()
    owner.get_by_role("link", name="Jana Novotná").first.click()
    answer = owner.get_by_text("Přijato: XML")
    expect(owner.get_by_text("<rsp:responsePack")).to_be_hidden()
    answer.click()
    expect(owner.get_by_text("<rsp:responsePack")).to_be_visible()
    with owner.expect_download() as started:
        owner.locator("details[open]").get_by_role("link", name="Stáhnout v původní podobě").click()
    assert started.value.suggested_filename.endswith(".xml")


def test_a_filter_changes_the_list_and_the_address_without_a_reload(owner: Page):
    owner.goto("/orders/")
    owner.evaluate("window.stayed = true")
    owner.get_by_label("Stav").select_option("error")
    expect(owner.get_by_role("link", name="Stavebniny Říha a.s.")).to_be_visible()
    expect(owner.locator("tbody tr")).to_have_count(1)
    expect(owner).to_have_url(re.compile(r"/orders/\?state=error$"))
    assert owner.evaluate("window.stayed")
    owner.reload()
    expect(owner.locator("tbody tr")).to_have_count(1)


def test_a_new_order_appears_by_itself(owner: Page, toys):
    owner.goto("/orders/?search=Nov%C3%A1%C4%8Dek")
    expect(owner.get_by_text("Filtru neodpovídá žádná objednávka")).to_be_visible()
    with tenant_scope(toys.tenant.pk):
        shop.make_order(toys.czech, at=clock.now(), buyer="Karel Nováček")
    expect(owner.get_by_role("link", name="Karel Nováček")).to_be_visible(timeout=20_000)


def test_the_list_is_walked_page_by_page(owner: Page, toys):
    with tenant_scope(toys.tenant.pk):
        for _ in range(50):
            shop.make_order(toys.slovak, at=clock.now())
    owner.goto("/orders/?state=sent")
    expect(owner.locator("tbody tr")).to_have_count(50)
    owner.get_by_role("link", name="Starší").click()
    expect(owner.locator("tbody tr")).to_have_count(4)
    owner.get_by_role("link", name="Novější").click()
    expect(owner.locator("tbody tr")).to_have_count(50)


def test_the_keyboard_alone_is_enough(owner: Page):
    owner.goto("/orders/?state=error")
    owner.keyboard.press("Tab")
    expect(owner.get_by_role("link", name="Přejít k obsahu")).to_be_focused()
    owner.keyboard.press("Enter")
    link = owner.locator(".row-link")
    # A field for a date alone takes four: day, month, year and the button of the calendar.
    for _ in range(30):
        owner.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    owner.keyboard.press("Enter")
    expect(owner.get_by_role("heading", name="Stavebniny Říha a.s.")).to_be_visible()


def test_the_language_stays_switched(owner: Page):
    owner.goto("/orders/?state=error")
    owner.get_by_role("button", name="English").click()
    expect(owner.get_by_role("heading", name="Orders")).to_be_visible()
    expect(owner).to_have_url(re.compile(r"\?state=error$"))
    owner.goto("/")
    expect(owner.get_by_role("heading", name="Overview")).to_be_visible()


@pytest.mark.parametrize("place", ["/", "/orders/", "/accounts/2fa/"])
def test_nothing_scrolls_sideways_on_a_phone(owner: Page, place: str):
    owner.set_viewport_size({"width": 360, "height": 740})
    owner.goto(place)
    assert owner.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_one_order_fits_a_phone_with_its_documents_unfolded(owner: Page, toys):
    owner.set_viewport_size({"width": 360, "height": 740})
    owner.goto(f"/orders/{toys.orders[0].pk}/")
    for fold in owner.locator("details.raw > summary").all():
        fold.click()
    expect(owner.locator("details.raw[open]")).to_have_count(6)
    assert owner.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_without_scripts_the_filters_work_too(browser, address, toys):
    context = browser.new_context(base_url=address, locale="cs-CZ", java_script_enabled=False)
    page = context.new_page()
    page.goto("/orders/")
    page.get_by_label("E-mail").fill(toys.owner.email)
    page.get_by_label("Heslo").fill(shop.PASSWORD)
    page.get_by_role("button", name="Přihlásit se").click()
    page.get_by_label("Stav").select_option("error")
    page.get_by_role("button", name="Zobrazit").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    context.close()


def test_signing_out_ends_it(owner: Page):
    owner.get_by_text("Hračky Dvořák").first.click()
    owner.get_by_role("button", name="Odhlásit se").click()
    owner.goto("/orders/")
    expect(owner.get_by_role("button", name="Přihlásit se")).to_be_visible()
