"""Nothing of another company is seen or changed, whatever ids are tried; there is no hint that it exists."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from allegro_integration.models import Offer
from connectify.api.description import document, operations
from connectify.tenants.context import tenant_scope
from tests.api.world import Company, Program

LISTS = [path for path, _method, _facts in operations(document()) if "{" not in path]
WITH_IDS = [(path, method) for path, method, _facts in operations(document()) if "{" in path]
TABLES = ("allegro_order", "allegro_offer", "allegro_deliverymapping", "allegro_paymentmapping", "sync_change",
          "instances_instance", "audit_auditentry", "audit_event", "api_apikey", "api_repeatablerequest")  # fmt: skip
BODIES: dict[str, Any] = {
    "delivery": {"carrier": "DPD", "method_name": "Kurýr"},
    "payment": {"form_of_payment": "Hotově"},
    "statuses": {},
    "invoices": {},
    "offers": {},
    "prices": {},
}


def fingerprint_of(company: Company) -> list[Any]:
    with tenant_scope(company.shop.tenant.pk), connection.cursor() as cursor:
        found = []
        for table in TABLES:
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t.id)) FROM {table} t")
            found.append(cursor.fetchone())
        return found


def ids_of(company: Company) -> dict[str, str]:
    order = next(one for one in company.shop.orders if one.form.raw_id)
    return {
        "instance_id": str(company.instance),
        "order_id": str(order.pk),
        "document_id": str(order.form.raw_id),
        "offer_id": str(company.rows(Offer)[0].pk),
        "method_id": "c3066682",
        "payment_type": "ONLINE",
        "source": "allegro.orders",
        "key": f"{company.instance}:unmapped_delivery:1f2e",
        "act": "retry",
    }


def test_ids_of_another_company_are_ids_of_nothing(toys: Company, neighbour: Company, program: Program) -> None:
    before, ids = fingerprint_of(neighbour), ids_of(neighbour)
    for path, method in WITH_IDS:
        body = next((body for name, body in BODIES.items() if f"/{name}/" in path), {})
        headers = {"if-match": "*"} if "/rules/" in path else {}
        found = program.send(method.upper(), path.format(**ids), body, **headers)
        assert found.status_code == 404, path
        assert "SOUSEDCANARY" not in found.content.decode(), path
        assert fingerprint_of(neighbour) == before, path


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
