"""Pictures of every page of a running demo: Czech and English, wide and narrow, light and dark.

    CONNECTIFY_SHOTS_URL=http://127.0.0.1:8000 CONNECTIFY_SHOTS_EMAIL=… CONNECTIFY_SHOTS_PASSWORD=… make screenshots

Leaves `<place>-<language>-<width>-<theme>.png` in .run/screenshots, the README's picture in docs/images, and says which
pages scroll sideways or complain.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import ROOT, find_chromium

URL = os.environ.get("CONNECTIFY_SHOTS_URL", "http://127.0.0.1:8000").rstrip("/")
WIDTHS = {"wide": (1280, 900), "narrow": (390, 844)}
LANGUAGES = ("cs", "en")
THEMES = ("light", "dark")
ENTRANCE = {"sign-in": "/accounts/login/"}
PLACES = {
    "home": "/",
    "orders": "/orders/",
    "orders-none": "/orders/?search=zzzz",
    "security": "/accounts/2fa/",
    "app": "/accounts/2fa/totp/activate/",
    "password": "/accounts/password/change/",
    "not-found": "/nowhere/",
}
README = ("order", "en", "wide", "light")
PICTURE = ROOT / "docs" / "images" / "order.png"
ORDERS = {"order": "sent", "order-waiting": "waiting", "order-error": "error"}


def main() -> int:
    target = Path(os.environ.get("CONNECTIFY_SHOTS_DIR", ROOT / ".run" / "screenshots"))
    for place in (target, PICTURE.parent):
        place.mkdir(parents=True, exist_ok=True)
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        state = _signed_in(browser)
        for language in LANGUAGES:
            for width in WIDTHS:
                for theme in THEMES:
                    complaints += _walk(browser, state, target, language, width, theme)
        browser.close()
    for complaint in sorted(set(complaints)):
        print(complaint)
    print(f"{len(list(target.glob('*.png')))} pictures in {target}")
    return 1 if complaints else 0


def _signed_in(browser: Browser) -> object:
    context = browser.new_context(base_url=URL, locale="cs-CZ")
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", os.environ["CONNECTIFY_SHOTS_EMAIL"])
    page.fill("[name=password]", os.environ["CONNECTIFY_SHOTS_PASSWORD"])
    page.click("form[action*=login] button")
    page.wait_for_url("**/")
    state = context.storage_state()
    context.close()
    return state


def _walk(browser: Browser, state: object, target: Path, language: str, width: str, theme: str) -> list[str]:
    complaints: list[str] = []
    for places, signed_in in ((ENTRANCE, False), (PLACES, True)):
        size = {"width": WIDTHS[width][0], "height": WIDTHS[width][1]}
        context = browser.new_context(
            base_url=URL, viewport=size, color_scheme=theme, locale=language, timezone_id="Europe/Prague",
            storage_state=state if signed_in else None,
        )  # fmt: skip
        page = context.new_page()
        page.on("console", lambda said: complaints.append(f"console: {said.text}") if said.type == "error" else None)
        for place, address in (places | (_orders(page) if signed_in else {})).items():
            page.goto(address)
            if place.startswith("order-error"):
                for fold in page.query_selector_all("details.raw")[-3:]:
                    fold.evaluate("fold => { fold.open = true }")
            page.screenshot(path=target / f"{place}-{language}-{width}-{theme}.png", full_page=True)
            if (place, language, width, theme) == README:
                page.screenshot(path=PICTURE)
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                complaints.append(f"scrolls sideways: {place} {language} {width}")
        context.close()
    return [one for one in complaints if "404" not in one]


def _orders(page: Page) -> dict[str, str]:
    found = {}
    for place, state in ORDERS.items():
        page.goto(f"/orders/?state={state}")
        link = page.query_selector(".row-link")
        if link:
            found[place] = link.get_attribute("href") or "/"
    return found


if __name__ == "__main__":
    sys.exit(main())
