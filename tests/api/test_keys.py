"""A key: made once, kept as a hash, used as a program, revoked at once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from connectify import clock
from connectify.api.models import ApiKey
from connectify.api.scopes import SCOPES
from connectify.api.services import create_key, revoke_key, sha256_of
from connectify.audit.models import AuditEntry
from connectify.domain.errors import Rejected
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Tenant
from tests.api.world import NOW, Company, Program

UNAUTHENTICATED = ("Bearer", "Bearer ", "Bearer cfy_", "Bearer cfy_unknown", "Basic amFuYTpoZXNsbw==", "cfy_x",
                   "Bearer cfy_" + "x" * 5000, "Bearer cfy_\u00e9\u00ff")  # fmt: skip


def test_the_key_is_shown_once_and_kept_as_a_hash(toys: Company) -> None:
    with tenant_scope(toys.shop.tenant.pk):
        key, plain = create_key(name=" Sklad ", scopes=["orders:write", "orders:read"], actor=toys.shop.owner)
        assert plain.startswith("cfy_")
        assert len(plain) >= 44
        row = ApiKey.objects.get(pk=key.pk)
        assert (row.name, row.scopes, row.hint) == ("Sklad", ["orders:read", "orders:write"], plain[:8])
        assert row.key_sha256 == sha256_of(plain)
        entry = AuditEntry.objects.get(action="api_key.created")
        assert entry.actor_id == toys.shop.owner.pk
        assert plain not in str(entry.after)
        assert row.key_sha256 not in str(entry.after)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": "  "}, "key_without_name"),
        ({"scopes": []}, "key_without_scope"),
        ({"scopes": ["orders:read", "everything"]}, "unknown_scope"),
        ({"expires_at": NOW}, "key_expired"),
        ({"expires_at": NOW + dt.timedelta(days=365, seconds=1)}, "key_lives_too_long"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(toys: Company, facts, code) -> None:
    with tenant_scope(toys.shop.tenant.pk):
        with pytest.raises(Rejected) as refused:
            create_key(**{"name": "Sklad", "scopes": ["orders:read"], "actor": toys.shop.owner, **facts})
        assert refused.value.code == code
        assert not ApiKey.objects.exists()


def test_a_revoked_key_is_unknown_from_the_next_request_on(toys: Company, program: Program) -> None:
    assert program.get("orders/").status_code == 200
    with tenant_scope(toys.shop.tenant.pk):
        key = ApiKey.objects.get()
        revoke_key(key=key, actor=toys.shop.owner)
        revoke_key(key=key, actor=toys.shop.owner)
        assert AuditEntry.objects.filter(action="api_key.revoked").count() == 1
    assert program.get("orders/").status_code == 401


def test_an_expired_key_and_one_of_a_suspended_company_are_unknown(toys: Company) -> None:
    # PostgreSQL's own clock decides about the expiry.
    with tenant_scope(toys.shop.tenant.pk):
        key, plain = create_key(name="Sklad", scopes=SCOPES, actor=toys.shop.owner)
        ApiKey.objects.filter(pk=key.pk).update(expires_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    later = toys.program(name="Jiný")
    assert Program(plain).get("orders/").status_code == 401
    assert later.get("orders/").status_code == 200
    with tenant_scope(toys.shop.tenant.pk):
        Tenant.objects.filter(pk=toys.shop.tenant.pk).update(suspended_at=NOW)
    assert later.get("orders/").status_code == 401


@pytest.mark.parametrize("header", UNAUTHENTICATED)
def test_anything_but_a_key_is_refused_with_a_challenge(db, header: str) -> None:
    found = Client(raise_request_exception=False).get("/api/v1/orders/", headers={"authorization": header})
    assert (found.status_code, found.json()["code"]) == (401, "unauthenticated")
    assert found["WWW-Authenticate"].startswith("Bearer")


def test_a_signed_in_person_is_nobody_to_the_api(toys: Company) -> None:
    browser = Client()
    browser.force_login(toys.shop.owner, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/orders/").status_code == 200
    found = browser.get("/api/v1/orders/")
    assert found.status_code == 401
    assert browser.post(f"/api/v1/orders/{toys.waiting.pk}/resync/").status_code == 401


@pytest.mark.parametrize("page", ["/", "/orders/", "/offers/", "/inbox/", "/setup/"])
def test_a_key_opens_no_page(program: Program, page: str) -> None:
    found = program.get(page)
    assert found.status_code == 302
    assert found["Location"].startswith("/accounts/login/")


def test_the_last_use_is_noted_at_most_once_a_minute(toys: Company, program: Program) -> None:
    def used() -> dt.datetime | None:
        return toys.rows(ApiKey)[0].last_used_at

    assert used() is None
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (61, 60)):
        with clock.fixed(NOW + dt.timedelta(seconds=seconds)):
            assert program.get("runs/").status_code == 200
        assert used() == NOW + dt.timedelta(seconds=noted)


def test_what_a_program_does_is_audited_by_the_way_of_its_key(toys: Company) -> None:
    program = toys.program(["orders:write"], name="Účetní most")
    assert program.post(f"orders/{toys.waiting.pk}/resync/", {"reason": "oprava adresy"}).status_code == 200
    (entry,) = toys.rows(AuditEntry, action="order.resynced")
    assert (entry.via, entry.actor_id, entry.reason) == ("api:Účetní most", toys.shop.owner.pk, "oprava adresy")
