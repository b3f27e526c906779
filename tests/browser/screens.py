"""The one table of pictures: every page of the product in the order a person meets it.

A `Screen` is a page in one state; an `Act` is what happens between two of them (`screen_steps`). Addresses whose pages
are not taken stand in NOT_TAKEN with the reason; `screenshots` says which ones are in neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page

from allegro_integration.demo.world import World
from tests.browser import screen_steps as steps


@dataclass(frozen=True)
class Screen:
    """`go`: an address, or a function that leads there. `who`: nobody, owner, viewer or staff."""

    name: str
    says: str
    go: str | Callable[[Page], object]
    who: str = "owner"
    is_dark_too: bool = False
    # What the picture begins with, where that is not the top of the page.
    at: str = ""


@dataclass(frozen=True)
class Act:
    do: Callable[[Page, World], object]
    who: str = "owner"


def _first(address: str, link: str = ".row-link") -> Callable[[Page], None]:
    def go(page: Page) -> None:
        page.goto(address)
        with page.expect_navigation():
            page.locator(link).first.click()

    return go


def _tab(tab: str) -> Callable[[Page], None]:
    def go(page: Page) -> None:
        page.goto(f"{steps.instance(page)}{tab}")

    return go


def _changed(tab: str, change: Callable[[Page], object]) -> Callable[[Page], None]:
    """A tab of settings after a change, with its effect shown and nothing saved."""

    def go(page: Page) -> None:
        _tab(tab)(page)
        change(page)
        steps.preview(page)

    return go


def _make_key(page: Page) -> None:
    page.goto("/company/keys/")
    page.fill("[name=name]", "Sklad")
    for scope in page.locator("[name=scopes]").all()[:3]:
        scope.check()
    steps.submit(page, "#new-key")


def _visit(address: str) -> Callable[[Page], None]:
    return lambda page: steps.visit(page, address)


def _visit_first(address: str) -> Callable[[Page], None]:
    return lambda page: steps.visit_first(page, address)


def _sure(address: str) -> Callable[[Page], None]:
    """A page that asks for the password once more."""

    def go(page: Page) -> None:
        page.goto(address)
        steps.confirm(page)

    return go


def _mapped(page: Page) -> None:
    _first("/inbox/", "a.button[href*='/mappings/']")(page)
    steps.map_wanted(page)


def _own(address: str) -> Callable[[Page], None]:
    """A page of the viewer's own sign-in."""

    def go(page: Page) -> None:
        page.goto(address)
        steps.confirm(page, steps.VIEWER[2])

    return go


def _again_at_allegro(page: Page) -> None:
    _first("/setup/accounts/")(page)
    steps.submit(page, "form[action$='/connect/']")
    steps.allow(page)


# In the inbox: a record of the group that a mapping solves.
UNMAPPED: Final = "section:has(a.button[href*='/mappings/']) .held-records a"

FIRST_STEPS: Final = (
    Screen("sign-in", "Signing in.", "/accounts/login/", who="nobody", is_dark_too=True),
    Screen("password-reset", "A forgotten password.", "/accounts/password/reset/", who="nobody"),
    Screen("password-asked", "A mail is on its way, whoever asked.", steps.ask_for_link, who="nobody"),
    Screen("password-link", "A link that no longer works.", "/accounts/password/reset/key/0-used/", who="nobody"),
    Screen("password-new", "The new password works.", "/accounts/password/reset/key/done/", who="nobody"),
    Screen("inactive", "An account that was switched off.", "/accounts/inactive/", who="nobody"),
    Screen("home-first", "The overview of a company that has nothing yet: where to begin.", "/"),
    Screen("setup-first", "Set-up: three steps to the first order in Pohoda.", "/setup/"),
    Screen("accounts-first", "Connecting an Allegro account.", "/setup/accounts/"),
    Screen("units-first", "No accounting unit yet, and what one is.", "/setup/units/"),
    Screen("unit-new", "Adding an accounting unit.", "/setup/units/new/"),
    Act(steps.connect_account),
    Screen("account-connected", "Back from Allegro's consent: the account is connected.", _again_at_allegro),
    Act(steps.add_unit),
    Screen("unit-code", "The unit's enrolment code and the agent's one line.", steps.show_code),
    Act(steps.enrol_agent),
    Screen("setup-next", "Set-up on its way: what is done and what comes next.", "/setup/"),
    Screen("instance-new", "Creating an instance: a marketplace of an account and a unit.", "/setup/instances/new/"),
    Act(steps.first_purchases),
    Act(steps.create_instance),
    Screen("instance-off", "A new instance: everything is off, and what each direction still needs.", _tab("")),
    Screen("mappings-first", "Mappings of a new instance with the values seen.", _tab("mappings/")),
    Act(steps.map_everything),
    Screen("arm", "Before orders are switched on: what will be written.", _tab("arm/orders/")),
    Screen("orders-first", "Orders planned and shown before anything is written.", "/orders/"),
    Screen("offers-first", "Offers before the first plan.", "/offers/"),
)

DAY: Final = (
    Act(steps.a_day),
    Screen(
        "home", "A good day: each flow of both instances, orders per day, what needs a person.", "/", is_dark_too=True
    ),
    Screen("orders", "Orders, filtered by their state; the filter stays in the address.", "/orders/?state=sent"),
    Screen("order", "One order: both sides, both documents.", _first("/orders/?state=sent"), is_dark_too=True),
    Screen(
        "order-timeline", "The same order: what happened, step by step.", _first("/orders/?state=sent"), at="#timeline"
    ),
    Screen("offers", "Offers, problems first.", "/offers/"),
    Screen("offer", "One offer: why this value, and its history.", _first("/offers/?search=NAR-0101")),
    Screen("setup", "Set-up of a company that runs.", "/setup/"),
    Screen("accounts", "Allegro accounts.", "/setup/accounts/"),
    Screen("account", "One account: its access, its instances.", _first("/setup/accounts/")),
    Screen("units", "Accounting units.", "/setup/units/"),
    Screen("unit", "One unit: its agent, its books.", _first("/setup/units/")),
    Screen("instances", "Instances.", "/setup/instances/"),
    Screen("instance", "An instance: what it may write, how often it looks, pausing it.", _tab("")),
    Screen("instance-orders", "Settings of orders.", _tab("orders/")),
    Screen("instance-pieces", "Stores, ways to count pieces, and what becomes of your own offers.", _tab("pieces/")),
    Screen("instance-prices", "Steps of a price with worked examples.", _tab("prices/"), is_dark_too=True),
    Screen("instance-mappings", "Delivery and payment, with the values really seen.", _tab("mappings/")),
    Screen("instance-statuses", "Rules of order states and carriers of parcels.", _tab("statuses/")),
    Screen("instance-invoices", "Print reports and their conditions.", _tab("invoices/")),
    Screen(
        "preview-orders",
        "Before saving: what a centre would change about orders.",
        _changed("orders/", lambda page: page.fill("[name=centre]", "ESHOP")),
        at="#effect",
    ),
    Screen(
        "preview-pieces",
        "Before saving: what a reserve of two pieces would do to offers.",
        _changed("pieces/", lambda page: page.fill("[name=safety_stock]", "2")),
        at="#effect",
    ),
    Screen(
        "preview-prices",
        "Before saving: what five per cent more would do to prices.",
        _changed("prices/", steps.dearer),
        at="#effect",
    ),
    Act(steps.invite_viewer),
    Screen("invitation", "What an invited person sees.", steps.open_invitation, who="nobody"),
    Act(steps.accept_invitation, who="nobody"),
    Screen("people", "People of the company, invitations, rules.", "/company/"),
    Screen("invite", "Inviting a person: what each role may do.", "/company/invite/"),
    Screen("member", "One person's role.", _first("/company/")),
    Screen("second-factor-rule", "Requiring a second factor of everybody.", "/company/second-factor/"),
    Screen("keys", "API keys: who made them, what they may do, when they were used last.", "/company/keys/"),
    Screen("key-made", "A new key is shown once.", _make_key),
    Screen("key-revoke", "Before a key is revoked: what stops.", _first("/company/keys/", "a[href$='/revoke/']")),
    Screen("security", "Your own sign-in: password and second factor.", "/accounts/2fa/"),
    Screen("confirm", "Before a change that protects the account.", "/accounts/reauthenticate/"),
    Screen("authenticator", "Switching on an authenticator app.", _sure("/accounts/2fa/totp/activate/")),
    Screen("password", "Changing the password.", _sure("/accounts/password/change/")),
    Screen("api-docs", "The API, to be read.", "/api/docs/"),
)

TROUBLE: Final = (
    Act(steps.forget_a_carrier),
    Act(steps.trouble),
    Screen(
        "inbox",
        "The inbox: what waits for a person, by cause, with the button that solves it.",
        "/inbox/",
        is_dark_too=True,
    ),
    Screen("order-waiting", "An order that waits for a mapping: why, and what to do.", _first("/inbox/", UNMAPPED)),
    Screen("offers-problems", "Offers whose prices are held.", "/offers/?state=waiting"),
    Screen("offer-held", "Why a price is not sent, and the button that decides.", _first("/offers/?state=waiting")),
    Screen("orders-none", "A filter that finds nothing says so.", "/orders/?search=zzzz"),
    Screen("mappings-waiting", "The mapping that orders wait for.", _first("/inbox/", "a.button[href*='/mappings/']")),
    Screen(
        "preview-mappings",
        "Before saving: which orders will go.",
        _mapped,
        at="#effect",
    ),
    Act(steps.silent_agent),
    Screen("home-trouble", "With trouble: what is down since when, what we do, what you do.", "/"),
    Screen("unit-silent", "A unit whose agent is silent.", _first("/setup/units/")),
    Screen("audit", "The audit log with what was before and after.", "/company/audit/"),
    Screen("settings-read-only", "A viewer sees settings and cannot change them.", _tab("mappings/"), who="viewer"),
    Screen("forbidden", "A page that one's role does not open.", "/company/keys/", who="viewer"),
    Act(steps.switch_on_second_factor, who="viewer"),
    Screen("second-factor-on", "The authenticator app is on.", "/accounts/2fa/", who="viewer"),
    Screen("recovery-codes", "Codes for a lost phone.", _own("/accounts/2fa/recovery-codes/"), who="viewer"),
    Screen("recovery-new", "Making new ones.", _own("/accounts/2fa/recovery-codes/generate/"), who="viewer"),
    Screen("second-factor-off", "Switching the app off.", _own("/accounts/2fa/totp/deactivate/"), who="viewer"),
    Screen("code", "Signing in with the app's code.", steps.ask_for_code, who="nobody"),
    Screen("sign-out", "Signing out.", "/accounts/logout/"),
    Screen("not-found", "An address that is not there.", "/nowhere/"),
)

SUPPORT: Final = (
    Screen("admin", "The administration: the platform's state.", "/admin/", who="staff"),
    Screen(
        "admin-companies",
        "Finding a company; entering it takes a reason.",
        "/admin/companies/?search=d%C3%ADlna",
        who="staff",
    ),
    Screen("admin-switches", "Switching a direction off everywhere.", "/admin/switches/", who="staff"),
    Screen("admin-orders", "Orders of the visited company.", _visit("/admin/allegro/order/"), who="staff"),
    Screen("admin-order", "One order for support.", _visit_first("/admin/allegro/order/"), who="staff"),
    Screen("admin-resync", "Before an order is read and planned anew.", steps.resync_order, who="staff"),
    Screen("admin-due", "What is due, and who holds it.", _visit("/admin/sync/due/"), who="staff"),
    Screen("visit", "The company as its people see it, with the visit shown.", _visit("/"), who="staff"),
)

NOT_TAKEN: Final = {
    "api_schema": "a file for programs",
    "needs": "a part of the overview",
    "held": "leads to the inbox",
    "support": "leads to the administration",
    "order_document": "a file to keep",
    "mfa_download_recovery_codes": "a file to keep",
    "mfa_reauthenticate": "as `confirm`, with the app's code",
    "allegro_callback": "leads on to the account",
    "invitation_link": "leads on to the invitation",
    "api_nothing": "answers programs",
    **dict.fromkeys(
        (
            *("company_name", "company_invitation", "inbox_act", "choose_company", "choose_language", "leave_company"),
            *("rename_unit", "activate_agent", "revoke_agent", "look_again_at_offer", "send_again", "recreate_order"),
            *("look_again_at_order", "connect_account", "rename_account", "reconnect_account", "save_instance"),
            *("pause_instance", "resume_instance", "disarm_direction", "load_methods", "load_carriers"),
        ),
        "a button, no page",
    ),
}
