"""How access is declared and enforced, and what people read who are not let in; the walk asks every page."""

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path

from connectify.dashboard import checks
from connectify.dashboard.access import open_to
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Role
from connectify.tenants.services import add_member
from tests.dashboard import shop
from tests.dashboard.conftest import browser_of, now, owner, quick_passwords, toys

__all__ = ["browser_of", "now", "owner", "quick_passwords", "toys"]


def forgotten(request):
    return HttpResponse("open")


@open_to(Role.OWNER, Role.ADMIN)
def owners_only(request):
    return HttpResponse("open")


urlpatterns = [
    path("forgotten/", forgotten),
    path("owners/", owners_only),
    path("", include("connectify.urls")),
]
here = override_settings(ROOT_URLCONF="tests.access.test_declarations")


@here
def test_the_start_up_check_names_a_view_that_says_nothing():
    found = checks.every_view_is_declared(None)
    assert [one.id for one in found] == ["dashboard.E001"]
    assert "forgotten/" in found[0].msg


def test_naming_nobody_is_an_error_at_import():
    with pytest.raises(ValueError):
        open_to()


@here
def test_a_view_that_says_nothing_does_not_exist_for_anybody(toys, browser_of):
    toys.owner.is_staff = True
    toys.owner.save()
    assert browser_of(toys.owner).get("/forgotten/").status_code == 404


@here
@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("admin", 200), ("operator", 403), ("accountant", 403), ("viewer", 403)]
)
def test_a_page_is_open_to_the_roles_it_names_only(toys, browser_of, role, status):
    user = shop.make_user("kolega@hracky-dvorak.cz")
    with tenant_scope(toys.tenant.pk):
        add_member(user=user, role=role)
    answer = browser_of(user).get("/owners/")
    assert answer.status_code == status
    assert (status == 200) != ("Vaše role to nedovoluje" in answer.content.decode())


def test_a_fragment_sends_the_whole_page_of_a_stranger_to_the_sign_in(db, client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/orders/?state=error"}
    answer = client.get("/orders/", headers=headers)
    assert answer["HX-Redirect"] == "/accounts/login/?next=/orders/%3Fstate%3Derror"
    assert b"form" not in answer.content


def test_a_person_of_several_companies_chooses_one(toys, browser_of, now):
    other = shop.make_shop(email="karel@jina-firma.cz", name="Jiná firma")
    with tenant_scope(other.tenant.pk):
        add_member(user=toys.owner, role=Role.VIEWER)
    client = browser_of(toys.owner)
    assert client.get(f"/orders/{toys.orders[0].pk}/").status_code == 200
    assert client.post("/company/choose/", {"tenant": other.tenant.pk}).status_code == 302
    assert client.get(f"/orders/{toys.orders[0].pk}/").status_code == 404
    assert "Zatím nepřišla žádná objednávka" in client.get("/orders/").content.decode()


def test_a_person_without_a_company_is_told_what_to_do(db, browser_of):
    answer = browser_of(shop.make_user("nikdo@example.cz")).get("/")
    assert answer.status_code == 403
    assert "Zatím nepatříte k žádné firmě" in answer.content.decode()


def test_staff_find_the_administration_in_their_menu_once_and_others_never(toys, owner, browser_of):
    assert 'href="/admin/"' not in owner.get("/").content.decode()
    toys.owner.is_staff = True
    toys.owner.save()
    page = browser_of(toys.owner).get("/").content.decode()
    assert page.count('href="/admin/"') == 1
    assert "/support/" not in page
