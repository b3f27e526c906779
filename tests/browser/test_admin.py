"""The administration in a real browser: its policy lets everything on its pages run, and support gets its work done."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from allegro_integration.audit_words import SENTENCES
from connectify.dashboard.visit_admin import VisitAdmin
from tests.browser.visitors import czech, sign_in, visitor
from tests.dashboard import shop

pytestmark = pytest.mark.browser

WHY = "požadavek 17"


@pytest.fixture
def staff(page: Page, toys: shop.Shop) -> Page:
    """Signed in as support, at the front page of the administration."""
    shop.make_user("podpora@connectify.example", is_staff=True)
    page.goto("/admin/")
    page.get_by_label("E-mail").fill("podpora@connectify.example")
    page.get_by_label("Heslo").fill(shop.PASSWORD)
    page.get_by_role("button", name="Přihlásit se").click()
    page.wait_for_url("**/admin/")
    return page


def enter(staff: Page, toys: shop.Shop) -> None:
    staff.goto("/admin/companies/?search=dvo")
    staff.locator("input[name=reason]").fill(WHY)
    staff.locator("button[name=tenant]").click()
    staff.wait_for_url("**/admin/")


def lists() -> list[str]:
    pages = [page.opts for page in admin.site._registry.values() if isinstance(page, VisitAdmin)]
    return [reverse(f"admin:{one.app_label}_{one.model_name}_changelist") for one in pages]


def test_every_page_of_the_administration_runs_under_its_policy(staff: Page, toys: shop.Shop) -> None:
    """Whatever the policy refuses stands in the console, which fails the test."""
    enter(staff, toys)
    own = ["/admin/", "/admin/companies/", "/admin/switches/", "/admin/switches/turn/?scope=all", "/admin/users/user/"]
    for address in [*own, *lists()]:
        answer = staff.goto(address)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self' 'unsafe-eval'" in policy
        assert "unsafe-inline" not in policy
        first = staff.locator("#result_list th a, #result_list a").first
        if first.count():
            first.click()
            staff.wait_for_load_state()


def test_support_finds_a_company_resyncs_one_order_and_its_owner_sees_it(
    staff: Page, toys: shop.Shop, browser: Browser, address: str
) -> None:
    enter(staff, toys)
    order = toys.orders[1]
    staff.goto(f"{reverse('admin:allegro_order_changelist')}?q={order.number}")
    staff.get_by_role("link", name=order.number).click()
    staff.locator(f"a[href$='/{order.pk}/resync/']").first.click()
    staff.locator("input[name=reason]").fill(WHY)
    staff.locator("form.cfy button").click()
    staff.wait_for_url("**/change/")
    staff.locator("form.cfy-visit button").click()
    staff.wait_for_url("**/admin/companies/")
    with visitor(browser, address) as owner:
        owner.goto(reverse("audit"))
        sign_in(owner, toys.owner.email, shop.PASSWORD)
        said = owner.locator(".audit > li").filter(has_text=czech(SENTENCES["order.resynced"]))
        expect(said).to_have_count(1)
        expect(said).to_contain_text(WHY)
        expect(said).to_contain_text("podpora@connectify.example")
        said.get_by_role("link", name=order.number).click()
        owner.wait_for_url(f"**{reverse('order', args=[order.pk])}")
