"""Each method of each address, with each scope: it opens with its own and with no other."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path

from connectify.api.description import document, operations
from connectify.api.endpoint import ApiView
from connectify.api.operations import METHODS, operation
from connectify.api.scopes import SCOPES
from connectify.dashboard import checks
from connectify.dashboard.access import PROGRAM, patterns
from tests.api.world import Company, Program

OPERATIONS = [(method, path_, facts["x-scope"]) for path_, method, facts in operations(document())]
NOBODY = str(uuid.UUID(int=1))


class Forgotten(ApiView):
    def get(self, request: Any) -> HttpResponse:
        return HttpResponse("open")


urlpatterns = [path("api/v1/forgotten/", Forgotten.as_view()), path("", include("connectify.urls"))]


def address(template: str) -> str:
    parts = [NOBODY if part.startswith("{") and part.endswith("_id}") else part for part in template.split("/")]
    return "/".join("x" if part.startswith("{") else part for part in parts)


def test_every_route_of_the_api_is_described() -> None:
    routes = {name: view for route, name, view in patterns() if route.startswith("api/v1/")}
    programs = {name: view for name, view in routes.items() if PROGRAM in view.open_to}
    assert set(routes) - set(programs) == {"api_schema", "api_nothing"}
    methods = sum(hasattr(view.view_class, name) for view in programs.values() for name in METHODS)
    assert methods == len(OPERATIONS) > 20


@pytest.mark.parametrize("held", SCOPES)
def test_a_key_opens_what_asks_for_its_scope_and_nothing_else(toys: Company, held: str) -> None:
    program = toys.program([held])
    for method, template, scope in OPERATIONS:
        place = f"{method} {template}"
        found = program.send(method.upper(), address(template), {})
        if scope == held:
            assert found.status_code in (200, 400, 404, 428), place
        else:
            assert (found.status_code, found.json()["code"]) == (403, "scope_missing"), place
            assert scope in found.json()["detail"], place
            assert f'scope="{scope}"' in found["WWW-Authenticate"], place
        if method == "get":
            assert program.send("HEAD", address(template)).status_code == found.status_code, place


def test_reading_asks_for_a_scope_of_reading_and_writing_for_one_of_writing() -> None:
    for method, template, scope in OPERATIONS:
        assert scope.endswith(":read" if method == "get" else ":write"), template


def test_every_scope_opens_something() -> None:
    assert {scope for _method, _template, scope in OPERATIONS} == set(SCOPES)


@override_settings(ROOT_URLCONF="tests.api.test_scopes")
def test_a_method_that_declares_no_scope_fails_the_check_and_is_not_found(program: Program) -> None:
    found = checks.every_view_is_declared(None)
    assert [error.id for error in found] == ["dashboard.E001"]
    assert "/api/v1/forgotten/" in found[0].msg
    assert program.get("forgotten/").status_code == 404


def test_there_is_no_operation_for_a_scope_that_no_key_can_have() -> None:
    with pytest.raises(ValueError, match="everything"):
        operation("everything")
