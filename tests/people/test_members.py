"""The people of a company: who sees them, who changes them, and what is always kept."""

import pytest

from connectify.domain.errors import Rejected
from connectify.tenants.models import Membership, Tenant
from connectify.tenants.services import add_member, change_role, remove_member
from tests.factories import UserFactory
from tests.people.reading import audited, questions, text_of


def change(client, address, **data):
    return client.post(address, data, follow=True)


def test_members_are_listed_with_their_role_and_sign_in_and_nobody_of_another_company(alfa, beta, owner):
    page = text_of(owner.get("/company/"))
    for role, person in alfa.people.items():
        assert person.email in page
        assert f"{role.title()} Alfa" in page
    assert "never yet" in page
    assert "second factor off" in page
    assert "Beta" not in page


@pytest.mark.parametrize(
    ("role", "people", "keys", "audit"),
    [
        ("owner", 200, 200, 200),
        ("admin", 200, 200, 200),
        ("accountant", 200, 403, 200),
        ("operator", 403, 403, 403),
        ("viewer", 403, 403, 403),
    ],
)
def test_each_role_opens_what_is_its_own(alfa, browser_of, role, people, keys, audit):
    client = browser_of(alfa.people[role])
    pages = ("/company/", "/company/keys/", "/company/audit/")
    assert [client.get(page).status_code for page in pages] == [people, keys, audit]
    shown = [page for page in pages if f'href="{page}"' in client.get("/").content.decode()]
    assert shown == (["/company/"] if people == 200 else [])


def test_an_accountant_reads_the_people_and_changes_nobody(alfa, browser_of):
    client = browser_of(alfa.people["accountant"])
    page = client.get("/company/").content.decode()
    assert "/company/invite/" not in page
    assert "/company/members/" not in page
    viewer = alfa.address_of(alfa.people["viewer"])
    assert client.post(viewer, {"act": "remove", "confirmed": "yes"}).status_code == 403
    assert client.post("/company/name/", {"name": "Ours"}).status_code == 403


def test_a_role_is_changed_after_a_page_that_says_what_it_allows(alfa, owner):
    viewer = alfa.people["viewer"]
    address = alfa.address_of(viewer)
    asked = owner.post(address, {"act": "role", "role": "operator"})
    assert "Change the role of Viewer Alfa?" in text_of(asked)
    assert "approves, tries again, maps" in text_of(asked)
    assert alfa.membership_of(viewer).role == "viewer"
    done = change(owner, address, act="role", role="operator", confirmed="yes")
    assert "Viewer Alfa: the role is operator now." in text_of(done)
    assert alfa.membership_of(viewer).role == "operator"
    assert audited(alfa, "member.role_changed") == [
        ("member.role_changed", alfa.people["owner"].email, {"role": "viewer"}, {"role": "operator"})
    ]


def test_a_removed_member_is_out_with_the_next_click(alfa, owner, browser_of):
    viewer = alfa.people["viewer"]
    theirs = browser_of(viewer)
    assert theirs.get("/orders/").status_code == 200
    address = alfa.address_of(viewer)
    asked = text_of(owner.post(address, {"act": "remove"}))
    assert "Remove Viewer Alfa from the company?" in asked
    assert "API keys they made go on working" in asked
    assert theirs.get("/orders/").status_code == 200
    assert "Viewer Alfa is no longer a member" in text_of(change(owner, address, act="remove", confirmed="yes"))
    assert theirs.get("/orders/").status_code == 403
    assert owner.get(address).status_code == 404


def test_an_administrator_makes_changes_and_removes_no_owner(alfa, admin):
    owner_page = alfa.address_of(alfa.people["owner"])
    assert "Only an owner may change or remove an owner." in text_of(admin.get(owner_page))
    for data in ({"act": "role", "role": "viewer"}, {"act": "remove"}):
        assert "owner" in text_of(change(admin, owner_page, **data, confirmed="yes"))
        assert alfa.membership_of(alfa.people["owner"]).role == "owner"
    viewer_page = alfa.address_of(alfa.people["viewer"])
    assert 'value="owner"' not in admin.get(viewer_page).content.decode()
    assert admin.post(viewer_page, {"act": "role", "role": "owner", "confirmed": "yes"}).status_code == 404
    own_page = alfa.address_of(alfa.people["admin"])
    assert admin.post(own_page, {"act": "role", "role": "owner", "confirmed": "yes"}).status_code == 404
    assert audited(alfa, "member.role_changed", "member.removed") == []


def test_of_two_owners_an_administrator_still_touches_none(alfa, owner, admin):
    accountant = alfa.people["accountant"]
    address = alfa.address_of(accountant)
    change(owner, address, act="role", role="owner", confirmed="yes")
    assert "Only an owner may do this." in text_of(change(admin, address, act="remove", confirmed="yes"))
    assert "Only an owner may do this." in text_of(change(admin, address, act="role", role="viewer", confirmed="yes"))
    assert alfa.membership_of(accountant).role == "owner"


def test_the_last_owner_stays(alfa, owner):
    address = alfa.address_of(alfa.people["owner"])
    assert "The company must keep an owner." in text_of(change(owner, address, act="remove", confirmed="yes"))
    said = text_of(change(owner, address, act="role", role="viewer", confirmed="yes"))
    assert "The company must keep an owner." in said
    assert alfa.membership_of(alfa.people["owner"]).role == "owner"


def test_ones_own_role_is_changed_only_after_a_warning(alfa, owner):
    change(owner, alfa.address_of(alfa.people["admin"]), act="role", role="owner", confirmed="yes")
    address = alfa.address_of(alfa.people["owner"])
    asked = text_of(owner.post(address, {"act": "role", "role": "viewer"}))
    assert "Change your own role?" in asked
    assert "You cannot give yourself back what you give up" in asked
    assert alfa.membership_of(alfa.people["owner"]).role == "owner"
    done = owner.post(address, {"act": "role", "role": "viewer", "confirmed": "yes"})
    assert done["Location"] == "/"
    assert owner.get("/company/").status_code == 403


def test_members_of_another_company_do_not_exist(alfa, beta, owner):
    address = beta.address_of(beta.people["viewer"])
    assert owner.get(address).status_code == 404
    assert owner.post(address, {"act": "remove", "confirmed": "yes"}).status_code == 404
    assert beta.membership_of(beta.people["viewer"]) is not None


def test_what_is_no_act_does_not_exist(alfa, owner):
    address = alfa.address_of(alfa.people["viewer"])
    assert owner.post(address, {"act": "promote"}).status_code == 404
    assert owner.post(address, {"act": "role", "role": "god"}).status_code == 404


def test_the_company_is_renamed(alfa, owner):
    assert "The company is called Alfa Plus now." in text_of(
        owner.post("/company/name/", {"name": " Alfa  Plus "}, follow=True)
    )
    assert "A company needs a name." in text_of(owner.post("/company/name/", {"name": "  "}, follow=True))
    with alfa.scope():
        assert Tenant.objects.get().name == "Alfa Plus"
    assert audited(alfa, "tenant.renamed") == [
        ("tenant.renamed", alfa.people["owner"].email, {"name": "Alfa"}, {"name": "Alfa Plus"})
    ]


def test_the_service_itself_keeps_the_rules_without_a_page(alfa):
    with alfa.scope():
        memberships = {row.role: row for row in Membership.objects.all()}
        with pytest.raises(Rejected, match="keeper_only"):
            remove_member(membership=memberships["viewer"], actor=alfa.people["operator"])
        with pytest.raises(Rejected, match="owner_only"):
            change_role(membership=memberships["viewer"], role="owner", actor=alfa.people["admin"])


def test_a_person_of_no_company_of_ours_has_no_power_here(alfa, beta):
    with alfa.scope(), pytest.raises(Rejected, match="no_member"):
        remove_member(membership=Membership.objects.get(role="viewer"), actor=beta.people["owner"])


def test_the_list_costs_no_more_queries_with_more_people(alfa, owner):
    with alfa.scope():
        for _number in range(20):
            add_member(user=UserFactory(), role="viewer")
    assert questions(lambda: owner.get("/company/")) <= 12
