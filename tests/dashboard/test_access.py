"""Nothing is open by accident, and nobody sees another company."""

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path

from connectify.dashboard import checks
from connectify.dashboard.access import CLOSED, MEMBERS, STAFF, audience_of, open_to, patterns, undeclared
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Role
from connectify.tenants.services import add_member
from tests.dashboard import shop


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
here = override_settings(ROOT_URLCONF="tests.dashboard.test_access")


def test_every_view_of_the_site_says_who_may_open_it():
    assert len(list(patterns())) > 50
    assert undeclared() == []


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


@pytest.mark.parametrize("role", MEMBERS)
def test_every_member_reads_orders(toys, browser_of, role):
    user = shop.make_user("kolega@hracky-dvorak.cz")
    with tenant_scope(toys.tenant.pk):
        add_member(user=user, role=role)
    assert browser_of(user).get(f"/orders/{toys.orders[0].pk}/").status_code == 200


def our_pages() -> list[str]:
    return [
        route for route, name, view in patterns()
        if "<" not in route and (who := audience_of(view, name)) and who <= {*MEMBERS, STAFF}
    ]  # fmt: skip


def test_strangers_are_asked_to_sign_in_and_brought_back(db, client):
    assert {"", "orders/"} <= set(our_pages())
    for route in our_pages():
        answer = client.get(f"/{route}")
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next=/{route}")


def test_a_fragment_sends_the_whole_page_of_a_stranger_to_the_sign_in(db, client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/orders/?state=error"}
    answer = client.get("/orders/", headers=headers)
    assert answer["HX-Redirect"] == "/accounts/login/?next=/orders/%3Fstate%3Derror"
    assert b"form" not in answer.content


def test_pages_of_the_sign_in_library_that_we_do_not_offer_do_not_exist(db, client):
    closed = [route for route, name, _view in patterns() if name in CLOSED and "(" not in route]
    assert len(closed) == len(CLOSED) - 1
    assert {client.get(f"/{route}").status_code for route in closed} == {404}


def test_orders_and_documents_of_another_company_do_not_exist(toys, owner, now, browser_of):
    other = shop.fill(shop.make_shop(email="karel@jina-firma.cz", name="Jiná firma"), now=now, more=0)
    theirs = other.orders[0]
    with tenant_scope(other.tenant.pk):
        document = theirs.form.raw_id
    assert owner.get(f"/orders/{theirs.pk}/").status_code == 404
    assert owner.get(f"/orders/{theirs.pk}/documents/{document}/").status_code == 404
    assert owner.get(f"/orders/{toys.orders[0].pk}/documents/{document}/").status_code == 404
    assert theirs.number not in owner.get("/orders/").content.decode()
    assert browser_of(other.owner).get(f"/orders/{theirs.pk}/documents/{document}/").status_code == 200


def test_a_filter_by_a_foreign_instance_shows_nothing(toys, owner, now):
    other = shop.fill(shop.make_shop(email="karel@jina-firma.cz", name="Jiná firma"), now=now, more=0)
    page = owner.get(f"/orders/?instance={other.czech.instance_id}").content.decode()
    assert "Filtru neodpovídá žádná objednávka" in page


def test_a_person_of_several_companies_chooses_one(toys, browser_of, now):
    other = shop.make_shop(email="karel@jina-firma.cz", name="Jiná firma")
    with tenant_scope(other.tenant.pk):
        add_member(user=toys.owner, role=Role.VIEWER)
    client = browser_of(toys.owner)
    assert client.get(f"/orders/{toys.orders[0].pk}/").status_code == 200
    assert client.post("/company/choose/", {"tenant": other.tenant.pk}).status_code == 302
    assert client.get(f"/orders/{toys.orders[0].pk}/").status_code == 404
    assert "Zatím nepřišla žádná objednávka" in client.get("/orders/").content.decode()


def test_a_company_that_one_does_not_belong_to_cannot_be_chosen(toys, owner):
    other = shop.make_shop(email="karel@jina-firma.cz", name="Jiná firma")
    assert owner.post("/company/choose/", {"tenant": other.tenant.pk}).status_code == 404
    assert owner.get(f"/orders/{toys.orders[0].pk}/").status_code == 200


def test_a_person_without_a_company_is_told_what_to_do(db, browser_of):
    answer = browser_of(shop.make_user("nikdo@example.cz")).get("/")
    assert answer.status_code == 403
    assert "Zatím nepatříte k žádné firmě" in answer.content.decode()


def test_the_administration_exists_for_staff_only(toys, owner, browser_of):
    assert owner.get("/admin/").status_code == 404
    staff = shop.make_user("podpora@connectify.example", is_staff=True)
    assert browser_of(staff).get("/admin/").status_code == 200
    people = browser_of(staff).get("/admin/users/user/")
    assert people.status_code == 200
    assert toys.owner.email in people.content.decode()
    assert browser_of(staff).get("/")["Location"] == "/support/"


def test_staff_find_the_administration_in_their_menu_once_and_others_never(toys, owner, browser_of):
    assert 'href="/admin/"' not in owner.get("/").content.decode()
    toys.owner.is_staff = True
    toys.owner.save()
    page = browser_of(toys.owner).get("/").content.decode()
    assert page.count('href="/admin/"') == 1
    assert "/support/" not in page
