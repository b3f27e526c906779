"""Lists, filters and repeated requests know one company; tests/access tries every id of another one."""

from __future__ import annotations

import pytest

from connectify.api.description import document, operations
from tests.api.world import Company, Program

LISTS = [path for path, _method, _facts in operations(document()) if "{" not in path]


def test_lists_show_the_company_of_the_key_alone(toys: Company, neighbour: Company, program: Program) -> None:
    neighbours = neighbour.program()
    for path in LISTS:
        ours, theirs = program.get(path), neighbours.get(path)
        assert ours.json()["data"], path
        assert theirs.json()["data"], path
        assert "SOUSEDCANARY" not in ours.content.decode(), path
        assert "Dvorak" not in theirs.content.decode(), path


@pytest.mark.parametrize("name", ["orders", "offers", "runs"])
def test_a_filter_by_another_companys_instance_finds_nothing(
    program: Program, neighbour: Company, toys: Company, name: str
) -> None:
    found = program.get(f"{name}/?instance={neighbour.instance}")
    assert found.json() == {"data": [], "next": None}
    assert program.get(f"{name}/?instance={toys.instance}").json()["data"]


def test_an_idempotency_key_of_another_company_is_free_here(toys: Company, neighbour: Company) -> None:
    ours, theirs = toys.program(), neighbour.program()
    first = theirs.post(f"orders/{neighbour.waiting.pk}/resync/", {}, **{"idempotency-key": "1"})
    second = ours.post(f"orders/{toys.waiting.pk}/resync/", {}, **{"idempotency-key": "1"})
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == {"id": str(toys.waiting.pk)}
    assert "Idempotency-Replayed" not in second
