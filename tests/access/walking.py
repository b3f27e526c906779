"""Asks each route as each actor by each method, and tells what was answered or changed that should not have been."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from functools import partial
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


Cell = tuple[str, Callable[[], Any]]


def ask_all(walk: Walk, cells: list[Cell]) -> tuple[list[Any], list[str]]:
    """→ the answers, and what was changed although nothing may be. If so, each is asked alone to tell whose it was."""
    with walk.undone():
        answers = [ask() for _name, ask in cells]
        tables = walk.changed()
    if not tables:
        return answers, []
    problems = []
    for name, ask in cells:
        with walk.undone():
            ask()
            problems += [f"{name}: changed {table}" for table in walk.changed()]
    return answers, problems or [f"together these changed {tables}: {[name for name, _ask in cells]}"]


def reading(walk: Walk, route: str, row: Row) -> list[str]:
    """GET by everybody: the status as declared, nothing said to who is refused, nothing changed by anybody."""
    address = row.address_at(route, walk.walked)
    key = {"authorization": f"Bearer {walk.walked.keys['full']}"}  # a program's key opens no page
    cells = [(f"GET by {actor}", partial(walk.ask, actor, "GET", address)) for actor in PEOPLE]
    cells.append(("GET by stranger with a key", partial(walk.ask, "stranger", "GET", address, **key)))
    answers, problems = ask_all(walk, cells)
    for actor, answer in zip((*PEOPLE, "stranger"), answers, strict=True):
        problems += judged(walk, route, row, actor, "GET", address, answer)
    return problems


def refused(walk: Walk, route: str, row: Row) -> list[str]:
    """POST by everybody who may not: the status as declared, nothing said and nothing changed."""
    address, form = row.address_at(route, walk.walked), row.form(walk.walked, walk.owner)
    actors = [actor for actor in PEOPLE if not row.may(route, actor, "POST")]
    cells = [(f"POST by {actor}", partial(walk.ask, actor, "POST", address, form)) for actor in actors]
    able = [actor for actor in ("owner", "support") if row.may(route, actor, "POST")]
    forger = able[0] if able and row.post and row.post < 400 else ""
    if forger:
        forged = partial(walk.ask, forger, "POST", address, form, forged=True)
        cells.append((f"POST by {forger} of another site", forged))
    answers, problems = ask_all(walk, cells)
    for actor, answer in zip(actors, answers, strict=False):
        problems += judged(walk, route, row, actor, "POST", address, answer)
    if forger and answers[-1].status_code != 403:
        problems.append(f"{cells[-1][0]}: {answers[-1].status_code} instead of 403")
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
    address = row.address_at(route, walk.walked)
    tried = [(actor, one) for actor in TRY_OTHERS for one in (OF_BORROWED if row.is_borrowed else OTHER)]
    cells = [(f"{method} by {actor}", partial(walk.ask, actor, method, address)) for actor, method in tried]
    answers, problems = ask_all(walk, cells)
    for (actor, method), (name, _ask), answer in zip(tried, cells, answers, strict=True):
        expected = row.status(route, actor, method)
        if answer.status_code != expected and not (row.is_borrowed and answer.status_code < 500):
            problems.append(f"{name}: {answer.status_code} instead of {expected}")
        if not row.may(route, actor, "GET"):
            problems += [f"{name}: says {one}" for one in walk.leaked(row, actor, answer)]
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
    if answer.wsgi_request.user.is_authenticated and answer.headers.get("Cache-Control") != "no-store":
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
