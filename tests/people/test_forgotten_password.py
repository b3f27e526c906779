"""A forgotten password: a mail to the address, and no hint to anybody else whether it has an account."""

import re

import pytest

from connectify.users.models import User
from tests.factories import PASSWORD
from tests.people.reading import text_of

RESET = "/accounts/password/reset/"
NEW = "modra-konvice-u-okna"


def ask(client, email):
    return client.post(RESET, {"email": email}, follow=True)


def link_in(mail) -> str:
    return re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mail.body)[1]


def set_new(client, link, password=NEW):
    form = client.get(link, follow=True)
    address = re.search(r'action="(/accounts/password/reset/key/[^"]+)"', form.content.decode())[1]
    return client.post(address, {"password1": password, "password2": password}, follow=True)


def test_the_sign_in_page_leads_there(guest):
    assert f'href="{RESET}"' in guest.get("/accounts/login/").content.decode()
    assert "Forgotten password" in text_of(guest.get(RESET))


def test_a_person_sets_a_new_password_by_the_mail_and_signs_in_with_it(alfa, guest, mailoutbox):
    person = alfa.people["viewer"]
    ask(guest, person.email.upper())
    assert mailoutbox[0].to == [person.email]
    assert "Connectify" in mailoutbox[0].subject
    assert "text/html" in [part.mimetype for part in mailoutbox[0].alternatives]
    link = link_in(mailoutbox[0])
    assert "The password is set" in text_of(set_new(guest, link))
    assert User.objects.get(pk=person.pk).check_password(NEW)
    assert "This link no longer works" in text_of(guest.get(link, follow=True))
    assert guest.post("/accounts/login/", {"login": person.email, "password": NEW})["Location"] == "/"


def test_the_mail_is_in_the_language_of_the_person(alfa, guest, mailoutbox):
    for language in ("cs", "en"):
        alfa.people["viewer"].language = language
        alfa.people["viewer"].save()
        ask(guest, alfa.people["viewer"].email)
    assert '<html lang="cs">' in mailoutbox[0].alternatives[0].content
    assert '<html lang="en">' in mailoutbox[1].alternatives[0].content


def test_known_and_unknown_addresses_get_the_same_answer_and_each_a_mail(alfa, guest, mailoutbox):
    pages = [ask(guest, email) for email in (alfa.people["viewer"].email, "nobody@example.com")]
    assert text_of(pages[0]) == text_of(pages[1])
    assert [page.redirect_chain for page in pages] == [[(f"{RESET}done/", 302)]] * 2
    assert [mail.to for mail in mailoutbox] == [[alfa.people["viewer"].email], ["nobody@example.com"]]
    assert "/accounts/" not in mailoutbox[1].body


def test_a_closed_account_gets_no_link(alfa, guest, mailoutbox):
    alfa.people["viewer"].is_active = False
    alfa.people["viewer"].save()
    ask(guest, alfa.people["viewer"].email)
    assert "/accounts/password/reset/key/" not in mailoutbox[0].body


def test_a_bad_password_is_refused_and_the_old_one_stays(alfa, guest, mailoutbox):
    ask(guest, alfa.people["viewer"].email)
    assert "at least 12 characters" in text_of(set_new(guest, link_in(mailoutbox[0]), "kratke"))
    assert User.objects.get(pk=alfa.people["viewer"].pk).check_password(PASSWORD)


def test_the_key_leaves_the_address_before_the_form(alfa, guest, mailoutbox):
    ask(guest, alfa.people["viewer"].email)
    link = link_in(mailoutbox[0])
    answer = guest.get(link)
    assert answer.status_code == 302
    key = link.rstrip("/").rpartition("-")[2]
    assert key not in answer["Location"]
    assert key not in guest.get(answer["Location"]).content.decode()


def test_other_sessions_of_the_person_end(alfa, guest, browser_of, mailoutbox):
    elsewhere = browser_of(alfa.people["viewer"])
    assert elsewhere.get("/orders/").status_code == 200
    ask(guest, alfa.people["viewer"].email)
    set_new(guest, link_in(mailoutbox[0]))
    assert elsewhere.get("/orders/").status_code == 302


@pytest.mark.parametrize("link", ["/accounts/password/reset/key/x-y/", "/accounts/password/reset/key/0-set-password/"])
def test_a_link_that_is_none_says_what_to_do(guest, link):
    page = guest.get(link)
    assert page.status_code == 200
    assert "Send a new link" in text_of(page)


def test_who_asks_again_and_again_waits(alfa, guest, mailoutbox):
    answers = [ask(guest, "nobody@example.com").status_code for _time in range(4)]
    assert answers == [200, 200, 200, 429]
    assert len(mailoutbox) == 3
