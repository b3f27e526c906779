"""Invitations: one mail, one link, one use, seven days, one address."""

import datetime as dt
import logging
import re
from urllib.parse import urlparse

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from connectify import clock
from connectify.tenants.invitations import hash_of
from connectify.tenants.models import Invitation
from connectify.users.models import User
from tests.factories import PASSWORD, UserFactory
from tests.people.reading import audited, invitation_link, text_of

NEW = {"full_name": "Nová Kolegyně", "password1": "zelena-lampa-na-stole", "password2": "zelena-lampa-na-stole"}


def ask(client, email="new@example.com", role="operator", language="en"):
    return client.post("/company/invite/", {"email": email, "role": role, "language": language})


def the_invitation(company) -> Invitation:
    with company.scope():
        return Invitation.objects.get()


@pytest.fixture
def link(owner) -> str:
    return invitation_link(ask(owner))


class TestAsking:
    def test_the_link_is_on_the_page_once_and_only_its_hash_is_kept(self, alfa, owner, link):
        row = the_invitation(alfa)
        token = link.split("/")[2]
        assert row.token_sha256 == hash_of(token)
        assert row.expires_at - row.created_at == pytest.approx(dt.timedelta(days=7), abs=dt.timedelta(seconds=5))
        for page in ("/company/", "/company/audit/", "/"):
            assert token not in owner.get(page).content.decode()
        assert audited(alfa, "invitation.sent") == [
            (
                "invitation.sent",
                alfa.people["owner"].email,
                None,
                {"email": "new@example.com", "role": "operator", "language": "en"},
            )
        ]

    @pytest.mark.parametrize(("language", "subject"), [("en", "Invitation to Alfa at Connectify"), ("cs", "Alfa")])
    def test_the_mail_goes_to_the_person_with_the_link_as_text_and_html(
        self, owner, alfa, language, subject, mailoutbox, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            link = invitation_link(ask(owner, language=language))
        (mail,) = mailoutbox
        assert mail.to == ["new@example.com"]
        assert subject in mail.subject
        assert f"http://testserver{link}" in mail.body
        assert alfa.people["owner"].full_name in mail.body
        ((html, kind),) = [(part.content, part.mimetype) for part in mail.alternatives]
        assert kind == "text/html"
        assert f'href="http://testserver{link}"' in html
        assert f'<html lang="{language}">' in html

    def test_a_name_made_to_be_a_header_stays_in_the_subject(
        self, owner, alfa, mailoutbox, django_capture_on_commit_callbacks
    ):
        alfa.tenant.name = "Alfa\nBcc: everybody@example.com"
        with alfa.scope():
            alfa.tenant.save()
        with django_capture_on_commit_callbacks(execute=True):
            ask(owner)
        assert mailoutbox[0].subject == "Invitation to Alfa Bcc: everybody@example.com at Connectify"
        assert mailoutbox[0].bcc == []

    def test_a_member_and_an_invited_address_are_not_invited_again(self, alfa, owner, link):
        assert "This person is a member already." in text_of(ask(owner, email=alfa.people["viewer"].email.upper()))
        assert "This address is invited already." in text_of(ask(owner, email="New@Example.com"))

    def test_an_administrator_invites_no_owner(self, alfa, admin):
        assert 'value="owner"' not in admin.get("/company/invite/").content.decode()
        assert ask(admin, role="owner").status_code == 200
        with alfa.scope():
            assert not Invitation.objects.exists()

    def test_an_operator_invites_nobody(self, alfa, browser_of):
        assert ask(browser_of(alfa.people["operator"])).status_code == 403

    def test_an_address_that_is_none_is_refused(self, alfa, owner):
        assert "Enter a valid email address." in text_of(ask(owner, email="nobody"))

    def test_invitations_of_another_company_do_not_exist(self, alfa, beta, owner, browser_of):
        ask(browser_of(beta.people["owner"]))
        theirs = the_invitation(beta)
        for act in ("resend", "withdraw"):
            assert owner.post(f"/company/invitations/{theirs.pk}/", {"act": act}).status_code == 404
        assert "new@example.com" not in text_of(owner.get("/company/"))

    def test_after_sixty_mails_in_an_hour_a_company_waits(self, owner, settings, monkeypatch):
        monkeypatch.setattr("connectify.dashboard.inviting.MAILS_AN_HOUR", 1)
        assert ask(owner, email="one@example.com").status_code == 200
        refused = ask(owner, email="two@example.com")
        assert refused.status_code == 429
        assert "Too many attempts" in text_of(refused)


class TestLookingAfter:
    def test_a_new_link_kills_the_old_one(self, alfa, owner, guest, link):
        row = the_invitation(alfa)
        newer = invitation_link(owner.post(f"/company/invitations/{row.pk}/", {"act": "resend"}))
        assert newer != link
        assert guest.get(link, follow=True).status_code == 410
        assert "Invitation to Alfa" in text_of(guest.get(newer, follow=True))
        assert [row[0] for row in audited(alfa, "invitation.sent", "invitation.resent")] == [
            "invitation.sent",
            "invitation.resent",
        ]

    def test_a_withdrawn_invitation_is_dead(self, alfa, owner, guest, link):
        row = the_invitation(alfa)
        said = owner.post(f"/company/invitations/{row.pk}/", {"act": "withdraw"}, follow=True)
        assert "The invitation of new@example.com is withdrawn" in text_of(said)
        assert guest.get(link, follow=True).status_code == 410
        again = owner.post(f"/company/invitations/{row.pk}/", {"act": "resend"}, follow=True)
        assert "was used or withdrawn" in text_of(again)
        assert len(audited(alfa, "invitation.withdrawn")) == 1

    def test_an_expired_one_is_shown_as_such_and_can_be_sent_again(self, alfa, owner, guest, link):
        row = the_invitation(alfa)
        with alfa.scope():
            Invitation.objects.update(expires_at=clock.now() - dt.timedelta(minutes=1))
        assert guest.get(link, follow=True).status_code == 410
        assert "expired" in text_of(owner.get("/company/"))
        newer = invitation_link(owner.post(f"/company/invitations/{row.pk}/", {"act": "resend"}))
        assert guest.get(newer, follow=True).status_code == 200

    def test_an_administrator_touches_no_invitation_of_an_owner(self, alfa, owner, admin):
        ask(owner, role="owner")
        row = the_invitation(alfa)
        for act in ("withdraw", "resend"):
            refused = admin.post(f"/company/invitations/{row.pk}/", {"act": act}, follow=True)
            assert "Only an owner may do this." in text_of(refused)


class TestJoining:
    def test_a_new_person_sets_a_name_and_a_password_and_is_in(self, alfa, guest, link):
        page = guest.get(link, follow=True)
        assert "Owner Alfa invites you to the company Alfa" in text_of(page)
        assert "new@example.com" in text_of(page)
        done = guest.post("/invitation/", NEW)
        assert done["Location"] == "/"
        assert "Welcome to Alfa." in text_of(guest.get("/"))
        person = User.objects.get(email="new@example.com")
        assert (person.full_name, person.language, person.is_staff) == ("Nová Kolegyně", "en", False)
        assert person.check_password(NEW["password1"])
        assert alfa.membership_of(person).role == "operator"
        assert [row[:2] for row in audited(alfa, "invitation.accepted", "member.added")][-2:] == [
            ("member.added", "new@example.com"),
            ("invitation.accepted", "new@example.com"),
        ]

    def test_the_link_works_once(self, alfa, guest, link):
        guest.get(link)
        guest.post("/invitation/", NEW)
        closed = Client(headers={"accept-language": "en"}).get(link, follow=True)
        assert closed.status_code == 410
        assert "This invitation no longer works" in text_of(closed)
        assert "ask the person who invited you" in text_of(closed)

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"password1": "kratke", "password2": "kratke"}, "at least 12 characters"),
            ({"password2": "jina-lampa-na-stole"}, "The two passwords differ."),
            ({"password1": "new@example.com", "password2": "new@example.com"}, "too similar"),
            ({"full_name": ""}, "This field is required."),
        ],
    )
    def test_a_bad_password_or_no_name_makes_no_account(self, guest, link, change, said):
        guest.get(link)
        assert said in text_of(guest.post("/invitation/", NEW | change))
        assert not User.objects.filter(email="new@example.com").exists()

    def test_an_account_of_that_address_joins_only_signed_in(self, alfa, guest, link):
        person = UserFactory(email="new@example.com")
        page = guest.get(link, follow=True)
        assert "You already have an account" in text_of(page)
        sign_in = re.search(r'href="(/accounts/login/\?next=[^"]+)"', page.content.decode())[1]
        guest.post("/invitation/", NEW)
        assert alfa.membership_of(person) is None
        assert not User.objects.get(pk=person.pk).check_password(NEW["password1"])
        signed = guest.post(sign_in, {"login": "new@example.com", "password": PASSWORD, "next": "/invitation/"})
        assert signed["Location"] == "/invitation/"
        assert alfa.membership_of(person) is None
        assert "You are signed in as new@example.com" in text_of(guest.get("/invitation/"))
        assert guest.post("/invitation/", {"act": "join"})["Location"] == "/"
        assert alfa.membership_of(person).role == "operator"

    def test_knowing_the_link_adds_the_company_to_no_other_account(self, alfa, beta, browser_of, link):
        other = beta.people["viewer"]
        client = browser_of(other)
        page = client.get(link, follow=True)
        assert f"You are signed in as {other.email} , but the invitation is for new@example.com" in text_of(page)
        client.post("/invitation/", {"act": "join"})
        client.post("/invitation/", NEW)
        assert alfa.membership_of(other) is None
        assert not User.objects.filter(email="new@example.com").exists()
        assert client.post("/invitation/", {"act": "sign_out"})["Location"] == "/invitation/"
        assert 'name="password1"' in client.get("/invitation/").content.decode()
        assert client.post("/invitation/", NEW)["Location"] == "/"
        assert alfa.membership_of(User.objects.get(email="new@example.com")).role == "operator"

    def test_a_person_of_another_company_has_both_and_lands_in_the_new_one(self, alfa, beta, owner, browser_of):
        person = beta.people["viewer"]
        link = invitation_link(ask(owner, email=person.email, role="accountant"))
        client = browser_of(person)
        client.get(link)
        client.post("/invitation/", {"act": "join"})
        assert "Welcome to Alfa." in text_of(client.get("/"))
        assert client.get("/company/audit/").status_code == 200  # as the accountant of Alfa
        assert (alfa.membership_of(person).role, beta.membership_of(person).role) == ("accountant", "viewer")

    def test_a_suspended_company_lets_nobody_in(self, alfa, guest, link):
        with alfa.scope():
            type(alfa.tenant).objects.update(suspended_at=clock.now())
        assert guest.get(link, follow=True).status_code == 410

    def test_the_pages_are_in_the_language_of_the_invitation(self, owner, link):
        czech = invitation_link(ask(owner, email="cz@example.com", language="cs"))
        assert '<html lang="cs">' in Client(headers={"accept-language": "en"}).get(czech, follow=True).content.decode()


class TestToken:
    def test_it_stands_in_no_address_but_the_first_and_is_handed_on_to_nobody(self, guest, link):
        answer = guest.get(link)
        assert (answer.status_code, answer["Location"]) == (302, "/invitation/")
        assert answer["Referrer-Policy"] == "no-referrer"
        token = link.split("/")[2]
        assert token not in guest.get("/invitation/").content.decode()

    def test_the_session_holds_its_hash_only(self, guest, link):
        guest.get(link)
        stored = [row.get_decoded() for row in Session.objects.all()]
        token = link.split("/")[2]
        assert {"invitation_sha256": hash_of(token)} in stored
        assert token not in str(stored)

    @pytest.mark.parametrize("token", ["x", "a" * 43, "../..", "%00", "ž" * 43])
    def test_a_wrong_one_is_answered_as_a_used_one_and_not_logged(self, guest, token, caplog):
        caplog.set_level(logging.DEBUG)
        answer = guest.get(f"/invitation/{token}/", follow=True)
        assert answer.status_code in (404, 410)
        if answer.status_code == 410:
            assert [urlparse(url).path for url, _status in answer.redirect_chain] == ["/invitation/"]
            assert f"/invitation/{token}" not in caplog.text

    def test_without_a_link_there_is_nothing(self, guest):
        assert guest.get("/invitation/").status_code == 410

    def test_who_tries_many_waits(self, guest, monkeypatch):
        monkeypatch.setattr("connectify.dashboard.invited.TRIES_A_MINUTE", 2)
        statuses = [guest.get(f"/invitation/{number}/").status_code for number in range(3)]
        assert statuses == [302, 302, 429]
