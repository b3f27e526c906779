"""Two companies that set themselves up: whatever one does, the other's things do not exist for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx
from django.test import Client

from connectify.audit.models import AuditEntry
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Role, Tenant
from connectify.tenants.services import add_member, create_tenant
from connectify.users.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass
class Company:
    """A company with a person of each role. `browser(role)` is that person's, in English, signed in."""

    tenant: Tenant
    people: dict[str, User]

    @contextmanager
    def inside(self) -> Iterator[None]:
        with tenant_scope(self.tenant.pk):
            yield

    def browser(self, role: str = Role.OWNER) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(self.people[role], backend=BACKEND)
        return client

    def audited(self) -> list[str]:
        with self.inside():
            return list(AuditEntry.objects.order_by("at", "pk").values_list("action", flat=True))


def make_company(name: str) -> Company:
    tenant = create_tenant(name=name)
    people = {}
    with tenant_scope(tenant.pk):
        for role in Role.values:
            people[role] = User.objects.create_user(f"{role}@{name.lower()}.example", full_name=f"{role} of {name}")
            add_member(user=people[role], role=role)
    return Company(tenant, people)


def text_of(answer: Any) -> str:
    """What a person reads on the page."""
    page = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(page).split())


def leaving_address(answer: Any) -> str:
    """Where the page that goes on to Allegro leads."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.content.decode())
    assert found is not None, answer.content.decode()[:2000]
    return unescape(found[1])


def decide(address: str, *, seller: str, decision: str = "allow") -> str:
    """The seller's click on Allegro's own page. → the path and query that the browser comes back with."""
    with httpx.Client(trust_env=False, timeout=10) as allegro:
        page = allegro.get(address).text
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
        fields = {name: unescape(value) for name, value in hidden}
        form = re.search(r'<form method="post" action="([^"]+)"', page)
        assert form is not None
        answer = allegro.post(
            httpx.URL(address).join(unescape(form[1])), data={**fields, "seller": seller, "decision": decision}
        )
    assert answer.status_code == 302, answer.text
    back = httpx.URL(answer.headers["location"])
    return back.raw_path.decode()
