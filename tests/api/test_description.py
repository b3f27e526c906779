"""The OpenAPI document and the page that people read: whole, true to the code, and open to everybody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from django.test import Client
from django.utils import translation

from connectify.api.description import ALWAYS, document, operations
from connectify.api.operations import operation_of
from connectify.api.problems import KINDS
from connectify.dashboard.access import PROGRAM, patterns
from connectify.dashboard.explanations import explain

VIEWS = [
    view.view_class for route, _name, view in patterns()
    if route.startswith("api/v1/") and PROGRAM in view.open_to
]  # fmt: skip
DECLARED = [
    operation_of(view, name) for view in VIEWS for name in ("get", "post", "put") if hasattr(view, name)
]  # fmt: skip


def test_anybody_may_read_the_description(db) -> None:
    found = Client().get("/api/v1/schema/")
    assert found.status_code == 200
    assert found.json() == json.loads(json.dumps(document()))
    assert found.json()["openapi"].startswith("3.1")
    assert Client().post("/api/v1/schema/").status_code == 405


def test_each_operation_says_all_it_may_answer() -> None:
    for path, method, facts in operations(document()):
        statuses = {int(status) for status in facts["responses"]}
        assert {200, 400, *(KINDS[code].status for code in ALWAYS)} <= statuses, path
        assert (404 in statuses) == ("{" in path), path
        if method != "get":
            assert {409, 413, 422} <= statuses, path
        assert facts["summary"], path
        assert facts["description"].rpartition("Scope: ")[2].startswith("`"), path
        assert len({one["name"] for one in facts["parameters"]}) == len(facts["parameters"]), path


def causes_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if {"code", "title", "you_do"} <= value.keys():
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from causes_in(one)


def test_examples_say_what_the_api_says() -> None:
    """A sentence about one record needs the parameters, which causes of several records do not have."""
    known = 0
    for declared in DECLARED:
        for cause in causes_in(msgspec.to_builtins(declared.example)):
            with translation.override("en"):
                said = explain(cause["code"], cause["params"])
            if said.known:
                known += 1
                assert (said.we_do, said.you_do) == (cause["we_do"], cause["you_do"]), declared.summary
                assert cause["title"] == said.title or not cause["params"], declared.summary
    assert known > 5


def test_operation_ids_are_unique() -> None:
    names = [facts["operationId"] for _path, _method, facts in operations(document())]
    assert len(names) == len(set(names)) == len(DECLARED)


def test_no_reference_points_nowhere() -> None:
    text = msgspec.json.encode(document()).decode()
    known = set(document()["components"]["schemas"])
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', text)) == known - {"Paged"}


@pytest.mark.parametrize("declared", DECLARED, ids=lambda one: one.summary)
def test_examples_are_what_they_are_examples_of(declared) -> None:
    if declared.answer is not None:
        assert declared.example is not None
        msgspec.convert(declared.example, type=declared.answer, strict=True)
    if declared.body is not None:
        assert declared.body_example is not None
        msgspec.convert(declared.body_example, type=declared.body, strict=True)


@pytest.mark.parametrize("language", ["cs", "en"])
def test_the_page_has_every_address_with_a_call_to_try(db, language: str) -> None:
    found = Client(headers={"accept-language": language}).get("/api/docs/")
    text = found.content.decode()
    assert found.status_code == 200
    for path, _method, facts in operations(document()):
        assert path in text
        assert facts["x-scope"] in text
    for code in KINDS:
        assert f'id="problem-{code}"' in text
    assert text.count("<summary>curl</summary>") == len(DECLARED)
    assert not re.search(r"<style|<script(?! [^>]*src=)| style=| on\w+=", text)
    assert "unsafe" not in found["Content-Security-Policy"]
