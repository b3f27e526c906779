"""Two ids in one address: one's own and one of the company that is walked belong nowhere together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.access.calls import CALLS, PREFIX
from tests.access.pages import PAGES
from tests.access.rows import PART
from tests.access.walking import Walk

OF_ROWS = ("order_id", "payload_id", "document_id", "unit_id", "agent_id")
MIXED = {
    route: names
    for route in (*PAGES, *(PREFIX + route for route in CALLS))
    if len(names := [name for name in PART.findall(route) if name in OF_ROWS]) > 1
}


def test_every_address_with_two_ids_of_rows_is_mixed() -> None:
    two = {route for route in (*PAGES, *(PREFIX + route for route in CALLS)) if route.count("_id>") > 1}
    assert {route for route in two if "method_id" not in route} == set(MIXED)
    assert len(MIXED) == 4


@pytest.mark.parametrize("route", MIXED)
def test_an_id_of_another_company_beside_ones_own_is_the_id_of_nothing(route: str, walk: Walk) -> None:
    for stranger in MIXED[route]:
        ids = {**walk.neighbour.ids, stranger: walk.walked.ids[stranger]}
        address = "/" + PART.sub(lambda part, ids=ids: str(ids[part[1]]), route)
        with walk.undone():
            answer = _ask(walk, route, address)
            assert answer.status_code == 404, address
            assert walk.told(answer) == [], address
            assert walk.changed() == [], address
    with walk.undone():
        own = "/" + PART.sub(lambda part: str(walk.neighbour.ids[part[1]]), route)
        assert _ask(walk, route, own).status_code in (200, 302)


def _ask(walk: Walk, route: str, address: str) -> Any:
    if route.startswith(PREFIX):
        headers = {"authorization": f"Bearer {walk.neighbour.keys['full']}"}
        return walk.ask("stranger", "GET", address, **headers)
    method = "POST" if PAGES[route].get is None else "GET"
    return walk.ask("neighbour", method, address)
