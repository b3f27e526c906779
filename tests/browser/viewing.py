"""A viewer is invited by mail, sees everything that members see, and may not change a thing."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.story import Story, button, follow
from tests.browser.visitors import sign_in

EMAIL, NAME, PASSWORD = "prohlizi@dilna.example", "Jana Veselá", "kotva-most-2026-lipa"
# Names of the company, its people and the instance, and what is switched on.
DECIDED = "main h1, main td.main strong, main td.main a, main td.total, main .setting strong, main .switch-row h3"
TABS = ("", "orders/", "mappings/", "pieces/", "prices/", "statuses/", "invoices/")


def invite_a_viewer(story: Story) -> None:
    page = story.owner
    page.goto("/company/")
    follow(page, "Invite a person", "**/company/invite/")
    page.locator("[name=email]").fill(EMAIL)
    page.locator("[name=role][value=viewer]").check()
    button(page, "Send the invitation").click()
    expect(page.locator("code[data-copy]")).to_be_visible()


def accept_the_invitation(story: Story) -> None:
    """The link of the mail, a password of one's own, and in; the owner sees the new member."""
    text = story.mailbox.text_for(EMAIL)
    found = re.search(rf"{re.escape(story.world.web_url)}/invitation/\S+", text)
    assert found is not None, text
    page = story.viewer
    page.goto(found[0])
    page.locator("[name=full_name]").fill(NAME)
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    button(page, "Join").click()
    page.wait_for_url(f"{story.world.web_url}/")
    story.owner.goto("/company/")
    expect(story.owner.get_by_role("row").filter(has_text=EMAIL)).to_be_visible()


def look_at_everything(story: Story) -> None:
    """Signed in anew with the password; each page opens, and offers nothing to press."""
    page = story.viewer
    page.locator("details.menu > summary").click()
    button(page, "Sign out").click()
    page.goto("/orders/?state=sent")
    sign_in(page, EMAIL, PASSWORD)
    expect(page.locator("tbody tr")).to_have_count(len(story.forms))
    page.locator(".row-link").first.click()
    page.wait_for_url("**/orders/*/")
    expect(page.locator("#side-pohoda")).to_be_visible()
    _offers_nothing(page)
    places = ["/", "/inbox/", "/offers/", "/setup/", "/setup/accounts/", "/setup/units/", "/setup/instances/"]
    for address in [*places, *(f"{story.instance}{tab}" for tab in TABS)]:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        _offers_nothing(page)


def change_nothing(story: Story) -> None:
    """What is sent all the same, from the viewer's own browser and with a valid token, is refused."""
    page = story.viewer
    page.goto(story.instance)
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    order = _first_order(page)
    company = {"name": "Jinak", "step": "save", "edit": "", "email": "kdosi@dilna.example", "role": "owner"}
    places = [
        "/setup/accounts/connect/", "/company/invite/", "/company/name/", f"{order}look-again/", f"{order}send-again/",
        *(f"{story.instance}{act}/" for act in ("pause", "save", "disarm/orders", "arm/orders")),
        *(f"{story.instance}{tab}" for tab in TABS if tab),
    ]  # fmt: skip
    seen = _what_is_set(story)
    for address in places:
        answer = page.request.post(
            address, form={**company, "csrfmiddlewaretoken": token}, headers={"Referer": page.url}
        )
        assert answer.status == 403, (address, answer.status)
    assert _what_is_set(story) == seen


def _offers_nothing(page: Page) -> None:
    """No button that does anything to the company: what is left filters, looks up, and unfolds."""
    expect(page.locator("main form[method=post] button:enabled, main form[method=post] select:enabled")).to_have_count(
        0
    )
    expect(page.locator("main form[method=post] input:enabled:not([type=hidden])")).to_have_count(0)


def _first_order(page: Page) -> str:
    page.goto("/orders/?state=sent")
    return page.locator(".row-link").first.get_attribute("href") or ""


def _what_is_set(story: Story) -> list[str]:
    """What the owner has decided: who may do what, what is switched on, and each value of a setting.

    The rest of the pages goes on living: what was seen in Pohoda meanwhile, and how long ago anything was.
    """
    page, seen = story.owner, []
    for address in ("/company/", *(f"{story.instance}{tab}" for tab in TABS)):
        page.goto(address)
        page.evaluate("document.querySelectorAll('main time').forEach(time => { time.textContent = '' })")
        seen += [f"{address}: {text}" for text in page.locator(DECIDED).all_inner_texts()]
        values = [one.input_value() for one in page.locator("main input:not([type=hidden]), main select").all()]
        seen += [f"{address}: {value}" for value in values]
    assert len(seen) > 60
    return seen
