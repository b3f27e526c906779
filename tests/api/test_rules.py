"""Mappings and rules: read, changed with the version that was read, tried without saving, refused with the place."""

from __future__ import annotations

from typing import Any

import pytest

from connectify.audit.models import AuditEntry
from connectify.instances.models import Instance
from connectify.tenants.context import tenant_scope
from tests.api.world import OFFERS, Company, Program

SHIPPED = {
    "name": "odesláno",
    "conditions": [{"fact": "transport", "test": "is", "value": ["true"]}],
    "outcome": "SENT",
}
REPORT = {"name": "Faktura", "report_id": 168, "conditions": []}
TOYS = {"name": "hračky", "conditions": [{"fact": "code", "test": "contains", "value": ["KOD"]}], "outcome": "include"}
STEPS = [{"step": "from_level", "level": "Internet"}, {"step": "multiply", "factor": "1.2"}]
CONTENT: dict[str, dict[str, Any]] = {
    "statuses": {"rules": [SHIPPED], "parcel_field": "VPrBalik"},
    "invoices": {"reports": [REPORT]},
    "offers": {"include": [TOYS]},
    "prices": {"price_steps": STEPS, "floor": "10"},
}


def settings_of(company: Company) -> Any:
    return company.rows(Instance, pk=company.instance)[0]


@pytest.mark.parametrize("part", CONTENT)
def test_rules_are_changed_with_the_version_that_was_read(toys: Company, program: Program, part: str) -> None:
    address = f"instances/{toys.instance}/rules/{part}/"
    read = program.get(address)
    assert (read["ETag"], read.json()["version"]) == ('"1"', 1)
    saved = program.put(address, CONTENT[part], **{"if-match": read["ETag"]})
    assert saved.status_code == 200, saved.content
    assert (saved["ETag"], saved.json()["saved"], saved.json()["effect"]) == ('"2"', True, None)
    again = program.get(address).json()
    assert again == {"version": 2, "content": saved.json()["content"]}
    for name, value in CONTENT[part].items():
        assert name in again["content"]
        assert len(again["content"][name]) == len(value)
    (entry,) = toys.rows(AuditEntry, action="instance.settings_saved")
    assert entry.via == "api:Sklad"
    late = program.put(address, {}, **{"if-match": '"1"'})
    assert (late.status_code, late.json()["code"]) == (412, "version_differs")
    assert program.get(address).json() == again


STORED: list[dict[str, Any]] = [
    {"statuses": {}, "invoices": {}, "offers": OFFERS},
    {
        "statuses": {"rules": [{**SHIPPED, "outcome": "LOST"}], "carriers": {"DPD": "DPD"}},
        "invoices": {"kinds": ["issuedInvoice", "issuedCreditNotice"], "reports": [{**REPORT, "report_id": 0}]},
        "offers": {
            **OFFERS,
            "include": [{**TOYS, "conditions": [{"fact": "colour", "test": "filled"}]}],
            "floor": "10",
        },
    },
    {"statuses": {}, "invoices": {"kinds": []}, "offers": {**OFFERS, "price_steps": STEPS[1:]}},
]


@pytest.mark.parametrize("instance", ["czech", "slovak"])
@pytest.mark.parametrize("stored", STORED, ids=["defaults", "unknown names", "incomplete"])
@pytest.mark.parametrize("part", CONTENT)
def test_what_was_read_can_be_sent_back_and_changes_nothing(
    toys: Company, program: Program, part: str, stored: dict[str, Any], instance: str
) -> None:
    found = getattr(toys.shop, instance).instance_id
    with tenant_scope(toys.shop.tenant.pk):
        Instance.objects.filter(pk=found).update(settings=stored)
    address = f"instances/{found}/rules/{part}/"
    read = program.get(address)
    saved = program.put(address, read.json()["content"], **{"if-match": read["ETag"]})
    assert saved.status_code == 200, saved.content
    assert (saved["ETag"], saved.json()["content"]) == (read["ETag"], read.json()["content"])
    assert (saved.json()["version"], saved.json()["saved"]) == (1, True)
    assert program.put(address, read.json()["content"]).status_code == 428
    assert (now := toys.rows(Instance, pk=found)[0]).settings == stored
    assert now.settings_version == 1
    assert toys.rows(AuditEntry, action="instance.settings_saved") == []


@pytest.mark.parametrize("part", ["statuses", "invoices"])
def test_defaults_that_are_read_and_sent_back_are_saved(toys: Company, program: Program, part: str) -> None:
    address = f"instances/{toys.instance}/rules/{part}/"
    read = program.get(address)
    saved = program.put(address, read.json()["content"], **{"if-match": read["ETag"]})
    assert (saved.status_code, saved.json()["version"], saved.json()["saved"]) == (200, 2, True)
    assert settings_of(toys).settings == {"offers": OFFERS, part: read.json()["content"]}
    (entry,) = toys.rows(AuditEntry, action="instance.settings_saved")
    assert entry.via == "api:Sklad"


@pytest.mark.parametrize(("instance", "part", "code"), [
    ("slovak", "offers", "offers_carried_elsewhere"),
    ("slovak", "prices", "offers_not_set_up"),
    ("czech", "offers", "offers_not_set_up"),
    ("czech", "prices", "offers_not_set_up"),
])  # fmt: skip
def test_defaults_are_not_said_to_be_saved_where_they_may_not_be(
    toys: Company, program: Program, instance: str, part: str, code: str
) -> None:
    found = getattr(toys.shop, instance).instance_id
    with tenant_scope(toys.shop.tenant.pk):
        Instance.objects.filter(pk=found).update(settings={})
    address = f"instances/{found}/rules/{part}/"
    content = program.get(address).json()["content"]
    refused = program.put(address, content, **{"if-match": "1"})
    assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert toys.rows(Instance, pk=found)[0].settings == {}


def test_a_kind_of_invoice_that_is_stored_stays_while_the_rest_is_changed(toys: Company, program: Program) -> None:
    kinds = ["issuedInvoice", "issuedCreditNotice"]
    with tenant_scope(toys.shop.tenant.pk):
        Instance.objects.filter(pk=toys.instance).update(settings={"invoices": {"kinds": kinds}})
    address = f"instances/{toys.instance}/rules/invoices/"
    content = program.get(address).json()["content"]
    assert program.put(address, {**content, "only_paid": True}, **{"if-match": "1"}).status_code == 200
    assert settings_of(toys).settings["invoices"]["kinds"] == kinds
    more = {**content, "kinds": [*kinds, "issuedProformaInvoice"]}
    assert program.put(address, more, **{"if-match": "2"}).json()["errors"][0]["field"] == "kinds"


@pytest.mark.parametrize(("what", "key", "names"), [
    ("delivery", "method_id", ("carrier", "line_text", "method_name")),
    ("payment", "payment_type", ("form_of_payment",)),
])  # fmt: skip
def test_a_mapping_that_was_read_can_be_sent_back(
    toys: Company, program: Program, what: str, key: str, names: tuple[str, ...]
) -> None:
    address = f"instances/{toys.instance}/mappings/{what}/"
    before = program.get(address).json()
    (mapped,) = [row for row in before["data"] if row["mapped"]]
    saved = program.put(f"{address}{mapped[key]}/", {name: mapped[name] for name in names})
    assert (saved.status_code, saved.json()) == (200, mapped)
    assert program.get(address).json() == before
    assert settings_of(toys).settings_version == 1


def test_what_stands_at_another_address_stays_as_it_is(toys: Company, program: Program) -> None:
    program.put(f"instances/{toys.instance}/rules/offers/", CONTENT["offers"], **{"if-match": "*"})
    stored = settings_of(toys).settings["offers"]
    assert stored["price_steps"] == OFFERS["price_steps"]
    assert stored["stores"] == ["ESHOP"]
    program.put(f"instances/{toys.instance}/rules/prices/", CONTENT["prices"], **{"if-match": "*"})
    stored = settings_of(toys).settings["offers"]
    assert stored["include"][0]["name"] == "hračky"
    assert stored["price_steps"][1] == {"step": "multiply", "factor": "1.2"}
    assert stored["floor"] == "10"


def test_a_change_has_to_say_what_it_changes(toys: Company, program: Program) -> None:
    address = f"instances/{toys.instance}/rules/statuses/"
    missing, odd = program.put(address, {}), program.put(address, {}, **{"if-match": "yesterday"})
    assert (missing.status_code, missing.json()["code"]) == (428, "version_missing")
    assert (odd.status_code, odd.json()["errors"][0]["field"]) == (400, "If-Match")
    assert settings_of(toys).settings_version == 1


@pytest.mark.parametrize("part", CONTENT)
def test_a_dry_run_shows_the_effect_and_saves_nothing(toys: Company, program: Program, part: str) -> None:
    address = f"instances/{toys.instance}/rules/{part}/?dry_run=true"
    before = settings_of(toys).settings
    found = program.put(address, CONTENT[part])
    assert found.status_code == 200, found.content
    body = found.json()
    assert (body["version"], body["saved"]) == (1, False)
    assert set(body["effect"]) == {"counts", "rows", "more", "notes"}
    assert settings_of(toys).settings == before
    assert toys.rows(AuditEntry, action="instance.settings_saved") == []


def test_a_dry_run_of_prices_names_the_offers_and_why(toys: Company, program: Program) -> None:
    address = f"instances/{toys.instance}/rules/prices/?dry_run=true"
    effect = program.put(address, CONTENT["prices"]).json()["effect"]
    changed = [row for row in effect["rows"] if row["after"]]
    assert changed, effect
    assert any(row["why"] for row in changed)


WRONG: list[tuple[str, Any, str]] = [
    ("statuses", {"rules": [{**SHIPPED, "outcome": "LOST"}]}, "rules[0]"),
    ("statuses", {"rules": [{**SHIPPED, "conditions": [{"fact": "colour", "test": "filled"}]}]}, "rules[0]"),
    ("statuses", {"rules": [{**SHIPPED, "conditions": [{"fact": "transport", "test": "wrong"}]}]},
     "rules[0].conditions[0].test"),
    ("statuses", {"rules": [SHIPPED, {**SHIPPED, "colour": "red"}]}, "rules[1].colour"),
    ("statuses", {"rule": []}, "rule"),
    ("invoices", {"reports": [{**REPORT, "report_id": 0}]}, "reports[0].report_id"),
    ("invoices", {"reports": [{**REPORT, "report_id": 2**31}]}, "reports[0].report_id"),
    ("invoices", {"kinds": ["issuedProformaInvoice"]}, "kinds"),
    ("invoices", {"kinds": ["issuedInvoice", "issuedCreditNotice"]}, "kinds"),
    ("invoices", {"kinds": []}, "kinds"),
    ("offers", {"include": [{**TOYS, "outcome": "maybe"}]}, "include[0]"),
    ("prices", {"price_steps": STEPS[1:]}, "price_steps[0]"),
    ("prices", {"price_steps": [*STEPS, STEPS[0]]}, "price_steps"),
    ("prices", {"price_steps": [STEPS[0], {"step": "multiply", "factor": "1E+999999"}]}, "price_steps[1].factor"),
    ("prices", {"price_steps": [STEPS[0], {"step": "multiply", "factor": "NaN"}]}, ""),
    ("prices", {"price_steps": [STEPS[0], {"step": "multiply", "factor": "-1"}]}, "price_steps[1]"),
    ("prices", {"price_steps": [STEPS[0], {"step": "explode"}]}, "price_steps[1].step"),
    ("prices", {"floor": "Infinity"}, "floor"),
]  # fmt: skip


def test_rules_that_cannot_be_used_are_refused_with_their_place(toys: Company, program: Program) -> None:
    for part, body, field in WRONG:
        found = program.put(f"instances/{toys.instance}/rules/{part}/", body, **{"if-match": "1"})
        assert (found.status_code, found.json()["code"]) == (400, "invalid"), body
        assert [one["field"] for one in found.json()["errors"]] == [field], body
    assert settings_of(toys).settings_version == 1


def test_an_instance_that_does_no_offer_work_is_not_made_to(toys: Company, program: Program) -> None:
    address = f"instances/{toys.shop.slovak.instance_id}/rules/prices/"
    found = program.put(address, CONTENT["prices"], **{"if-match": "1"})
    assert (found.status_code, found.json()["code"]) == (409, "offers_not_set_up")


def test_an_instance_that_brings_its_price_alone_decides_no_offers(toys: Company, program: Program) -> None:
    slovak = toys.shop.slovak.instance_id
    with tenant_scope(toys.shop.tenant.pk):
        Instance.objects.filter(pk=slovak).update(settings={"offers": OFFERS})
    for query in ("", "?dry_run=true"):
        found = program.put(f"instances/{slovak}/rules/offers/{query}", CONTENT["offers"], **{"if-match": "1"})
        assert (found.status_code, found.json()["code"]) == (409, "offers_carried_elsewhere")
    assert toys.rows(Instance, pk=slovak)[0].settings == {"offers": OFFERS}
    found = program.put(f"instances/{slovak}/rules/prices/", CONTENT["prices"], **{"if-match": "1"})
    assert (found.status_code, found.json()["saved"]) == (200, True)


def test_mappings_show_what_is_mapped_and_what_was_seen(toys: Company, program: Program) -> None:
    seen, mapped = program.get(f"instances/{toys.instance}/mappings/delivery/").json()["data"]
    assert (seen["method_id"], seen["mapped"], seen["orders"], seen["waiting"]) == ("1f2e", False, 1, 1)
    assert (mapped["method_id"], mapped["mapped"], mapped["carrier"]) == ("c3066682", True, "DPD")
    seen, mapped = program.get(f"instances/{toys.instance}/mappings/payment/").json()["data"]
    assert (seen["payment_type"], seen["mapped"], seen["waiting"]) == ("ONLINE", False, 1)
    assert (mapped["payment_type"], mapped["form_of_payment"]) == ("CASH_ON_DELIVERY", "Dvorak")


def test_mapping_is_audited_and_the_same_again_changes_nothing(toys: Company, program: Program) -> None:
    address = f"instances/{toys.instance}/mappings/payment/ONLINE/"
    first = program.put(address, {"form_of_payment": "Allegro online"})
    assert (first.status_code, first.json()["mapped"]) == (200, True)
    version = settings_of(toys).settings_version
    assert program.put(address, {"form_of_payment": "Allegro online"}).json() == first.json()
    assert settings_of(toys).settings_version == version == 2
    (entry,) = toys.rows(AuditEntry, action="mapping.payment_saved")
    assert entry.via == "api:Sklad"


def test_names_of_pohoda_are_stored_without_needless_blanks(toys: Company, program: Program) -> None:
    delivery = f"instances/{toys.instance}/mappings/delivery/1f2e/"
    found = program.put(delivery, {"carrier": "  Zásil-\n kovna ", "line_text": "\t", "method_name": " Z  BOX "})
    assert {name: found.json()[name] for name in ("carrier", "line_text", "method_name")} == {
        "carrier": "Zásil- kovna", "line_text": "Z BOX", "method_name": "Z BOX"
    }  # fmt: skip
    version = settings_of(toys).settings_version
    assert program.put(delivery, {"carrier": "Zásil- kovna", "line_text": "Z BOX"}).json() == found.json()
    payment = f"instances/{toys.instance}/mappings/payment/CASH_ON_DELIVERY/"
    assert program.put(payment, {"form_of_payment": " Dvorak\n"}).json()["form_of_payment"] == "Dvorak"
    assert settings_of(toys).settings_version == version
    assert program.put(delivery, {"carrier": " ", "line_text": "Osobně"}).json()["carrier"] == ""


def test_a_mapping_to_nothing_is_refused(toys: Company, program: Program) -> None:
    wrong = [
        ("delivery/c3066682", {"carrier": "   \n "}, "carrier", "delivery_name_missing"),
        ("delivery/c3066682", {"carrier": "", "line_text": " "}, "carrier", "delivery_name_missing"),
        ("delivery/new-1", {"carrier": "GLS", "method_name": " \n"}, "method_name", "required"),
        ("payment/CASH_ON_DELIVERY", {"form_of_payment": " "}, "form_of_payment", "payment_name_missing"),
    ]
    for place, body, field, code in wrong:
        found = program.put(f"instances/{toys.instance}/mappings/{place}/", body)
        assert (found.status_code, found.json()["code"]) == (400, "invalid"), body
        ((one_field, one_code, detail),) = [tuple(one.values()) for one in found.json()["errors"]]
        assert (one_field, one_code) == (field, code)
        assert detail
    assert settings_of(toys).settings_version == 1


def test_a_method_that_nobody_has_seen_needs_a_name(toys: Company, program: Program) -> None:
    address = f"instances/{toys.instance}/mappings/delivery/new-1/"
    assert program.put(address, {"carrier": "GLS"}).json()["errors"][0]["field"] == "method_name"
    found = program.put(address, {"carrier": "GLS", "method_name": "Kurýr GLS"}).json()
    assert (found["line_text"], found["orders"]) == ("Kurýr GLS", 0)
    long = f"instances/{toys.instance}/mappings/delivery/{'x' * 65}/"
    assert program.put(long, {"carrier": "GLS", "method_name": "Kurýr GLS"}).status_code == 404
