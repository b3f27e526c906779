"""Connecting Allegro accounts on the pages, against a running Allegro."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from allegro_integration.client.messages import Me
from allegro_integration.models import Account, ConsentRequest
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from allegro_integration.services import consent as consent_service
from connectify.clock import now
from connectify.dashboard.explanations import explain
from connectify.tenants.models import Membership, Role
from connectify.tenants.services import add_member
from tests.setup_pages.companies import Company, decide, leaving_address, make_company, text_of
from tests.setup_pages.connecting import connect

CONNECT = "/setup/accounts/connect/"
MISSING = "00000000-0000-4000-8000-000000000000"


def accounts_of(company: Company) -> list[Account]:
    with company.inside():
        return list(Account.objects.select_related("connection").order_by("seller_id"))


def said_after(browser: Client, back: str) -> str:
    """What the page says to which the way back from Allegro leads."""
    answer = browser.get(back)
    assert answer.status_code == 302
    return text_of(browser.get(answer["Location"]))


def test_an_empty_company_is_told_the_three_steps_in_order(company, allegro):
    page = text_of(company.browser().get("/setup/"))
    first, second, third = (
        page.index(step)
        for step in (
            "Connect an Allegro account next",
            "Add the accounting unit and enrol its agent",
            "Create an instance and switch it on",
        )
    )
    assert first < second < third


def test_an_account_is_connected_by_the_sellers_consent(company, neighbour, allegro):
    page = connect(company)
    [account] = accounts_of(company)
    assert page == f"/setup/accounts/{account.pk}/"
    assert (account.seller_id, account.environment, account.base_marketplace) == (
        DEFAULT_SELLER, "custom", "allegro-cz",
    )  # fmt: skip
    shown = text_of(company.browser().get(page))
    for part in (account.login, account.seller_id, "Allegro.cz", "valid", "none yet"):
        assert part in shown
    assert "account.linked" in company.audited()
    assert accounts_of(neighbour) == []


def test_a_company_connects_several_accounts(company, allegro):
    allegro.control("PUT", "sellers/44300099", {"login": "druhy-obchod", "base_marketplace": "allegro-sk"})
    connect(company)
    connect(company, seller="44300099")
    assert [one.seller_id for one in accounts_of(company)] == [DEFAULT_SELLER, "44300099"]
    assert "druhy-obchod" in text_of(company.browser().get("/setup/accounts/"))


def test_the_browser_is_sent_by_a_page_so_that_forms_may_still_only_post_to_ourselves(company, allegro):
    answer = company.browser().post(CONNECT)
    assert leaving_address(answer).startswith(f"{allegro.server.url}/auth/oauth/authorize?")
    assert "form-action 'self';" in answer["Content-Security-Policy"] + ";"


def test_nothing_calls_allegro_inside_a_transaction(committed_db, allegro, monkeypatch):
    company = make_company("Dilna")
    seen: list[bool] = []

    def identify(**options: object) -> Me:
        seen.append(connection.in_atomic_block)
        return Me(id=DEFAULT_SELLER, login="dilna")

    monkeypatch.setattr(consent_service, "identify", identify)
    connect(company)
    assert (seen, len(accounts_of(company))) == ([False], 1)


def test_a_seller_who_declines_links_nothing_and_is_told_so(company, allegro):
    browser = company.browser()
    back = decide(leaving_address(browser.post(CONNECT)), seller=DEFAULT_SELLER, decision="deny")
    assert "You did not allow the access at Allegro." in said_after(browser, back)
    assert accounts_of(company) == []
    assert "This confirmation is no longer valid" in said_after(browser, back)


def test_a_confirmation_works_once(company, allegro):
    browser = company.browser()
    back = decide(leaving_address(browser.post(CONNECT)), seller=DEFAULT_SELLER)
    assert "is connected." in said_after(browser, back)
    assert "This confirmation is no longer valid" in said_after(browser, back)


def test_a_confirmation_is_good_for_ten_minutes(company, allegro):
    browser = company.browser()
    back = decide(leaving_address(browser.post(CONNECT)), seller=DEFAULT_SELLER)
    with company.inside():
        ConsentRequest.objects.update(expires_at=now() - dt.timedelta(seconds=1))
    assert "This confirmation is no longer valid" in said_after(browser, back)
    assert accounts_of(company) == []


def test_a_confirmation_belongs_to_the_session_that_asked_for_it(company, allegro):
    back = decide(leaving_address(company.browser().post(CONNECT)), seller=DEFAULT_SELLER)
    assert "This confirmation is no longer valid" in said_after(company.browser(), back)
    assert accounts_of(company) == []


def test_a_confirmation_of_another_company_is_as_if_there_were_none(company, neighbour, allegro):
    back = decide(leaving_address(neighbour.browser().post(CONNECT)), seller=DEFAULT_SELLER)
    assert "This confirmation is no longer valid" in said_after(company.browser(), back)
    assert accounts_of(company) == accounts_of(neighbour) == []


def test_an_account_goes_to_the_company_it_was_begun_for_whichever_the_person_looks_at(company, neighbour, allegro):
    person = company.people[Role.OWNER]
    with neighbour.inside():
        add_member(user=person, role=Role.VIEWER)
    browser = company.browser()
    browser.post("/company/choose/", {"tenant": str(company.tenant.pk)})
    back = decide(leaving_address(browser.post(CONNECT)), seller=DEFAULT_SELLER)
    browser.post("/company/choose/", {"tenant": str(neighbour.tenant.pk)})
    assert "is connected." in said_after(browser, back)
    assert (len(accounts_of(company)), accounts_of(neighbour)) == (1, [])


def test_a_seller_of_another_company_is_refused_with_a_sentence(company, neighbour, allegro):
    connect(neighbour)
    browser = company.browser()
    back = decide(leaving_address(browser.post(CONNECT)), seller=DEFAULT_SELLER)
    assert f"Another company here has connected the seller {DEFAULT_SELLER}." in said_after(browser, back)
    assert accounts_of(company) == []


def test_an_account_that_lost_its_access_signs_in_again_as_its_own_seller_only(company, allegro):
    page = connect(company)
    with company.inside():
        Account.objects.update(needs_reauth_since=now())
    browser = company.browser()
    assert "Allegro no longer accepts our access to your account." in text_of(browser.get(page))
    allegro.control("PUT", "sellers/44300098", {"login": "nekdo-jiny"})
    back = decide(leaving_address(browser.post(f"{page}connect/")), seller="44300098")
    assert "as another seller (44300098) than the one of this account" in said_after(browser, back)
    assert accounts_of(company)[0].needs_reauth_since is not None
    back = decide(leaving_address(browser.post(f"{page}connect/")), seller=DEFAULT_SELLER)
    assert "is signed in again." in said_after(browser, back)
    assert accounts_of(company)[0].needs_reauth_since is None
    assert len(accounts_of(company)) == 1


def test_a_code_that_allegro_refuses_is_explained(company, allegro):
    browser = company.browser()
    leaving_address(browser.post(CONNECT))
    back = decide(leaving_address(browser.post(CONNECT)), seller=DEFAULT_SELLER)
    broken = back.replace("code=", "code=x")
    assert "This confirmation is no longer valid" in said_after(browser, broken)
    assert accounts_of(company) == []


def test_when_allegro_fails_at_the_last_step_the_person_is_told(company, allegro):
    browser = company.browser()
    back = decide(leaving_address(browser.post(CONNECT)), seller=DEFAULT_SELLER)
    allegro.fault("http_503", times=1, target="/me")
    try:
        assert "Allegro reports a fault on its side." in said_after(browser, back)
    finally:
        allegro.control("DELETE", "faults")
    assert accounts_of(company) == []


def test_a_choice_of_environment_is_offered_only_where_there_are_several(company, allegro, settings):
    browser = company.browser()
    assert 'name="environment"' not in browser.get("/setup/accounts/").content.decode()
    settings.ALLEGRO_ENVIRONMENTS = "production,custom"
    page = browser.get("/setup/accounts/").content.decode()
    assert '<option value="production">Allegro</option>' in page
    assert '<option value="sandbox"' not in page
    answer = browser.post(CONNECT, {"environment": "sandbox"}, follow=True)
    assert explain("unknown_environment").title in text_of(answer)
    assert leaving_address(browser.post(CONNECT, {"environment": "production"})).startswith("https://allegro.pl/")


def test_without_an_application_at_allegro_the_page_says_who_has_to_act(company, allegro, settings):
    settings.ALLEGRO_CLIENT_ID = ""
    browser = company.browser()
    assert "has no application at Allegro yet" in text_of(browser.get("/setup/accounts/"))
    assert "has no application at Allegro yet" in text_of(browser.post(CONNECT, follow=True))


def test_an_account_is_renamed_and_the_act_is_audited(company, allegro):
    page = connect(company)
    browser = company.browser(Role.ADMIN)
    assert browser.post(f"{page}rename/", {"name": "Hlavní účet"})["Location"] == page
    assert "Hlavní účet" in text_of(browser.get("/setup/accounts/"))
    assert company.audited()[-1] == "connection.renamed"
    assert "This field is required" in text_of(browser.post(f"{page}rename/", {"name": " "}))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ACCOUNTANT, Role.VIEWER])
def test_who_does_not_set_things_up_reads_and_changes_nothing(company, allegro, role):
    page = connect(company)
    browser = company.browser(role)
    shown = browser.get(page).content.decode()
    assert "<fieldset disabled>" in shown
    assert "Save the name" not in shown
    for path in (CONNECT, f"{page}connect/", f"{page}rename/"):
        assert browser.post(path, {"name": "x"}).status_code == 403
    assert len(accounts_of(company)) == 1


def test_an_invited_role_that_was_taken_away_meanwhile_links_nothing(company, allegro):
    browser = company.browser(Role.ADMIN)
    back = decide(leaving_address(browser.post(CONNECT)), seller=DEFAULT_SELLER)
    with company.inside():
        Membership.objects.filter(user=company.people[Role.ADMIN]).update(role=Role.VIEWER)
    assert "This confirmation is no longer valid" in said_after(browser, back)
    assert accounts_of(company) == []


def test_anothers_account_does_not_exist(company, neighbour, allegro):
    page = connect(neighbour)
    browser = company.browser()
    assert browser.get(page).status_code == 404
    for path in (f"{page}connect/", f"{page}rename/"):
        assert browser.post(path, {"name": "x"}).status_code == 404
    assert browser.get(f"/setup/accounts/{MISSING}/").status_code == 404
    assert accounts_of(neighbour)[0].connection.name not in text_of(browser.get("/setup/accounts/"))


def test_the_way_back_asks_who_is_not_signed_in_to_sign_in(db, allegro):
    answer = Client().get("/allegro/callback?state=x&code=y")
    assert answer["Location"].startswith("/accounts/login/?next=/allegro/callback")


def questions(browser: Client, path: str) -> int:
    """Of the database, without the frames of transactions."""
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(path).status_code == 200
    return sum(1 for one in seen.captured_queries if "SAVEPOINT" not in one["sql"])


@pytest.mark.parametrize("path", ["/setup/", "/setup/accounts/"])
def test_a_page_asks_as_many_questions_of_two_accounts_as_of_one(company, allegro, path):
    connect(company)
    browser = company.browser()
    of_one = questions(browser, path)
    allegro.control("PUT", "sellers/44300097", {"login": "treti-obchod"})
    connect(company, seller="44300097")
    assert questions(browser, path) == of_one <= 12
