"""Every page carries the headers that keep it safe, and nothing on it needs them loosened."""

import re

import pytest

PAGES = ("/", "/orders/", "/accounts/2fa/", "/nowhere/")


@pytest.mark.parametrize("address", PAGES)
def test_pages_of_signed_in_people_are_not_kept_and_may_not_be_framed(owner, address):
    answer = owner.get(address)
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_the_sign_in_page_carries_them_too(db, client):
    answer = client.get("/accounts/login/")
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "camera=()" in answer["Permissions-Policy"]


def test_no_page_has_inline_styles_or_scripts(toys, owner):
    for address in (*PAGES, f"/orders/{toys.orders[0].pk}/", "/orders/?search=zzz"):
        page = owner.get(address).content.decode()
        assert re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page) is None, address
        assert re.findall(r"<script(?![^>]*\ssrc=)", page) == [], address
