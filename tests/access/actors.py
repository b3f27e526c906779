"""Who walks: every page and method is asked by each of them, with ids of the company that is walked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any, Final

from django.conf import settings
from django.test import Client
from django.urls import reverse

from connectify import clock
from connectify.tenants.models import Membership, Role
from connectify.tenants.services import add_member, remove_member
from connectify.tenants.staff import VISIT
from connectify.users.models import User
from tests.access.world import Filled, person

BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
# The table of people. The roles are members of the company that is walked; nobody else belongs to it.
PEOPLE: Final = {
    "stranger": "nobody has signed in",
    "owner": "its owner",
    "admin": "its administrator",
    "operator": "its operator",
    "accountant": "its accountant",
    "viewer": "its viewer",
    "neighbour": "the owner of another company",
    "former": "a person whose membership of it was ended, and who has no other",
    "support": "support staff on a visit in it",
    "support elsewhere": "support staff on a visit in another company",
    "support outside": "support staff whose visit in it is over",
    "support member": "support staff on no visit, who own another company",
}
# The table of programs, at the addresses of the API.
PROGRAMS: Final = {
    "full key": "its key with every scope",
    "key without the scope": "its key with every other scope",
    "neighbour's key": "another company's key with every scope",
    "revoked key": "its key with every scope, revoked",
    "expired key": "its key with every scope, expired",
    "wrong key": "a key that was never given out",
    "no key": "a program without one",
    "browser": "its owner, signed in, without a key",
    "support": "support staff on a visit in it, without a key",
}
ROLES: Final = frozenset(Role.values)
STAFF: Final = frozenset({"support", "support elsewhere", "support outside", "support member"})
STRANGERS: Final = frozenset({"neighbour", "former"})


@dataclass
class Visitor:
    """A browser that begins each request with the cookies it signed in with."""

    name: str
    client: Client
    cookies: str
    checks_forms: Client

    def send(self, method: str, address: str, form: Any = None, *, forged: bool = False, **headers: str) -> Any:
        """`forged`: as another site's page would send it, without the token of our forms."""
        client = self.checks_forms if forged else self.client
        client.cookies = SimpleCookie(self.cookies)
        if method == "POST":
            return client.post(address, form or {}, headers=headers)
        return client.generic(method, address, headers=headers)


def visitors(walked: Filled, neighbour: Filled) -> dict[str, Visitor]:
    found = {"stranger": _visitor("stranger", Client())}
    people = {name: walked.people[name] for name in sorted(ROLES)}
    people["neighbour"] = neighbour.people[Role.OWNER]
    people["former"] = _former_member(walked)
    for name, user in people.items():
        found[name] = _visitor(name, _signed_in(user))
    found["support"] = _visitor("support", _visiting(walked))
    found["support elsewhere"] = _visitor("support elsewhere", _visiting(neighbour))
    with clock.fixed(clock.now() - VISIT - dt.timedelta(minutes=1)):
        found["support outside"] = _visitor("support outside", _visiting(walked))
    found["support member"] = _visitor("support member", _signed_in(_staff_of(neighbour)))
    assert set(found) == set(PEOPLE)
    return found


def _former_member(walked: Filled) -> User:
    found = person("odeslaosoba@example.com")
    with walked.inside():
        add_member(user=found, role=Role.ADMIN)
        remove_member(membership=Membership.objects.get(user=found), actor=walked.people[Role.OWNER])
    return found


def _staff_of(company: Filled) -> User:
    found = person("podpora-i-clen@connectify.example", is_staff=True)
    with company.inside():
        add_member(user=found, role=Role.OWNER)
    return found


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def _visiting(company: Filled) -> Client:
    number = User.objects.filter(is_staff=True).count()
    client = _signed_in(person(f"podpora{number}@connectify.example", is_staff=True))
    answer = client.post(reverse("admin:enter_company"), {"tenant": str(company.tenant.pk), "reason": "walk"})
    assert answer["Location"] == reverse("admin:index")
    client.cookies.pop("messages", None)
    return client


def _visitor(name: str, client: Client) -> Visitor:
    session = client.cookies.get(settings.SESSION_COOKIE_NAME)
    cookies = f"{settings.SESSION_COOKIE_NAME}={session.value}" if session else ""
    english = {"accept-language": "en"}
    return Visitor(name, Client(headers=english), cookies, Client(headers=english, enforce_csrf_checks=True))
