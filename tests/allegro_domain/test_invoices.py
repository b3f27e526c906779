"""Which invoices are attached and by which report; and that a PDF is attached only when its text is this invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allegro_integration.domain.invoice_settings import KINDS, InvoiceSettings, PrintReport, check_kinds
from allegro_integration.domain.invoices import (
    INVOICE_CATALOGUE,
    PROBLEMS,
    SKIPS,
    InvoiceFacts,
    InvoiceView,
    NoInvoice,
    Print,
    check_pdf_text,
    invoice_facts,
    plan_invoice,
)
from allegro_integration.domain.order_facts import OrderFacts
from connectify.domain.facts import Problem, check_rules
from connectify.domain.rules import Condition, Rule
from connectify.domain.trace import Step

D = Decimal
SETTINGS = InvoiceSettings(reports=(PrintReport("Faktura", 101),))


def view(number: str = "26010012", **more: Any) -> InvoiceView:
    """A final invoice over 1 234.50 of an order that is ready. Fields of the invoice by name, others of the view."""
    facts = {name: more.pop(name) for name in list(more) if name in InvoiceFacts.__struct_fields__}
    invoice = InvoiceFacts(**{"number": number, "total": D("1234.50"), **facts})
    return InvoiceView(form_id="f-1", invoice=invoice, **more)


def refusal(settings: InvoiceSettings = SETTINGS, **more: Any) -> Step:
    outcome = plan_invoice(view(**more), settings)
    assert isinstance(outcome, NoInvoice), outcome
    assert set(outcome.step.params) == set(SKIPS[outcome.step.code])
    return outcome.step


def test_a_final_invoice_is_printed_by_its_report() -> None:
    chosen = Step("invoice_report_chosen", {"report": "Faktura", "report_id": "101"})
    assert plan_invoice(view(), SETTINGS) == Print(101, "Faktura", (chosen,))


def test_the_first_report_whose_conditions_hold_prints() -> None:
    slovak = PrintReport("Faktúra", 102, (Condition("country", "is", ("SK",)),))
    foreign = PrintReport("Invoice", 103, (Condition("currency", "filled"),))
    settings = InvoiceSettings(reports=(slovak, foreign, PrintReport("Faktura", 101)))
    found = [
        plan_invoice(one, settings)
        for one in (view(country="SK", currency="EUR"), view(currency="EUR", country="PL"), view(country="CZ"))
    ]
    assert [outcome.report_id for outcome in found if isinstance(outcome, Print)] == [102, 103, 101]
    assert [step.code for step in found[1].trace] == [  # type: ignore[union-attr]
        "rule_passed_over", "condition_filled", "invoice_report_chosen",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"form_status": "CANCELLED"}, "invoice_form_cancelled"),
        ({"form_status": "BOUGHT"}, "invoice_form_not_ready"),
        ({"number": " "}, "invoice_without_number"),
        ({"kind": "issuedAdvanceInvoice"}, "invoice_not_final"),
        ({"is_cancelled": True}, "invoice_cancelled"),
        ({"attached": frozenset({"26010012"})}, "invoice_attached_already"),
        ({"totals_differ": True}, "invoice_totals_differ"),
        ({"total": None}, "invoice_without_total"),
        ({"attached_count": 10}, "invoice_too_many"),
    ],
)
def test_an_invoice_that_must_not_go_is_not_attached(more: dict[str, Any], code: str) -> None:
    assert refusal(**more).code == code


def test_only_paid_invoices_go_where_that_is_wanted() -> None:
    paid_only = msgspec.structs.replace(SETTINGS, only_paid=True)
    assert refusal(paid_only).code == "invoice_not_paid"
    assert isinstance(plan_invoice(view(is_paid=True), paid_only), Print)


def test_without_a_fitting_report_nothing_is_printed() -> None:
    assert refusal(InvoiceSettings()).code == "invoice_no_report"
    never = PrintReport("Faktura", 101, (Condition("paid", "is", ("true",)),))
    assert refusal(InvoiceSettings(reports=(never,))).code == "invoice_no_report"


def test_other_invoices_of_the_order_do_not_stop_this_one() -> None:
    assert isinstance(plan_invoice(view(attached=frozenset({"26010011"}), attached_count=9), SETTINGS), Print)


def test_facts_are_those_of_the_catalogue_and_the_optional_fields() -> None:
    one = view(fields={"VPrTyp": "B2B"}, order=OrderFacts(carrier="PPL"), marketplace="allegro-cz")
    facts = invoice_facts(one)
    assert set(facts) == {*INVOICE_CATALOGUE.definitions, "field:VPrTyp"}
    assert (facts["carrier"], facts["field:VPrTyp"], facts["total"]) == ("PPL", "B2B", D("1234.50"))
    rules = (Rule("r", (Condition("invoice_kind", "is", ("issuedInvoice",)),), "1"),)
    assert check_rules(rules, INVOICE_CATALOGUE, outcomes=frozenset({"1"})) == ()


def test_settings_are_read_from_stored_json() -> None:
    stored = {"reports": [{"name": "F", "report_id": 5, "conditions": [{"fact": "paid", "test": "is",
                                                                          "value": ["true"]}]}]}  # fmt: skip
    settings = msgspec.convert(stored, InvoiceSettings)
    assert isinstance(plan_invoice(view(is_paid=True), settings), Print)


TEXT = "FAKTURA č. 26010012\nDodavatel IČO: 12345678\nCelkem k úhradě: 1 234,50 Kč\nDěkujeme."


def problems(text: str = TEXT, total: str = "1234.50", **more: Any) -> list[str]:
    found = check_pdf_text(text, **{"number": "26010012", "total": D(total), **more})
    assert all(set(step.params) == set(PROBLEMS[step.code]) for step in found)
    return [step.code for step in found]


def test_a_pdf_with_number_and_total_is_the_invoice() -> None:
    assert problems() == []
    assert problems(currency="CZK", ico="12345678") == []


@pytest.mark.parametrize("text", ["", " \n\u00a0\t"])
def test_a_pdf_without_text_says_nothing(text: str) -> None:
    assert problems(text) == ["pdf_without_text"]


@pytest.mark.parametrize(
    ("written", "is_there"),
    [
        ("26010012", True),
        ("č.26010012.", True),
        ("(26010012)", True),
        ("26010012, ze dne", True),
        ("VS:26010012/", True),
        ("126010012", False),
        ("260100123", False),
        ("FV26010012", False),
        ("26010012A", False),
        ("2026-26010012", False),
        ("26010012/1", False),
        ("26010012.1", False),
        ("2601 0012", False),
        ("26010013", False),
    ],
)
def test_the_number_stands_there_whole(written: str, is_there: bool) -> None:
    found = problems(f"Faktura {written} celkem 1 234,50 Kč")
    assert found == ([] if is_there else ["pdf_without_number"])


@pytest.mark.parametrize(
    ("total", "written", "is_there"),
    [
        ("1234.50", "1234,50", True),
        ("1234.50", "1234.50", True),
        ("1234.50", "1 234,50", True),
        ("1234.50", "1\u00a0234,50", True),
        ("1234.50", "1\u202f234,50 Kč", True),
        ("1234.50", "1.234,50", True),
        ("1234.50", "1,234.50", True),
        ("1234.50", "1'234.50", True),
        ("1234.50", "1 234,5", False),
        ("1234.50", "1 234", False),
        ("1234.50", "1 234,51", False),
        ("1234.50", "11 234,50", False),
        ("1234.50", "1 234,505", False),
        ("1234.50", "91234,50", False),
        ("234.50", "1 234,50", False),
        ("234.50", "1.234,50", False),
        ("234.50", "Celkem: 234,50 Kč", True),
        ("34.50", "1 234,50", False),
        ("1234", "1 234,00", True),
        ("1234", "1 234 Kč", True),
        ("1234", "1 234,- Kč", True),
        ("1234", "1 234,-- Kč", True),
        ("1234", "1 234,50", False),
        ("1234", "1 234 567", False),
        ("1234", "1 234.567", False),
        ("1234", "12345", False),
        ("1234", "celkem 1234.", True),
        ("1234567.8", "1 234 567,80", True),
        ("0.50", "0,50", True),
        ("0.50", "10,50", False),
        ("0", "0,00", True),
        ("-1234.50", "-1 234,50", True),
        ("5", "21 % 5 Kč", True),
        ("5", "VAT 21.5 %", False),
    ],
)
def test_the_total_stands_there_in_any_usual_notation_and_not_as_a_part_of_another(
    total: str, written: str, is_there: bool
) -> None:
    found = problems(f"Faktura 26010012 celkem {written}", total)
    assert found == ([] if is_there else ["pdf_without_total"])


@pytest.mark.parametrize(
    ("currency", "written", "is_there"),
    [
        ("EUR", "10,00 €", True),
        ("EUR", "10,00 EUR", True),
        ("EUR", "EUR10,00", True),
        ("EUR", "10,00 Kč", False),
        ("EUR", "EUROPA 10,00", False),
        ("HUF", "10,00 Ft", True),
        ("PLN", "10,00 zł", True),
        ("CZK", "10,00Kč", True),
        ("CZK", "10,00 €", False),
        ("USD", "10,00 USD", True),
        ("", "10,00", True),
    ],
)
def test_a_currency_is_named_where_it_is_asked_for(currency: str, written: str, is_there: bool) -> None:
    found = problems(f"Faktura 26010012 celkem {written}", "10", currency=currency)
    assert found == ([] if is_there else ["pdf_without_currency"])


def test_an_invoice_of_somebody_else_is_found_out() -> None:
    assert problems(ico="87654321") == ["pdf_without_ico"]
    assert problems("Zcela jiný doklad", currency="CZK", ico="1") == [
        "pdf_without_number", "pdf_without_total", "pdf_without_currency", "pdf_without_ico",
    ]  # fmt: skip


@given(st.decimals(min_value=0, max_value=9_999_999, places=2), st.sampled_from([" ", "\u00a0", ".", ",", "'", ""]))
def test_every_amount_is_found_as_people_group_it(total: Decimal, separator: str) -> None:
    point = "." if separator in {",", "'"} else ","
    whole, cents = f"{total:,.2f}".split(".")
    written = whole.replace(",", separator) + point + cents
    assert problems(f"26010012 celkem {written} Kč", str(total)) == []


@given(st.integers(0, 99_999_999), st.integers(0, 99_999_999))
def test_one_amount_is_never_taken_for_another(total: int, other: int) -> None:
    written = f"{D(other) / 100:,.2f}".replace(",", " ").replace(".", ",")
    expected = [] if total == other else ["pdf_without_total"]
    assert problems(f"26010012 celkem {written} Kč", f"{D(total) / 100:.2f}") == expected


@pytest.mark.parametrize(
    ("kinds", "found"),
    [
        (KINDS, ()),
        ([], (Problem("kind_missing", {}),)),
        (
            ["issuedProformaInvoice", "issuedInvoice", "issuedCreditNotice"],
            (Problem("kind_unknown", {"kinds": "issuedCreditNotice, issuedProformaInvoice"}),),
        ),
    ],
)
def test_only_kinds_that_are_read_are_chosen_and_one_at_least(
    kinds: list[str], found: tuple[Problem, ...]
) -> None:  # fmt: skip
    assert check_kinds(kinds) == found
