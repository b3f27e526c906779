"""People with a browser of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext, override, pgettext
from playwright.sync_api import Browser, Page


@contextmanager
def visitor(browser: Browser, address: str) -> Iterator[Page]:
    """A person with a Czech browser; whatever it complains of in the console fails the test."""
    context = browser.new_context(base_url=address, locale="cs-CZ", timezone_id="Europe/Prague")
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert complaints == []


def sign_in(page: Page, email: str, password: str) -> None:
    """From any page that asks for it; ends where the person wanted to go."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Heslo").fill(password)
    page.get_by_role("button", name="Přihlásit se").click()


def czech(sentence: str, *, context: str = "", **words: str) -> str:
    """What a Czech page says for a sentence of the source."""
    with override("cs"):
        said = pgettext(context, sentence) if context else gettext(sentence)
    return said % words if words else said
