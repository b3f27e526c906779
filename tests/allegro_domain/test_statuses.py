"""From an order in Pohoda to its status and parcel number at Allegro: first match, no echo, never backwards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allegro_integration.domain.order_facts import (
    ORDER_CATALOGUE,
    LinkedDocument,
    OrderFacts,
    order_facts,
    with_fields,
)
from allegro_integration.domain.status_settings import DEFAULT_RULES, StatusSettings
from allegro_integration.domain.statuses import (
    ASIDE,
    NOTES,
    ORDERED,
    PARCELS,
    SKIPS,
    WRITABLE,
    AddParcel,
    OrderView,
    SetStatus,
    StatusPlan,
    plan_status,
)
from connectify.domain.facts import Kind, check_rules
from connectify.domain.rules import CODES, Condition, Rule, decide
from connectify.domain.trace import Step

D = Decimal
SETTINGS = StatusSettings()
SHIPPED = OrderFacts(links=(LinkedDocument("shipments", "26Ez1"),))


def view(facts: OrderFacts = SHIPPED, **more: Any) -> OrderView:
    """An order that is being processed at Allegro and was sent in Pohoda."""
    values: dict[str, Any] = {
        "form_id": "f-1",
        "revision": "r-1",
        "facts": facts,
        "known_status": "PROCESSING",
        "confirmed_status": "PROCESSING",
        **more,
    }
    return OrderView(**values)


def always(outcome: str) -> StatusSettings:
    return StatusSettings(rules=(Rule("always", (), outcome),))


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        (OrderFacts(), None),
        (OrderFacts(reserved=True), None),
        (OrderFacts(delivered=True), None),
        (OrderFacts(links=(LinkedDocument("issuedInvoice", "1"),)), "READY_FOR_SHIPMENT"),
        (OrderFacts(links=(LinkedDocument("issueSlip", "1"),)), "READY_FOR_SHIPMENT"),
        (OrderFacts(links=(LinkedDocument("issuedAdvanceInvoice", "1"),)), None),
        (OrderFacts(executed=True), "SENT"),
        (SHIPPED, "SENT"),
        (OrderFacts(links=(LinkedDocument("issuedInvoice", "1"), LinkedDocument("shipments", "2"))), "SENT"),
        (OrderFacts(cancelled=True), None),
    ],
)
def test_the_rules_that_come_with_it_send_what_was_shipped_or_executed(facts: OrderFacts, status: str | None) -> None:
    planned = plan_status(view(facts), SETTINGS)
    assert planned.change == (None if status is None else SetStatus("f-1", status, "r-1"))
    assert planned.skip == (Step("status_no_rule") if status is None else None)


def test_the_rules_that_come_with_it_are_rules_of_the_catalogue() -> None:
    assert check_rules(DEFAULT_RULES, ORDER_CATALOGUE, outcomes=WRITABLE) == ()


def test_a_status_is_explained_by_the_rule_that_decided() -> None:
    assert plan_status(view(OrderFacts(executed=True)), SETTINGS) == StatusPlan(
        SetStatus("f-1", "SENT", "r-1"),
        None,
        None,
        (
            Step("rule_passed_over", {"rule": "transport", "fact": "transport", "value": "true", "found": "false"}),
            Step("condition_is", {"fact": "executed", "value": "true", "found": "true"}),
            Step("rule_decided", {"rule": "executed", "outcome": "SENT"}),
        ),
    )


def test_facts_are_those_of_the_catalogue_and_the_optional_fields() -> None:
    order = OrderFacts(
        executed=True,
        delivered_quantity=D(1),
        quantity=D(3),
        carrier="PPL",
        payment_type="Dobírka",
        labels=("Expres",),
        fields={"VPrBalik": "123"},
        links=(LinkedDocument("issuedInvoice", "26010001"), LinkedDocument("issuedInvoice", "26010002")),
    )
    facts = order_facts(order)
    assert facts == {
        "executed": True, "delivered": False, "reserved": False, "cancelled": False, "delivered_share": D("33.33"),
        "invoiced": True, "issue_slip": False, "transport": False, "carrier": "PPL", "payment_type": "Dobírka",
        "labels": ("Expres",), "field:VPrBalik": "123",
    }  # fmt: skip
    catalogue = with_fields(ORDER_CATALOGUE, order.fields)
    assert set(catalogue.definitions) == set(facts)
    assert catalogue.definitions["field:VPrBalik"].kind is Kind.TEXT
    assert order.numbers("issuedInvoice") == ("26010001", "26010002")
    assert order_facts(OrderFacts())["delivered_share"] is None


@pytest.mark.parametrize(
    ("more", "target", "skip"),
    [
        ({"form_status": "CANCELLED"}, "SENT", Step("status_form_cancelled")),
        ({"form_status": "FILLED_IN"}, "SENT", Step("status_form_not_ready", {"status": "FILLED_IN"})),
        ({"known_status": "RETURNED"}, "SENT", Step("status_returned")),
        ({"known_status": "SENT"}, "SENT", Step("status_same", {"fulfilment": "SENT"})),
        ({"known_status": "PROCESSING", "confirmed_status": "SENT"}, "SENT",
         Step("status_written_before", {"fulfilment": "SENT", "known": "PROCESSING"})),
        ({"known_status": "SENT"}, "PROCESSING",
         Step("status_written_before", {"fulfilment": "PROCESSING", "known": "SENT"})),
        ({"known_status": "PICKED_UP"}, "SENT", Step("status_backwards", {"fulfilment": "SENT", "known": "PICKED_UP"})),
        ({"confirmed_status": "SENT"}, "READY_FOR_SHIPMENT",
         Step("status_backwards", {"fulfilment": "READY_FOR_SHIPMENT", "known": "PROCESSING"})),
        ({"known_status": "SUSPENDED"}, "SENT",
         Step("status_set_by_person", {"fulfilment": "SENT", "known": "SUSPENDED"})),
        ({"known_status": "CANCELLED"}, "SENT",
         Step("status_set_by_person", {"fulfilment": "SENT", "known": "CANCELLED"})),
        ({"known_status": "TELEPORTED"}, "SENT", Step("status_not_understood", {"known": "TELEPORTED"})),
        ({}, "RETURNED", Step("status_not_writable", {"fulfilment": "RETURNED"})),
        ({}, "sent", Step("status_not_writable", {"fulfilment": "sent"})),
        ({"known_status": "", "confirmed_status": ""}, "NEW", Step("status_same", {"fulfilment": "NEW"})),
    ],
)  # fmt: skip
def test_no_status_is_written_where_it_would_be_an_echo_a_step_back_or_a_persons_decision_undone(
    more: dict[str, Any], target: str, skip: Step
) -> None:
    planned = plan_status(view(**more), always(target))
    assert (planned.change, planned.skip) == (None, skip)
    assert set(skip.params) == set(SKIPS[skip.code])


def test_an_order_of_which_allegro_says_nothing_is_new() -> None:
    planned = plan_status(view(known_status="", confirmed_status=""), always("PROCESSING"))
    assert planned.change == SetStatus("f-1", "PROCESSING", "r-1")


@pytest.mark.parametrize("status", ASIDE)
@pytest.mark.parametrize("known", ["PROCESSING", "SENT"])
def test_an_order_is_cancelled_or_suspended_by_an_explicit_rule_alone(status: str, known: str) -> None:
    cancelled = (Condition("cancelled", "is", ("true",)),)
    settings = StatusSettings(rules=(Rule("cancelled", cancelled, status), *DEFAULT_RULES))
    planned = plan_status(view(OrderFacts(cancelled=True), known_status=known), settings)
    assert planned.change == SetStatus("f-1", status, "r-1")
    assert (Step("status_cancels_nothing") in planned.trace) is (status == "CANCELLED")
    assert plan_status(view(OrderFacts(cancelled=True)), SETTINGS).change is None


def test_an_order_that_we_suspended_goes_on_when_the_rule_says_so() -> None:
    planned = plan_status(view(known_status="SUSPENDED", confirmed_status="SUSPENDED"), SETTINGS)
    assert planned.change == SetStatus("f-1", "SENT", "r-1")


WITH_PARCELS = StatusSettings(parcel_field="VPrBalik", carriers={"PPL": "PPL", "Allegro One": "ALLEGRO"})


def parcel(number: str, carrier: str = "PPL", settings: StatusSettings = WITH_PARCELS, **more: Any) -> StatusPlan:
    return plan_status(view(OrderFacts(carrier=carrier, fields={"VPrBalik": number}), **more), settings)


@pytest.mark.parametrize(
    ("number", "carrier", "expected"),
    [
        ("40123", "PPL", AddParcel("f-1", "PPL", "", "40123")),
        (" 40123 ", " PPL ", AddParcel("f-1", "PPL", "", "40123")),
        ("40123, 40124", "PPL", AddParcel("f-1", "PPL", "", "40123")),
        ("40123;40124", "PPL", AddParcel("f-1", "PPL", "", "40123")),
        ("40123", "Kurýr", AddParcel("f-1", "OTHER", "Kurýr", "40123")),
        ("40123", "K" * 31, AddParcel("f-1", "OTHER", "K" * 30, "40123")),
        ("1" * 64, "PPL", AddParcel("f-1", "PPL", "", "1" * 64)),
        ("", "PPL", None),
        (" , ", "PPL", None),
    ],
)
def test_the_first_parcel_number_of_the_order_goes_with_allegros_carrier(
    number: str, carrier: str, expected: AddParcel | None
) -> None:
    planned = parcel(number, carrier)
    assert planned.parcel == expected
    assert [step.code for step in planned.trace if step.code in PARCELS] == ["parcel_number"] * (expected is not None)


@pytest.mark.parametrize(
    ("number", "carrier", "code"),
    [
        ("1" * 65, "PPL", "parcel_too_long"),
        ("40123", " ", "parcel_without_carrier"),
        ("40123", "Allegro One", "parcel_from_allegro"),
    ],
)
def test_a_parcel_number_that_allegro_would_refuse_is_not_sent(number: str, carrier: str, code: str) -> None:
    planned = parcel(number, carrier)
    assert planned.parcel is None
    (step,) = [one for one in planned.trace if one.code in PARCELS]
    assert (step.code, set(step.params)) == (code, set(PARCELS[code]))


def test_a_parcel_number_is_added_once_and_never_to_a_cancelled_order() -> None:
    assert parcel("40123", parcel_sent=True).parcel is None
    assert parcel("40123", form_status="CANCELLED").parcel is None
    assert parcel("40123", settings=StatusSettings()).parcel is None


def test_a_parcel_number_goes_even_where_no_status_does() -> None:
    assert parcel("40123", known_status="SENT").parcel == AddParcel("f-1", "PPL", "", "40123")


def test_another_default_carrier_needs_no_name() -> None:
    settings = msgspec.structs.replace(WITH_PARCELS, default_carrier="DPD")
    assert parcel("40123", "", settings).parcel == AddParcel("f-1", "DPD", "", "40123")


def test_settings_are_read_from_stored_json() -> None:
    stored = {
        "rules": [
            {"name": "fragile", "conditions": [{"fact": "labels", "test": "contains", "value": ["Křehké"]}],
             "outcome": "READY_FOR_PICKUP"},
        ],
        "parcel_field": "VPrBalik",
        "carriers": {"PPL": "PPL"},
    }  # fmt: skip
    settings = msgspec.convert(stored, StatusSettings)
    assert plan_status(view(OrderFacts(labels=("křehké",))), settings).change == SetStatus(
        "f-1", "READY_FOR_PICKUP", "r-1"
    )


STATUSES = st.sampled_from([*ORDERED, *ASIDE, "", "RETURNED", "ODD"])
FACTS = st.builds(
    OrderFacts,
    executed=st.booleans(),
    links=st.lists(st.builds(LinkedDocument, st.sampled_from(["shipments", "issueSlip", "issuedInvoice"])), max_size=2)
    .map(tuple),
)  # fmt: skip
VIEWS = st.builds(
    OrderView,
    form_id=st.just("f"),
    revision=st.just("r"),
    facts=FACTS,
    form_status=st.sampled_from(["READY_FOR_PROCESSING", "CANCELLED"]),
    known_status=STATUSES,
    confirmed_status=STATUSES,
)


@given(VIEWS)
def test_what_was_written_and_read_back_is_never_written_again(order: OrderView) -> None:
    planned = plan_status(order, SETTINGS)
    if planned.change is None:
        assert planned.skip is not None
        return
    status = planned.change.status
    after = msgspec.structs.replace(order, known_status=status, confirmed_status=status)
    assert plan_status(after, SETTINGS).change is None
    late = msgspec.structs.replace(order, confirmed_status=status)
    assert plan_status(late, SETTINGS).change is None


@given(VIEWS)
def test_a_status_never_goes_backwards_and_is_that_of_the_first_rule(order: OrderView) -> None:
    planned = plan_status(order, SETTINGS)
    if planned.change is None:
        return
    decision = decide(SETTINGS.rules, order_facts(order.facts))
    assert decision is not None
    assert planned.change.status == decision.outcome
    for before in (order.known_status, order.confirmed_status):
        assert before not in ORDERED or ORDERED.index(planned.change.status) > ORDERED.index(before)


@given(VIEWS)
def test_every_word_of_a_status_is_known_and_carries_its_parameters(order: OrderView) -> None:
    planned = plan_status(order, SETTINGS)
    for step in planned.trace:
        assert set(step.params) == set({**CODES, **PARCELS, **NOTES}[step.code])
    assert planned.skip is None or set(planned.skip.params) == set(SKIPS[planned.skip.code])
