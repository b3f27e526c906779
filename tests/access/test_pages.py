"""Every route that people open, asked by each actor: nothing leaks, nothing changes but for who may."""

from __future__ import annotations

import pytest

from connectify.dashboard.access import PROGRAM, Audience, audience_of, patterns
from tests.access.administration import ADMINISTRATION
from tests.access.calls import CALLS, PREFIX
from tests.access.pages import PAGES
from tests.access.walking import Walk, other_methods, reading, refused, writing

ROWS = {**PAGES, **ADMINISTRATION}


def test_every_route_of_the_site_is_in_a_table() -> None:
    routes = [route for route, _name, _view in patterns()]
    assert {route for route in routes if routes.count(route) > 1} == set()
    assert {*ROWS, *(PREFIX + route for route in CALLS)} == set(routes)
    assert len(routes) > 150


def test_who_may_open_a_page_is_declared_as_the_table_says() -> None:
    for route, name, view in patterns():
        who = audience_of(view, name)
        assert who is not None, route
        if who == {PROGRAM}:
            assert route.removeprefix(PREFIX) in CALLS, route
        else:
            words = {one.value if isinstance(one, Audience) else str(one) for one in who}
            assert words == set(ROWS[route].who), route


@pytest.mark.parametrize("route", ROWS, ids=lambda route: route or "home")
def test_route(route: str, walk: Walk) -> None:
    row = ROWS[route]
    problems = [
        *reading(walk, route, row), *refused(walk, route, row), *writing(walk, route, row),
        *other_methods(walk, route, row),
    ]  # fmt: skip
    assert not problems, "\n".join(problems)
