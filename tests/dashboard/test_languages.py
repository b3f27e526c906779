"""A page is in one language that is offered, whatever the reader's browser asks for."""

import pytest
from django.test import Client

from connectify.dashboard.languages import NAMES, OFFERED


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
