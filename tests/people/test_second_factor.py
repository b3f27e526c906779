"""A company may ask a second factor of everybody: who has none gets no further than to where it is switched on."""

import pytest
from allauth.mfa.models import Authenticator

from connectify.sealing.second_factor import seal
from connectify.tenants.models import Tenant
from tests.people.reading import audited, text_of

PAGES = ("/", "/orders/", "/company/", "/company/audit/")


def switch_on(user) -> None:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": seal("JBSWY3DPEHPK3PXP")})


def require(company, required: bool = True) -> None:
    with company.scope():
        Tenant.objects.update(requires_second_factor=required)


def test_an_owner_requires_it_after_seeing_whom_it_stops(alfa, owner):
    me = alfa.people["owner"]
    switch_on(me)
    page = text_of(owner.get("/company/second-factor/"))
    assert alfa.people["viewer"].email in page
    assert me.email not in page.split("These people have none yet")[1]
    done = owner.post("/company/second-factor/", {"required": "yes"}, follow=True)
    assert "Everybody signs in with a second factor now." in text_of(done)
    assert audited(alfa, "tenant.second_factor_rule") == [
        ("tenant.second_factor_rule", me.email, {"required": False}, {"required": True})
    ]
    assert "Let a password alone be enough?" in text_of(owner.get("/company/second-factor/"))
    owner.post("/company/second-factor/", {"required": "no"})
    assert len(audited(alfa, "tenant.second_factor_rule")) == 2


def test_an_owner_without_one_cannot_shut_themselves_out(alfa, owner):
    assert 'value="yes"' not in owner.get("/company/second-factor/").content.decode()
    said = owner.post("/company/second-factor/", {"required": "yes"}, follow=True)
    assert "Switch on your own authenticator app first" in text_of(said)
    with alfa.scope():
        assert not Tenant.objects.get().requires_second_factor


@pytest.mark.parametrize("role", ["admin", "accountant", "operator", "viewer"])
def test_nobody_but_an_owner_sets_the_rule(alfa, browser_of, role):
    switch_on(alfa.people[role])
    client = browser_of(alfa.people[role])
    assert client.get("/company/second-factor/").status_code == 403
    assert client.post("/company/second-factor/", {"required": "yes"}).status_code == 403


def test_who_has_none_is_led_to_switch_it_on_and_gets_no_further(alfa, admin):
    require(alfa)
    for address in PAGES:
        answer = admin.get(address)
        assert answer.status_code == 403
        assert "/accounts/2fa/totp/activate/" in answer.content.decode()
        assert "Alfa asks everybody for a code" in text_of(answer)
    viewer = alfa.address_of(alfa.people["viewer"])
    assert admin.post(viewer, {"act": "remove", "confirmed": "yes"}).status_code == 403
    assert alfa.membership_of(alfa.people["viewer"]) is not None
    assert admin.get("/accounts/2fa/").status_code == 200
    switch_on(alfa.people["admin"])
    assert [admin.get(address).status_code for address in PAGES] == [200] * 4


def test_recovery_codes_alone_are_no_second_factor(alfa, admin):
    require(alfa)
    Authenticator.objects.create(user=alfa.people["admin"], type=Authenticator.Type.RECOVERY_CODES, data={})
    assert admin.get("/orders/").status_code == 403


def test_a_fragment_sends_the_whole_page_there(alfa, admin):
    require(alfa)
    answer = admin.get("/orders/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/"


def test_the_rule_of_one_company_is_not_that_of_another(alfa, beta, browser_of):
    require(beta)
    assert browser_of(alfa.people["viewer"]).get("/orders/").status_code == 200
    assert browser_of(beta.people["viewer"]).get("/orders/").status_code == 403


def test_the_list_of_people_says_who_has_one(alfa, owner):
    switch_on(alfa.people["viewer"])
    rows = owner.get("/company/").content.decode().split("<tr")
    by_person = {role: next(row for row in rows if person.email in row) for role, person in alfa.people.items()}
    assert "badge good" in by_person["viewer"]
    assert all("badge good" not in row for role, row in by_person.items() if role != "viewer")
