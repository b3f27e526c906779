"""Pictures of every page from two worlds of `manage.py demo`: an empty company that is set up, and a day of a shop.

    make screenshots                                  all of them
    make screenshots ONLY="inbox instance-prices"     these alone, from the same worlds

Leaves whole pages in .run/screenshots, what fits a screen in docs/screenshots, and docs/screens.md that shows them in
order. Says which pages scroll sideways or complain in the console, and which pages of the site have no picture.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, cast

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from allegro_integration.demo.world import Options, World
from tests.browser import screen_steps, screens
from tests.browser.screens import Act, Screen
from tests.conftest import ROOT, find_chromium
from tests.directories import run_directory

WIDTHS: Final = {"wide": (1280, 900), "narrow": (360, 740)}
LANGUAGES: Final = ("en", "cs")
Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
WHOLE: Final = Path(os.environ.get("CONNECTIFY_SHOTS_DIR", ROOT / ".run" / "screenshots"))
KEPT: Final = ROOT / "docs" / "screenshots"
BOOK: Final = ROOT / "docs" / "screens.md"
README_PICTURE: Final = ("order", "en", "wide", "light")
# So many colours look the same here and need a third of the bytes.
COLOURS: Final = 96
STORIES: Final = (
    ("From nothing to the first order", True, screens.FIRST_STEPS),
    ("A good day", False, screens.DAY),
    ("With trouble", False, screens.TROUBLE),
    ("Support", False, screens.SUPPORT),
)


@dataclass
class Album:
    """Pictures as they are taken, with what was wrong on the way. `pages`: one for each person and language."""

    browser: Browser
    url: str
    facts: dict[str, Any]
    only: frozenset[str] = frozenset()
    complaints: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    pages: dict[tuple[str, str, Theme], Page] = field(default_factory=dict)

    def page(self, who: str, language: str = "cs", theme: Theme = "light") -> Page:
        """Signed in as that person; opened once."""
        if (who, language, theme) not in self.pages:
            context = self.browser.new_context(
                base_url=self.url, locale=language, color_scheme=theme, timezone_id="Europe/Prague"
            )
            self.pages[who, language, theme] = _signed_in(context, who, self.facts)
            self.pages[who, language, theme].on("console", lambda said: self._hear(who, said.type, said.text))
        return self.pages[who, language, theme]

    def _hear(self, who: str, kind: str, text: str) -> None:
        if kind == "error" and "status of 40" not in text:
            self.complaints.append(f"console of {who}: {text}")

    def take(self, screen: Screen) -> None:
        for language in LANGUAGES:
            for theme in THEMES if screen.is_dark_too else THEMES[:1]:
                page = self.page(screen.who, language, theme)
                page.set_viewport_size({"width": WIDTHS["wide"][0], "height": WIDTHS["wide"][1]})
                try:
                    page.goto(screen.go) if isinstance(screen.go, str) else screen.go(page)
                except Error as error:
                    self.complaints.append(f"{screen.name} {language}: {str(error).splitlines()[0]}")
                    continue
                self.seen.add(page.url.split("?")[0])
                for width in WIDTHS if theme == "light" else ("wide",):
                    self._shoot(page, screen, (screen.name, language, width, theme))

    def _shoot(self, page: Page, screen: Screen, key: tuple[str, str, str, str]) -> None:
        width, height = WIDTHS[key[2]]
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(250)  # parts that load by themselves
        name = file_name(*key)
        page.screenshot(path=WHOLE / name, full_page=True)
        box = page.locator(screen.at).first.bounding_box() if screen.at and page.locator(screen.at).count() else None
        scrolled = page.evaluate("window.scrollY")
        keep(WHOLE / name, KEPT / name, top=int(box["y"] + scrolled - 24) if box else 0, height=height)
        if key == README_PICTURE:
            keep(WHOLE / name, ROOT / "docs" / "images" / "order.png", top=0, height=height)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            self.complaints.append(f"scrolls sideways: {name}")


def file_name(name: str, language: str, width: str, theme: str) -> str:
    return f"{name}-{language}-{width}{'-dark' if theme == 'dark' else ''}.png"


def keep(source: Path, target: Path, *, top: int, height: int) -> None:
    """A part of a picture as high as a screen, in few colours."""
    with Image.open(source) as whole:
        top = max(0, min(top, whole.height - height))
        part = whole.convert("RGB").crop((0, top, whole.width, min(whole.height, top + height)))
        reduced(part).save(target, optimize=True)


def reduced(picture: Image.Image) -> Image.Image:
    """In its most frequent colours, each exactly: grounds and marks stay as they are, edges of letters get coarser."""
    found = picture.getcolors(picture.width * picture.height) or []
    frequent = [cast(tuple[int, ...], colour) for _count, colour in sorted(found, reverse=True)[:COLOURS]]
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for colour in frequent for value in colour])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def _signed_in(context: BrowserContext, who: str, facts: dict[str, Any]) -> Page:
    page = context.new_page()
    page.set_default_timeout(15_000)
    if who == "nobody":
        return page
    email, password = facts["staff" if who == "staff" else "owner"], facts["password"]
    if who == "viewer":
        email, _name, password = screen_steps.VIEWER
    page.goto("/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", password)
    with page.expect_navigation():
        page.click("form[action*=login] button")
    return page


def main() -> int:
    for place in (WHOLE, KEPT):
        place.mkdir(parents=True, exist_ok=True)
    only = frozenset(os.environ.get("ONLY", "").split())
    complaints, seen = [], set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        for is_empty in (True, False):
            for album in _worlds(browser, is_empty, only):
                complaints += album.complaints
                seen |= album.seen
        browser.close()
    for complaint in sorted(set(complaints)):
        print(complaint)
    write_book()
    if not only:
        for line in missing(seen):
            print(line)
    return 1 if complaints else 0


def _worlds(browser: Browser, is_empty: bool, only: frozenset[str]) -> Iterator[Album]:
    """A world, lived through with a picture of each screen on the way."""
    options = Options(goods=600, interval_s=2, isolated=True, fast=True, empty=is_empty)
    with run_directory() as directory, World(directory, options) as world:
        world.start()
        album = Album(browser, world.web_url, world.facts, only)
        walk(album, world, [step for _, empty, story in STORIES if empty is is_empty for step in story])
        yield album


def walk(album: Album, world: World, story: list[Screen | Act]) -> None:
    for step in story:
        world.supervisor.check()
        if isinstance(step, Act):
            step.do(album.page(step.who), world)
        elif not album.only or step.name in album.only:
            album.take(step)


def missing(seen: set[str]) -> list[str]:
    """Pages of the site that no picture shows, each with the reason where there is one."""
    import django
    from django.urls import Resolver404, resolve

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connectify.settings")
    django.setup()
    from connectify.dashboard.access import CLOSED, PROGRAM, audience_of, patterns

    taken = set()
    for url in seen:
        try:
            taken.add(resolve("/" + url.split("/", 3)[3]).view_name)
        except Resolver404:
            continue
    lines, of_admin = [], 0
    for route, name, view in patterns():
        who = audience_of(view, name) or frozenset()
        if name in taken or name in CLOSED or not who or PROGRAM in who:
            continue
        if name.startswith("admin:") and name not in screens.NOT_TAKEN:
            of_admin += 1
            continue
        lines.append(f"no picture: /{route} – {screens.NOT_TAKEN.get(name, 'IT SHOULD HAVE ONE')}")
    return [*lines, f"no picture: {of_admin} more of the administration, which look like those that have one"]


def write_book() -> None:
    """docs/screens.md: what is in the table, in its order."""
    lines = ["# Every page, in the order a person meets them", ""]
    lines += [
        "Made by `make screenshots` from the worlds of `manage.py demo`. Each picture links to its Czech one.",
        "",
    ]
    for title, _empty, story in STORIES:
        lines += [f"## {title}", ""]
        for screen in story:
            if isinstance(screen, Screen):
                lines += _lines_of(screen)
    BOOK.write_text("\n".join(lines).rstrip() + "\n")


def _lines_of(screen: Screen) -> list[str]:
    def link(language: str, width: str, theme: str = "light") -> str:
        return f"screenshots/{file_name(screen.name, language, width, theme)}"

    others = [
        f"[phone]({link('en', 'narrow')})",
        f"[česky]({link('cs', 'wide')})",
        f"[česky, mobil]({link('cs', 'narrow')})",
    ]
    if screen.is_dark_too:
        others += [f"[dark]({link('en', 'wide', 'dark')})", f"[česky, tmavě]({link('cs', 'wide', 'dark')})"]
    return [f"{screen.says} {' · '.join(others)}", "", f"![{screen.says}]({link('en', 'wide')})", ""]


if __name__ == "__main__":
    sys.exit(main())
