"""Every method of every address of the API, asked with each kind of key and with none."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from django.test import Client

from connectify.api.operations import operation_of
from connectify.dashboard.access import PROGRAM, patterns
from tests.access.actors import PROGRAMS
from tests.access.calls import CALLS, PREFIX, Call
from tests.access.walking import Walk, ask_all, unsafe_headers

VIEWS = {
    route.removeprefix(PREFIX): view.view_class
    for route, _name, view in patterns()
    if route.startswith(PREFIX) and PROGRAM in view.open_to
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def test_every_address_and_method_of_the_api_is_in_the_table() -> None:
    declared = {
        (route, method) for route, view in VIEWS.items() for method in METHODS
        if method != "HEAD" and operation_of(view, method)
    }  # fmt: skip
    assert {(route, method) for route, calls in CALLS.items() for method in calls} == declared
    assert len(declared) >= 25


@pytest.mark.parametrize("route", CALLS)
def test_method(route: str, walk: Walk) -> None:
    problems = []
    for method in METHODS:
        call = CALLS[route].get("GET" if method == "HEAD" else method)
        problems += undeclared(walk, route, method) if call is None else declared(walk, route, method, call)
    assert not problems, "\n".join(problems)


def ask(walk: Walk, program: str, method: str, address: str, call: Call, scope: str = "") -> Any:
    keys = walk.walked.keys
    plain = {
        "full key": keys["full"], "key without the scope": keys.get(f"without {scope}", ""),
        "neighbour's key": walk.neighbour.keys["full"], "revoked key": keys["revoked"], "expired key": keys["expired"],
        "wrong key": f"{keys['full'][:-4]}0000",
    }.get(program, "")  # fmt: skip
    headers = {**call.headers, "accept-language": "en"} | ({"authorization": f"Bearer {plain}"} if plain else {})
    walk.cells += 1
    client = Client(headers=headers, raise_request_exception=False)
    if program in ("browser", "support"):
        client.cookies.load(walk.visitors["owner" if program == "browser" else "support"].cookies)
    body = b"" if call.body is None else json.dumps(call.body).encode()
    return client.generic(method, address, body, content_type="application/json")


def declared(walk: Walk, route: str, method: str, call: Call) -> list[str]:
    """Refused without a key that may, with no word of the company and nothing changed; and what the full key gets."""
    address, scope = call.address_at(route, walk.walked), operation_of(VIEWS[route], method).scope
    programs = [program for program in PROGRAMS if program != "full key"]
    cells = [(f"{method} with {one}", partial(ask, walk, one, method, address, call, scope)) for one in programs]
    answers, problems = ask_all(walk, cells)
    for program, answer in zip(programs, answers, strict=True):
        problems += judged(walk, program, method, answer, _refusal(route, program, call))
    with walk.undone():
        answer = ask(walk, "full key", method, address, call)
        problems += judged(walk, "full key", method, answer, call.status)
        tables = walk.changed()
    if bool(tables) != call.changes:
        problems.append(f"{method} with full key: changed {tables or 'nothing'}")
    others = str(walk.neighbour.tenant.pk)
    return problems + [f"{method} with full key: changed {one}" for one in tables if others in one]


def undeclared(walk: Walk, route: str, method: str) -> list[str]:
    call = next(iter(CALLS[route].values()))
    address = call.address_at(route, walk.walked)
    programs = ("full key", "neighbour's key", "no key")
    cells = [(f"{method} with {one}", partial(ask, walk, one, method, address, call)) for one in programs]
    answers, problems = ask_all(walk, cells)
    for program, answer in zip(programs, answers, strict=True):
        problems += judged(walk, program, method, answer, 401 if program == "no key" else 405)
    return problems


def _refusal(route: str, program: str, call: Call) -> int:
    if program == "key without the scope":
        return 403
    if program == "neighbour's key":
        return 404 if "<" in route else call.status
    return 401


def judged(walk: Walk, program: str, method: str, answer: Any, expected: int) -> list[str]:
    cell = f"{method} with {program}"
    problems = list(unsafe_headers(cell, answer))
    if answer.status_code != expected:
        problems.append(f"{cell}: {answer.status_code} instead of {expected}")
    if program != "full key" or answer.status_code >= 400:
        problems += [f"{cell}: says {one}" for one in walk.told(answer)]
    return problems
