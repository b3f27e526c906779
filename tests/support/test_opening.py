"""Support opens a company: its first owner gets a link, joins, and from then on invites people alone."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from connectify.audit.models import AuditEntry
from connectify.processes.ports import free_port
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Membership, Role, Tenant
from connectify.tenants.selectors import memberships_of
from connectify.tenants.services import add_member
from connectify.tenants.staff import find_companies
from tests.dashboard import shop

OPEN = "/admin/companies/open/"
NEW = {"name": " Papírnictví  Dlouhá ", "email": " Eva@Dlouha.example", "language": "cs"}


@pytest.fixture
def person(toys):
    return shop.make_user("podpora@connectify.example", is_staff=True)


@pytest.fixture
def staff(person, browser_of):
    return browser_of(person, "en")


def link_in(answer) -> str:
    assert answer.status_code == 200
    return re.search(r"<code>http://testserver(/\S+)</code>", answer.content.decode())[1]


def company_of(person):
    return next(one for one in find_companies(user=person, words="Papírnictví"))


def members(tenant_id) -> list[tuple[str, str]]:
    with tenant_scope(tenant_id):
        return list(Membership.objects.values_list("user__email", "role"))


def join(link):
    """→ where the new owner's browser is sent."""
    guest, password = Client(), "tri-koruny-a-padesat"
    guest.get(link)
    who = {"full_name": "Eva Dlouhá", "password1": password, "password2": password}
    return guest.post("/invitation/", who)["Location"]


def test_a_company_is_opened_and_its_owner_joins_by_the_link(staff, person, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        opened = staff.post(OPEN, NEW)
    link = link_in(opened)
    (sent,) = mail.outbox
    assert sent.to == ["eva@dlouha.example"]
    assert link in sent.body
    found = company_of(person)
    assert found.name == "Papírnictví Dlouhá"
    assert members(found.tenant_id) == []
    assert join(link) == "/"
    assert members(found.tenant_id) == [("eva@dlouha.example", Role.OWNER)]
    with tenant_scope(found.tenant_id):
        entries = AuditEntry.objects.order_by("at", "id").values_list("action", "actor__email")
        assert list(entries)[:2] == [("tenant.created", person.email), ("invitation.sent", person.email)]
    assert memberships_of(person.pk) == []


def test_another_link_ends_the_one_before_and_none_is_sent_once_there_is_an_owner(staff, person):
    first = link_in(staff.post(OPEN, NEW))
    again = {"tenant": str(company_of(person).tenant_id), "email": "eva@dlouha.example", "language": "en"}
    second = link_in(staff.post(OPEN, again))
    assert Client().get(first, follow=True).status_code == 410
    assert join(second) == "/"
    page = staff.post(OPEN, again)
    assert page.status_code == 200
    assert "The company has an owner, who invites people." in page.content.decode()
    assert len(members(company_of(person).tenant_id)) == 1


def test_who_has_an_owner_is_offered_no_first_one(staff, person):
    link = link_in(staff.post(OPEN, NEW))
    offer = f"{OPEN}?tenant={company_of(person).tenant_id}"
    assert staff.get(offer).status_code == 200
    found = staff.get("/admin/companies/").content.decode()
    assert found.count(OPEN + "?tenant=") == 1  # the other company has one
    assert offer in found
    join(link)
    assert OPEN + "?tenant=" not in staff.get("/admin/companies/").content.decode()
    led = staff.get(offer, follow=True)
    assert led.redirect_chain == [("/admin/companies/", 302)]
    assert "The company has an owner, who invites people." in led.content.decode()


def test_many_companies_are_listed_with_as_many_questions_as_few(staff, django_assert_num_queries):
    address = "/admin/companies/"
    staff.get(address)
    with CaptureQueriesContext(connection) as few:
        staff.get(address)
    asked = len(few)
    for number in range(8):
        staff.post(OPEN, {**NEW, "name": f"Papírnictví {number}", "email": f"eva{number}@dlouha.example"})
    with django_assert_num_queries(asked):
        page = staff.get(address).content.decode()
    assert page.count("Invite its first owner") == 8


def test_a_company_is_opened_also_while_the_mail_server_is_away(staff, person, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = free_port()  # nobody listens
    opened = staff.post(OPEN, NEW)
    assert "The mail was not sent" in opened.content.decode()
    assert join(link_in(opened)) == "/"
    assert members(company_of(person).tenant_id) == [("eva@dlouha.example", Role.OWNER)]


def test_a_program_may_ask_for_a_page_without_its_body(staff):
    for address in ("/admin/companies/", OPEN, "/admin/switches/"):
        assert staff.head(address).status_code == 200


def test_support_that_is_a_member_of_a_company_opens_another(staff, person, toys):
    with tenant_scope(toys.tenant.pk):
        add_member(user=person, role=Role.OWNER)
    assert join(link_in(staff.post(OPEN, NEW))) == "/"
    found = company_of(person)
    assert members(found.tenant_id) == [("eva@dlouha.example", Role.OWNER)]
    assert [one.tenant_id for one in memberships_of(person.pk)] == [toys.tenant.pk]


def test_what_is_missing_opens_nothing(staff, person):
    for change in ({"name": "  "}, {"email": "eva"}, {"language": "pl"}):
        assert "cfy-problem" in staff.post(OPEN, NEW | change).content.decode()
    assert find_companies(user=person, words="Papírnictví") == []


def test_from_a_visit_no_company_is_opened(staff, toys, person):
    staff.post("/admin/companies/enter/", {"tenant": str(toys.tenant.pk), "reason": "požadavek 17"})
    assert staff.post(OPEN, NEW)["Location"] == "/admin/companies/"
    assert find_companies(user=person, words="Papírnictví") == []


def test_only_support_opens_a_company(owner, client, toys):
    for browser in (owner, client):
        assert browser.post(OPEN, NEW).status_code in (302, 403, 404)
    with tenant_scope(toys.tenant.pk):
        assert Tenant.objects.count() == 1


@pytest.mark.parametrize("asked", ["x", "0190b1f8-5dcb-7a25-a2be-25d6a5c1a000"])
def test_a_company_that_is_none_is_not_found(staff, asked):
    assert staff.get(OPEN, {"tenant": asked}).status_code == 404
