"""From an empty company to one that runs, by what stands on the pages alone: nothing here knows the database.

The shop, Pohoda, the workers and the agent are real processes. Beside the pages the story reads only the sandboxes,
which stand for what an owner sees at Allegro and in Pohoda, and the mails that arrive.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from allegro_integration.demo.world import Options, World
from tests.browser import running, setting_up, viewing
from tests.browser.mailbox import Mailbox
from tests.browser.story import QUICK, Story
from tests.browser.visitors import sign_in, visitor
from tests.directories import run_directory

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(400)]

GOODS = 40
IN_ORDER = (
    setting_up.begin_at_the_overview,
    setting_up.connect_an_account,
    setting_up.add_a_unit,
    setting_up.enrol_the_agent,
    setting_up.create_an_instance,
    running.switch_orders_on,
    running.map_what_is_unknown,
    running.see_the_orders_go,
    running.build_a_price,
    running.build_a_rule_of_states,
    running.add_a_print_report,
    viewing.invite_a_viewer,
    viewing.accept_the_invitation,
    viewing.look_at_everything,
    viewing.change_nothing,
)


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture(scope="module")
def world(mailbox: Mailbox) -> Iterator[World]:
    options = Options(empty=True, goods=GOODS, fast=True, isolated=True, environment={**QUICK, **mailbox.environment})
    with run_directory() as run_dir, World(run_dir, options) as world:
        world.start()
        yield world


def test_a_company_is_set_up_and_runs_and_its_viewer_may_not_change_a_thing(
    world: World, mailbox: Mailbox, browser: Browser
) -> None:
    with visitor(browser, world.web_url) as owner, visitor(browser, world.web_url) as viewer:
        owner.goto("/")
        sign_in(owner, world.facts["owner"], world.facts["password"])
        story = Story(world=world, mailbox=mailbox, owner=owner, viewer=viewer)
        for step in IN_ORDER:
            story.tell(step)
