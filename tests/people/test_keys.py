"""API keys on the page: shown once, listed by their beginning, revoked."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from connectify import clock
from connectify.api.models import ApiKey
from connectify.api.scopes import SCOPES
from connectify.api.services import sha256_of
from tests.people.reading import audited, questions, text_of

NOW = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)
KEYS = "/company/keys/"


@pytest.fixture(autouse=True)
def now():
    with clock.fixed(NOW):
        yield NOW


def make(client, name="Sklad", scopes=("orders:read",), life="90"):
    return client.post(KEYS, {"name": name, "scopes": list(scopes), "life": life})


def plain_in(answer) -> str:
    return re.search(r"<code data-copy>(cfy_[\w-]{40,})</code>", answer.content.decode())[1]


def the_key(company) -> ApiKey:
    with company.scope():
        return ApiKey.objects.get()


def test_a_key_is_shown_once_with_a_line_to_try_it_and_never_again(alfa, owner):
    made = make(owner, scopes=["orders:read", "inbox:write"])
    plain = plain_in(made)
    page = text_of(made)
    assert f'curl -H "Authorization: Bearer {plain}" http://testserver/api/v1/orders' in page
    assert made["Cache-Control"] == "no-store"
    key = the_key(alfa)
    assert key.key_sha256 == sha256_of(plain)
    for address in (KEYS, "/company/audit/", "/company/", f"/company/keys/{key.pk}/revoke/"):
        assert plain not in owner.get(address).content.decode()
    listed = text_of(owner.get(KEYS))
    assert "Sklad" in listed
    assert f"{plain[:8]}…" in listed
    assert str(SCOPES["inbox:write"]) in listed
    assert "not used yet" in listed
    assert "made by Owner Alfa" in listed


def test_each_permission_has_the_name_that_programs_know_it_by(alfa, owner):
    page = owner.get(KEYS).content.decode()
    for scope, sentence in SCOPES.items():
        assert f'{sentence} <code class="quiet">{scope}</code>' in page
    for answer in (make(owner, scopes=["inbox:write", "settings:read"]), owner.get(KEYS)):
        page = re.sub(r"(?s)<form.*?</form>", "", answer.content.decode())
        assert re.findall(r"<code class=.quiet.>([a-z]+:[a-z]+)</code>", page) == ["inbox:write", "settings:read"]


def test_the_page_leads_to_what_the_api_can_do(alfa, owner):
    assert f'href="{reverse("api_docs")}"' in owner.get(KEYS).content.decode()


def test_the_audit_tells_of_it_without_the_key(alfa, owner):
    plain = plain_in(make(owner))
    ((action, actor, before, after),) = audited(alfa, "api_key.created")
    assert (action, actor, before) == ("api_key.created", alfa.people["owner"].email, None)
    assert (after["name"], after["scopes"]) == ("Sklad", ["orders:read"])
    assert plain not in str(after)


@pytest.mark.parametrize(
    ("life", "expires"),
    [
        ("30", NOW + dt.timedelta(days=30)),
        ("90", NOW + dt.timedelta(days=90)),
        ("365", NOW + dt.timedelta(days=365)),
    ],
)
def test_a_key_works_as_long_as_was_chosen(alfa, owner, life, expires):
    make(owner, life=life)
    assert the_key(alfa).expires_at == expires


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"scopes": []}, {"scopes": ["everything"]}, {"life": "9999"}, {"life": ""}, {"name": "x" * 81}],
)
def test_what_is_missing_or_unknown_makes_no_key(alfa, owner, change):
    answer = make(owner, **change)
    assert answer.status_code == 200
    assert 'class="errors"' in answer.content.decode()
    with alfa.scope():
        assert not ApiKey.objects.exists()


def test_a_name_is_shown_as_text(alfa, owner):
    assert "<script>alert" not in make(owner, name="<script>alert(1)</script>").content.decode()
    assert "<script>alert" not in owner.get(KEYS).content.decode()


def test_a_key_is_revoked_after_a_page_that_says_what_stops(alfa, owner):
    make(owner)
    address = f"/company/keys/{the_key(alfa).pk}/revoke/"
    asked = text_of(owner.get(address))
    assert "Revoke Sklad?" in asked
    assert "is refused from its next request on" in asked
    assert the_key(alfa).revoked_at is None
    assert "The key Sklad no longer works." in text_of(owner.post(address, follow=True))
    assert the_key(alfa).revoked_at == NOW
    assert owner.get(address)["Location"] == KEYS
    assert "revoked" in text_of(owner.get(KEYS))
    assert [row[0] for row in audited(alfa, "api_key.revoked")] == ["api_key.revoked"]


def test_an_expired_key_is_called_so(alfa, owner):
    make(owner, life="30")
    with clock.fixed(NOW + dt.timedelta(days=31)):
        page = text_of(owner.get(KEYS))
    assert "expired" in page
    assert "worked until" in page


def test_keys_of_another_company_do_not_exist(alfa, beta, owner, browser_of):
    make(browser_of(beta.people["owner"]), name="Cizí klíč")
    address = f"/company/keys/{the_key(beta).pk}/revoke/"
    assert (owner.get(address).status_code, owner.post(address).status_code) == (404, 404)
    assert "Cizí klíč" not in text_of(owner.get(KEYS))
    assert the_key(beta).revoked_at is None


@pytest.mark.parametrize("role", ["accountant", "operator", "viewer"])
def test_who_keeps_no_keys_sees_and_makes_none(alfa, owner, browser_of, role):
    make(owner)
    client = browser_of(alfa.people[role])
    address = f"/company/keys/{the_key(alfa).pk}/revoke/"
    assert client.get(KEYS).status_code == 403
    assert make(client).status_code == 403
    assert client.post(address).status_code == 403
    assert the_key(alfa).revoked_at is None


def test_the_list_costs_as_many_queries_with_many_keys(alfa, owner):
    for number in range(15):
        make(owner, name=f"Program {number}")
    assert questions(lambda: owner.get(KEYS)) <= 12
