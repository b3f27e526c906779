"""A page is in one language that is offered, whatever the reader's browser asks for."""

import pytest
from django.test import Client

from connectify.dashboard.languages import NAMES, OFFERED
from connectify.dashboard.texts import Text, write_mo


@pytest.mark.parametrize(
    ("asked", "given"), [("cs", "cs"), ("en", "en"), ("sk", "cs"), ("pl", "en"), ("pl, cs;q=0.5", "en"), ("de", "cs")]
)
def test_a_language_without_sentences_yet_is_answered_in_the_nearest_one(db, asked, given):
    answer = Client(headers={"accept-language": asked}).get("/accounts/login/")
    assert f'<html lang="{given}">' in answer.content.decode()
    assert answer.headers["Content-Language"] == given


def test_the_choice_names_each_offered_language_in_its_own_words(db):
    page = Client(headers={"accept-language": "pl"}).get("/accounts/login/").content.decode()
    for code, name in NAMES.items():
        assert (f'value="{code}" lang="{code}"' in page) == (code in OFFERED)
        assert (f">{name}</button>" in page) == (code in OFFERED)
    assert page.count('lang="en" aria-current="true"') == 1


@pytest.mark.parametrize("language", ["pl", "sk", "xx"])
def test_a_language_that_is_only_prepared_cannot_be_chosen(db, language):
    assert Client().post("/language/", {"language": language}).status_code == 404


@pytest.mark.parametrize(("language", "given", "title"), [("sk", "cs", "Přihlásit se"), ("pl", "en", "Sign in")])
def test_sentences_of_a_language_that_is_only_begun_are_not_mixed_into_a_page(
    db, settings, tmp_path, language, given, title
):
    place = tmp_path / language / "LC_MESSAGES"
    place.mkdir(parents=True)
    header = "Content-Type: text/plain; charset=UTF-8\n"
    (place / "django.mo").write_bytes(write_mo([Text("Sign in")], {"": [header], "Sign in": ["begun"]}))
    settings.LOCALE_PATHS = [tmp_path, *settings.LOCALE_PATHS]
    page = Client(headers={"accept-language": language}).get("/accounts/login/").content.decode()
    assert f'<html lang="{given}">' in page
    assert title in page
    assert "begun" not in page
