"""What the steps of a story share: who takes part, and what they have learned so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Locator, Page, expect

from allegro_integration.demo.world import World
from tests.browser.mailbox import Mailbox
from tests.browser.visitors import czech

# A person waits for the next round; what follows from a click comes within seconds.
ROUND_MS: Final = 90_000
SOON_MS: Final = 30_000
QUICK: Final = {
    "CONNECTIFY_LEASE_S": "20",
    "CONNECTIFY_SWEEP_S": "1",
    "CONNECTIFY_NUDGE_S": "3",
    "CONNECTIFY_DISPATCH_S": "0.5",
    "CONNECTIFY_POLL_RECHECK_S": "1",
    "CONNECTIFY_BRIDGE_RETRY_S": "2",
    "ALLEGRO_SWEEP_S": "5",
}


@dataclass
class Story:
    """`instance` is the address of the instance's first tab, `forms` are the ids of what was bought."""

    world: World
    mailbox: Mailbox
    owner: Page
    viewer: Page
    instance: str = ""
    forms: list[str] = field(default_factory=list)

    def tell(self, step: Callable[[Story], None]) -> None:
        """A step that fails is named, with the page that the people look at."""
        try:
            step(self)
        except BaseException as error:
            for who, page in (("owner", self.owner), ("viewer", self.viewer)):
                error.add_note(
                    f"in {step.__name__}, the {who} at {page.url} reads:\n{page.locator('body').inner_text()}"
                )
            raise

    def pohoda_orders(self) -> dict[str, dict[str, Any]]:
        """Received orders in Pohoda that came from Allegro, by checkout form."""
        orders = self.world.control("pohoda", "GET", "orders")["orders"]
        return {order["extId"]: order for order in orders if order["extId"] in self.forms}


def button(place: Page | Locator, sentence: str, **words: str) -> Locator:
    return place.get_by_role("button", name=czech(sentence, **words), exact=True)


def link(place: Page | Locator, sentence: str, **words: str) -> Locator:
    return place.get_by_role("link", name=czech(sentence, **words), exact=True)


def follow(page: Page, sentence: str, address: str) -> None:
    """Presses a link of the page's content and waits for where it leads."""
    link(page.locator("main"), sentence).first.click()
    page.wait_for_url(address)


def preview(page: Page) -> Locator:
    """Shows what the form on the page would do. Nothing is saved by it."""
    button(page.locator("#settings > .actions"), "Show what this would do").click()
    effect = page.locator("#effect")
    expect(effect).to_be_visible(timeout=SOON_MS)
    return effect


def save_what_was_shown(page: Page) -> None:
    button(page.locator("#settings > .actions"), "Save").click()
    expect(page.locator(".messages .note.success")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("#effect")).to_have_count(0)
