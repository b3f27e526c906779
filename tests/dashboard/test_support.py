"""Support finds a company, looks in with a reason, reads, changes nothing, and leaves."""

import pytest

from connectify.audit.models import AuditEntry
from connectify.tenants.context import tenant_scope
from tests.dashboard import shop


@pytest.fixture
def staff(toys, browser_of):
    return browser_of(shop.make_user("podpora@connectify.example", is_staff=True))


def look_in(client, toys, reason="požadavek 17"):
    return client.post("/support/enter/", {"tenant": str(toys.tenant.pk), "reason": reason})


def test_support_finds_a_company_by_a_part_of_its_name(toys, staff):
    assert "Hračky Dvořák" in staff.get("/support/?search=dvo").content.decode()
    assert "Žádná firma se tak nejmenuje." in staff.get("/support/?search=nikdo").content.decode()


def test_support_sees_the_orders_of_the_company_it_entered_until_it_leaves(toys, staff):
    assert staff.get("/orders/")["Location"] == "/support/"
    assert look_in(staff, toys)["Location"] == "/"
    page = staff.get("/orders/").content.decode()
    assert "Nahlížíte do firmy Hračky Dvořák jako podpora." in page
    assert toys.orders[0].number in page
    assert staff.post("/support/leave/")["Location"] == "/support/"
    assert staff.get("/orders/")["Location"] == "/support/"
    with tenant_scope(toys.tenant.pk):
        visits = AuditEntry.objects.filter(action__startswith="support.").order_by("at", "pk")
        assert [(one.action, one.reason) for one in visits] == [
            ("support.entered", "požadavek 17"),
            ("support.left", ""),
        ]


def test_support_changes_nothing_in_a_company(toys, staff):
    look_in(staff, toys)
    assert staff.post(f"/orders/{toys.orders[0].pk}/send-again/").status_code == 403


def test_without_a_reason_support_stays_outside_and_is_told(toys, staff):
    assert look_in(staff, toys, reason="  ")["Location"] == "/support/"
    assert "Napište, proč do firmy nahlížíte" in staff.get("/support/").content.decode()
    assert staff.get("/orders/")["Location"] == "/support/"


def test_another_company_is_entered_only_after_leaving_the_first(toys, staff):
    other = shop.make_shop(email="petr@zahrada.cz", name="Zahrada")
    look_in(staff, toys)
    look_in(staff, other)
    assert "Nejdřív ji opusťte." in staff.get("/support/").content.decode()
    assert "Nahlížíte do firmy Hračky Dvořák" in staff.get("/").content.decode()


@pytest.mark.parametrize("tenant", ["", "nonsense", "00000000-0000-7000-8000-000000000000"])
def test_a_company_that_does_not_exist_is_not_found(staff, tenant):
    assert staff.post("/support/enter/", {"tenant": tenant, "reason": "x"}).status_code == 404


def test_the_page_does_not_exist_for_a_customer(toys, owner):
    assert owner.get("/support/").status_code == 404
    assert look_in(owner, toys).status_code == 404
    assert owner.post("/support/leave/").status_code == 404
