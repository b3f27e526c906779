"""Accounting units and their agents on the pages."""

from __future__ import annotations

import re
import shlex
from html import unescape

import pytest
from django.db.models.functions import Now
from django.test import Client

from connectify.sync.models import Due
from connectify.tenants.models import Role
from pohoda_bridge.protocol import EnrolRequest
from pohoda_bridge.server.enrolment import enrol
from pohoda_bridge.server.forms import is_valid_ico
from pohoda_bridge.server.keys import make_pair
from pohoda_bridge.server.models import Agent, Unit, UnitYear
from pohoda_bridge.server.refusals import Refused
from tests.setup_pages.companies import Company, text_of

NEW = "/setup/units/new/"
UNIT = {"name": "Dílna, Pohoda", "ico": "27604977", "edition": "sql", "year": "2026", "database": "", "key": ""}


@pytest.fixture(autouse=True)
def platform_key(settings, tmp_path) -> None:
    settings.JOB_SIGNING_KEY_FILE = str(tmp_path / "jobs.key")
    settings.JOB_VERIFY_KEY_FILE = tmp_path / "jobs.pub"
    make_pair(tmp_path / "jobs.key", tmp_path / "jobs.pub")


def add_unit(company: Company, **changed: str) -> str:
    """→ the address of the unit's page."""
    return str(company.browser().post(NEW, {**UNIT, **changed})["Location"])


def code_on(answer) -> str:
    found = re.search(r'id="enrolment-code"[^>]*>([^<]+)<', answer.content.decode())
    assert found is not None
    return found[1]


def line_on(answer) -> list[str]:
    found = re.search(r"data-copy>(connectify-agent enroll [^<]+)<", answer.content.decode())
    assert found is not None
    return shlex.split(unescape(found[1]))


def enrol_agent(company: Company, page: str, *, key: int = 1, host: str = "POKLADNA") -> Agent:
    code = code_on(company.browser().post(f"{page}code/"))
    answer = enrol(EnrolRequest(code=code, host=host, public_key=bytes([key]) * 32, agent_version="1.2.3"))
    with company.inside():
        return Agent.objects.get(pk=answer.agent)


def fragment(browser: Client, page: str) -> str:
    return text_of(browser.get(page, headers={"hx-request": "true"}))


def test_a_unit_is_added_with_its_year_and_the_usual_name_of_its_database(company):
    page = add_unit(company)
    with company.inside():
        unit = Unit.objects.get()
        year = UnitYear.objects.get()
        assert (unit.ico, unit.edition, unit.connection.name) == ("27604977", "sql", "Dílna, Pohoda")
        assert (year.year, year.database, year.state) == (2026, "StwPh_27604977_2026", "current")
        assert Due.objects.filter(kind="pohoda.unit", resource_id=unit.pk).exists()
    shown = text_of(company.browser().get(page))
    for part in ("Dílna, Pohoda", "27604977", "StwPh_27604977_2026", "none enrolled"):
        assert part in shown
    assert "unit.created" in company.audited()


def test_the_plain_edition_keeps_its_books_in_a_file(company):
    add_unit(company, edition="mdb", ico="276 04 977")
    with company.inside():
        assert UnitYear.objects.get().database == "27604977_2026.mdb"


def test_a_named_database_is_taken_as_it_is(company):
    add_unit(company, database="StwPh_Jina_2026")
    with company.inside():
        assert UnitYear.objects.get().database == "StwPh_Jina_2026"


@pytest.mark.parametrize(("ico", "valid"), [
    ("27604977", True), ("27604978", False), ("00006947", True), ("25596641", True), ("2760497", False),
    ("276049770", False), ("2760497a", False), ("", False),
])  # fmt: skip
def test_the_check_digit_of_an_ico_is_checked(ico, valid):
    assert is_valid_ico(ico) is valid


def test_a_mistyped_ico_adds_nothing_and_is_explained(company):
    answer = company.browser().post(NEW, {**UNIT, "ico": "27604978"})
    assert answer.status_code == 200
    assert "This is not an IČO" in text_of(answer)
    with company.inside():
        assert not Unit.objects.exists()


def test_the_same_books_are_added_once_unless_they_have_a_key_of_their_own(company, neighbour):
    add_unit(company)
    assert "is here already" in text_of(company.browser().post(NEW, UNIT))
    add_unit(company, key="B")
    add_unit(neighbour)  # what another company has says nothing
    with company.inside():
        assert Unit.objects.count() == 2


def test_a_code_is_shown_once_with_the_whole_line_to_run(company):
    page = add_unit(company)
    browser = company.browser()
    answer = browser.post(f"{page}code/")
    code, line = code_on(answer), line_on(answer)
    assert line[:2] == ["connectify-agent", "enroll"]
    given = dict(zip(line[2::2], line[3::2], strict=True))
    assert given == {
        "--server": "http://127.0.0.1:8000", "--code": code, "--ico": "27604977",
        "--database": "StwPh_27604977_2026", "--year": "2026", "--home": "FOLDER",
        "--mserver": "http://127.0.0.1:PORT", "--user": "USER", "--password-file": "FILE",
    }  # fmt: skip
    assert code not in browser.get(page).content.decode()
    assert "A code waits for an agent" in fragment(browser, page)
    assert "agent.code_issued" in company.audited()


def test_a_new_code_ends_the_earlier_one(company):
    page = add_unit(company)
    earlier = code_on(company.browser().post(f"{page}code/"))
    code_on(company.browser().post(f"{page}code/"))
    with pytest.raises(Refused):
        enrol(EnrolRequest(code=earlier, host="PC", public_key=b"k" * 32, agent_version="1"))


def test_the_page_shows_the_agent_when_it_has_come_and_how_it_does(company):
    page = add_unit(company)
    browser = company.browser()
    enrol_agent(company, page)
    part = fragment(browser, page)
    for shown in ("POKLADNA", "has not called yet", "1.2.3"):
        assert shown in part
    assert "A code waits" not in part
    with company.inside():
        Agent.objects.update(last_seen_at=Now(), health={"mserver": "ready"})
    part = fragment(browser, page)
    assert "online" in part
    assert "mServer is ready" in part
    with company.inside():
        Agent.objects.update(health={"mserver": "off", "detail": "x"})
    assert "mServer is not running" in fragment(browser, page)


def test_the_second_agent_is_a_spare_one_that_takes_over_on_a_click(company):
    page = add_unit(company)
    enrol_agent(company, page)
    second = enrol_agent(company, page, key=2, host="SERVER")
    browser = company.browser()
    assert "Let it take over" in fragment(browser, page)
    assert browser.post(f"{page}agents/{second.pk}/activate/")["Location"] == page
    with company.inside():
        assert dict(Agent.objects.values_list("host", "state")) == {"POKLADNA": "standby", "SERVER": "active"}
    answer = browser.post(f"{page}agents/{second.pk}/activate/", follow=True)
    assert "Only a spare agent can take over" in text_of(answer)
    assert "agent.activated" in company.audited()


def test_a_revoked_agent_is_refused_and_stays_in_the_list(company):
    page = add_unit(company)
    agent = enrol_agent(company, page)
    browser = company.browser()
    browser.post(f"{page}agents/{agent.pk}/revoke/")
    part = fragment(browser, page)
    assert "revoked" in part
    assert "none enrolled" in part
    assert "Revoke the agent" not in part
    assert company.audited()[-1] == "agent.revoked"


def test_a_unit_is_renamed(company):
    page = add_unit(company)
    browser = company.browser(Role.ADMIN)
    assert browser.post(f"{page}rename/", {"name": "Účetnictví"})["Location"] == page
    assert "Účetnictví" in text_of(browser.get("/setup/units/"))
    assert "This field is required" in text_of(browser.post(f"{page}rename/", {"name": ""}))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ACCOUNTANT, Role.VIEWER])
def test_who_does_not_set_things_up_reads_and_changes_nothing(company, role):
    page = add_unit(company)
    agent = enrol_agent(company, page)
    browser = company.browser(role)
    assert browser.get(page).status_code == 200
    assert "<form" not in browser.get(page, headers={"hx-request": "true"}).content.decode()
    assert browser.get(NEW).status_code == 403
    acts = ("rename/", "code/", f"agents/{agent.pk}/activate/", f"agents/{agent.pk}/revoke/")
    for path in (NEW, *(f"{page}{act}" for act in acts)):
        assert browser.post(path, UNIT).status_code == 403
    with company.inside():
        assert list(Agent.objects.values_list("state", flat=True)) == ["active"]


def test_anothers_unit_and_its_agents_do_not_exist(company, neighbour):
    theirs, ours = add_unit(neighbour), add_unit(company)
    agent = enrol_agent(neighbour, theirs)
    browser = company.browser()
    assert browser.get(theirs).status_code == 404
    acts = ("rename/", "code/", f"agents/{agent.pk}/activate/", f"agents/{agent.pk}/revoke/")
    for path in (*(f"{theirs}{act}" for act in acts), f"{ours}agents/{agent.pk}/revoke/"):
        assert browser.post(path, {"name": "x"}).status_code == 404
    with neighbour.inside():
        assert Agent.objects.get().state == "active"
