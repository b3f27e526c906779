"""Requests that nobody thought of: schemathesis against the description, in the process, with ids that exist."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from allegro_integration.models import Offer
from connectify.api.description import document, operations
from connectify.dashboard.inbox import all_groups
from connectify.tenants.context import tenant_scope
from tests.api.world import Company, Program, make_company

EXAMPLES = 12
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
ALL = [f"{method.upper()} {path}" for path, method, _facts in operations(document())]


@pytest.fixture(scope="module")
def company(emptier, django_db_blocker) -> Iterator[Company]:
    """Committed: requests of a server's own connection see it."""
    from django.db import connections

    with django_db_blocker.unblock():
        try:
            make_company(email="petr@sousedi.cz", word="SOUSEDCANARY", now=dt.datetime.now(dt.UTC))
            yield make_company(email="jana@hracky-dvorak.cz", word="Dvorak", now=dt.datetime.now(dt.UTC))
        finally:
            connections.close_all()
            emptier.empty()


@pytest.fixture(scope="module")
def program(company) -> Program:
    return company.program(name="fuzz")


@pytest.fixture(scope="module")
def known(company) -> dict[str, list[str]]:
    """What stands in addresses and exists."""
    orders = [order for order in company.shop.orders if order.form.raw_id]
    with tenant_scope(company.shop.tenant.pk):
        groups = all_groups()
    return {
        "instance_id": [str(company.instance), str(company.shop.slovak.instance_id)],
        "order_id": [str(order.pk) for order in orders],
        "document_id": [str(order.form.raw_id) for order in orders],
        "offer_id": [str(offer.pk) for offer in company.rows(Offer)],
        "method_id": ["c3066682", "1f2e"],
        "payment_type": ["ONLINE"],
        "source": [group.source for group in groups],
        "key": [group.key for group in groups],
        "act": [act.name for group in groups for act in group.acts] or ["approve"],
    }


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", ALL)
def test_no_request_ends_outside_the_description(
    label: str, mode: schemathesis.GenerationMode, company, program, known, settings_of_fuzz
) -> None:
    schema = schemathesis.openapi.from_dict(document())
    schema.app = get_wsgi_application()
    method, path = label.split(" ", 1)
    operation = schema[path][method]
    seen: list[int] = []

    @seed(20261123)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def run(case: schemathesis.Case, data: Any) -> None:
        for name in case.path_parameters or {}:
            if data.draw(st.integers(0, 3)):
                case.path_parameters[name] = quote(data.draw(st.sampled_from(known[name])), safe="")
        response = case.call(headers={"Authorization": f"Bearer {program.plain}"})
        seen.append(response.status_code)
        case.validate_response(response, checks=CHECKS)
        assert "SOUSEDCANARY" not in response.text

    run()
    assert seen
    if mode is schemathesis.GenerationMode.POSITIVE and method == "GET":
        assert 200 in seen


@pytest.fixture
def settings_of_fuzz(settings) -> None:
    settings.API_PER_MINUTE = 1_000_000
    settings.ALLOWED_HOSTS = ["*"]
