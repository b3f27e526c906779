"""Asks each route as each actor by each method, and tells what was answered or changed that should not have been."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any, Final

from django.core.cache import cache
from django.db import transaction

from tests.access.actors import PEOPLE, ROLES, STAFF, Visitor, visitors
from tests.access.fingerprints import Fingerprints, changed
from tests.access.rows import Row
from tests.access.world import COMPANY, NEIGHBOUR, RECORDS, Filled, fill

OTHER: Final = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
# What a policy without exceptions would stop. The administration's pages are looked at by a browser (tests/browser).
INLINE: Final = re.compile(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)")
OF_BORROWED: Final = ("PUT", "DELETE")
# Who tries the methods that no page answers: the most powerful ones, and the outermost.
TRY_OTHERS: Final = ("stranger", "owner", "neighbour", "support")


class Walk:
    """The companies and the people. Everything is asked inside a savepoint, so that each route begins the same."""

    def __init__(self) -> None:
        self.neighbour = fill(records=NEIGHBOUR, company="NadRybnikem")
        self.walked: Filled = fill(records=RECORDS, company=COMPANY)
        self.visitors = visitors(self.walked, self.neighbour)
        self.fingerprints = Fingerprints([self.walked.tenant.pk, self.neighbour.tenant.pk])
        self.before = self.fingerprints.take()
        self.cells = 0

    @property
    def owner(self) -> Visitor:
        return self.visitors["owner"]

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def ask(self, actor: str, method: str, address: str, form: Any = None, **more: Any) -> Any:
        self.cells += 1
        cache.clear()  # no actor waits because another one has asked so often
        return self.visitors[actor].send(method, address, form, **more)

    def changed(self) -> list[str]:
        return changed(self.before, self.fingerprints.take())

    def leaked(self, row: Row, actor: str, answer: Any) -> list[str]:
        """What the answer says of the company that the actor may not know."""
        knows_company = actor in (*ROLES, "support") or (row.names_company and actor in STAFF)
        return [secret for secret in self.told(answer) if secret != COMPANY or not knows_company]

    def told(self, answer: Any) -> list[str]:
        """Every word of the company that the answer says."""
        text = read(answer)
        return [secret for secret in (*self.walked.secrets, COMPANY) if secret.lower() in text]


def read(answer: Any) -> str:
    """Everything that is sent: the body, and the headers."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{answer.headers}\n{body.decode(errors='replace')}".lower()


def reading(walk: Walk, route: str, row: Row) -> list[str]:
    """GET by everybody: the status as declared, nothing said to who is refused, nothing changed by anybody."""
    problems = []
    address = row.address_at(route, walk.walked)
    with walk.undone():
        for actor in PEOPLE:
            answer = walk.ask(actor, "GET", address)
            problems += judged(walk, route, row, actor, "GET", address, answer)
        key = f"Bearer {walk.walked.keys['full']}"
        answer = walk.ask("stranger", "GET", address, authorization=key)  # a program's key opens no page
        problems += judged(walk, route, row, "stranger", "GET", address, answer)
        problems += [f"reading changed {table}" for table in walk.changed()]
    return problems


def refused(walk: Walk, route: str, row: Row) -> list[str]:
    """POST by everybody who may not: the status as declared, nothing said and nothing changed."""
    problems = []
    address, form = row.address_at(route, walk.walked), row.form(walk.walked, walk.owner)
    with walk.undone():
        for actor in PEOPLE:
            if not row.may(route, actor, "POST"):
                answer = walk.ask(actor, "POST", address, form)
                problems += judged(walk, route, row, actor, "POST", address, answer)
        if row.post and "anyone" not in row.who:
            answer = walk.ask("owner", "POST", address, form, forged=True)
            if answer.status_code != 403 and row.status(route, "owner", "POST") < 400:
                problems.append(f"POST as another site's page: {answer.status_code} instead of 403")
        problems += [f"a refused POST changed {table}" for table in walk.changed()]
    return problems


def writing(walk: Walk, route: str, row: Row) -> list[str]:
    """POST by those who may: it is taken, and of the company that is walked only its own people change anything."""
    problems = []
    address, form = row.address_at(route, walk.walked), row.form(walk.walked, walk.owner)
    for actor in PEOPLE:
        if not row.may(route, actor, "POST"):
            continue
        with walk.undone():
            answer = walk.ask(actor, "POST", address, form)
            problems += judged(walk, route, row, actor, "POST", address, answer)
            tables = walk.changed()
        if actor in (*ROLES, "support") and row.changes and not tables:
            problems.append(f"POST by {actor}: nothing changed, so the form proves nothing")
        if actor not in (*ROLES, "support") and not row.enters:
            tenant = str(walk.walked.tenant.pk)
            problems += [f"POST by {actor} changed {table}" for table in tables if tenant in table]
    return problems


def other_methods(walk: Walk, route: str, row: Row) -> list[str]:
    """The rest of HTTP: no method that a page does not answer does anything."""
    problems = []
    address = row.address_at(route, walk.walked)
    with walk.undone():
        for actor in TRY_OTHERS:
            for method in OF_BORROWED if row.is_borrowed else OTHER:
                answer = walk.ask(actor, method, address)
                expected = {row.status(route, actor, method)} | ({405} if method == "HEAD" else set())
                if answer.status_code not in expected and not (row.is_borrowed and answer.status_code < 500):
                    problems.append(f"{method} by {actor}: {answer.status_code} instead of {expected}")
                if not row.may(route, actor, "GET"):
                    problems += [f"{method} by {actor}: says {one}" for one in walk.leaked(row, actor, answer)]
        problems += [f"another method changed {table}" for table in walk.changed()]
    return problems


def judged(walk: Walk, route: str, row: Row, actor: str, method: str, address: str, answer: Any) -> Iterator[str]:
    cell, expected = f"{method} by {actor}", row.status(route, actor, method)
    if answer.status_code != expected:
        yield f"{cell}: {answer.status_code} instead of {expected}"
    if answer.status_code == 302 and not answer["Location"].startswith(row.goes_to(actor, address)):
        yield f"{cell}: leads to {answer['Location']}"
    if actor not in (*ROLES, "support") or not row.may(route, actor, method):
        for secret in walk.leaked(row, actor, answer):
            yield f"{cell}: says {secret}"
    yield from unsafe_headers(cell, answer)
    if actor != "stranger" and answer.headers.get("Cache-Control") != "no-store":
        yield f"{cell}: browsers and proxies may keep it"
    if answer.headers.get("Content-Type", "").startswith("text/html") and not address.startswith("/admin/"):
        for found in INLINE.findall(answer.content.decode()):
            yield f"{cell}: would need a loosened policy for {found}"


def unsafe_headers(cell: str, answer: Any) -> Iterator[str]:
    policy = answer.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy:
        yield f"{cell}: no policy of what may be loaded"
    if answer.request["PATH_INFO"].startswith("/admin/"):
        policy = policy.replace("'unsafe-eval'", "")
    if "unsafe" in policy:
        yield f"{cell}: a loosened policy"
    for name in ("X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy",
                 "Cross-Origin-Resource-Policy", "X-Frame-Options"):  # fmt: skip
        if name not in answer.headers:
            yield f"{cell}: without {name}"
