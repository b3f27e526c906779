"""The calls of docs/api.md are run one after another against a filled shop; what comes has the documented shape."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

from allegro_integration.models import DeliveryMapping
from tests.api.world import Company, Program

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "api.md"
SCOPES = ["instances:read", "orders:read", "settings:read", "settings:write"]
CALL = re.compile(r"```sh\n(curl .+?)\n```\n.*?```json\n(.+?)```", re.DOTALL)


def run(program: Program, command: str, known: dict[str, str]) -> Any:
    for name, value in known.items():
        command = command.replace(f"${name}", value)
    words = shlex.split(command)
    headers, method, body, address = {}, "GET", None, ""
    rest = iter(words[1:])
    for word in rest:
        if word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name.lower()] = value
        elif word == "-X":
            method = next(rest)
        elif word == "-d":
            body = next(rest).encode()
        elif not word.startswith("-"):
            address = word
    assert headers.pop("authorization") == f"Bearer {program.plain}"
    return program.send(method, address, body, **headers)


# Values that are the same whenever these calls are made; others are of this shop and this moment.
SAID = {
    "kind", "state", "direction", "label", "code", "title", "we_do", "you_do", "type", "tone", "carrier", "line_text",
    "method_name", "mapped", "status", "freshness", "marketplace", "delivery_method", "payment_type",
}  # fmt: skip


def assert_shape(documented: Any, found: Any, place: str = "$") -> None:
    """Each documented field is there with a value of its kind; null in the document or the answer may be anything."""
    if documented is None or found is None:
        return
    assert type(documented) is type(found), place
    if isinstance(documented, dict):
        for name, value in documented.items():
            assert name in found, f"{place}.{name}"
            assert_shape(value, found[name], f"{place}.{name}")
            assert name not in SAID or value == found[name], f"{place}.{name}"
    elif isinstance(documented, list):
        for number, value in enumerate(documented):
            assert len(found) > number, place
            assert_shape(value, found[number], f"{place}[{number}]")


def test_five_calls_lead_from_a_key_to_why_an_order_waits(toys: Company) -> None:
    program = toys.program(SCOPES)
    calls = CALL.findall(DOCUMENT.read_text())
    assert len(calls) == 5
    known = {"CONNECTIFY": "http://testserver", "KEY": program.plain}
    answers = []
    for command, documented in calls:
        found = run(program, command, known)
        assert found.status_code == 200, found.content
        assert_shape(json.loads(documented), found.json())
        answers.append(found.json())
        if len(answers) == 2:
            (order,) = found.json()["data"]
            known |= {"ORDER": order["id"], "INSTANCE": order["instance"]}
    runs, waiting, one, deliveries, mapped = answers
    assert runs["data"][0]["directions"][0]["armed"] is True
    assert waiting["data"][0]["cause"]["code"] == one["cause"]["code"] == "unmapped_delivery"
    assert one["timeline"][-1]["cause"]["params"]["method_id"] == "1f2e"
    assert deliveries["data"][0] == {**mapped, "carrier": "", "line_text": "", "mapped": False}
    assert {row.method_id: row.carrier for row in toys.rows(DeliveryMapping)}["1f2e"] == "Zásilkovna"


def test_the_document_names_no_field_that_does_not_exist(toys: Company) -> None:
    text = DOCUMENT.read_text()
    for address in set(re.findall(r"/api/v1/(\w+)/", text)) - {"schema"}:
        assert toys.program().get(f"{address}/").status_code == 200, address
