"""What a checkout form's content says about itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from allegro_integration.domain.forms import FormState, content_hash, form_state, joint_form, superseded_forms
from allegro_integration.domain.marketplaces import MARKETPLACES, marketplace
from connectify.domain.errors import Rejected
from tests.allegro_domain.forms import FORM_ID, address, delivery, form, line, price


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, FormState.READY),
        ({"fulfillment": None}, FormState.READY),
        ({"delivery": None}, FormState.INCOMPLETE),
        ({"status": "BOUGHT", "delivery": None}, FormState.NOT_READY),
        ({"status": "FILLED_IN"}, FormState.NOT_READY),
        ({"status": "CANCELLED"}, FormState.CANCELLED),
        ({"status": "SOMETHING_NEW"}, FormState.UNKNOWN_STATUS),
        ({"fulfillment": {"provider": {"id": "ALLEGRO"}}}, FormState.FULFILLED_BY_ALLEGRO),
        ({"fulfillment": {"provider": {"id": "ALLEGRO"}}, "status": "CANCELLED"}, FormState.CANCELLED),
    ],
)
def test_the_forms_own_content_decides_whether_it_is_an_order(more: dict[str, object], state: FormState) -> None:
    assert form_state(form(**more)) is state  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "more",
    [
        {"revision": "other"},
        {"updatedAt": "2026-11-21T00:00:00Z"},
        {"fulfillment": {"status": "PROCESSING", "provider": {"id": "SELLER"}}},
        {"delivery": delivery(address=address(modifiedAt="2026-11-21T00:00:00Z"))},
        {"delivery": delivery(time=None)},
        {"delivery": delivery("59.0")},
        {"note": {"text": "seller's own"}},
    ],
)
def test_what_does_not_change_the_order_does_not_change_its_hash(more: dict[str, object]) -> None:
    assert content_hash(form(**more)) == content_hash(form())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "more",
    [
        {"status": "CANCELLED"},
        {"delivery": delivery(address=address(street="Jiná 1"))},
        {"delivery": delivery("60.00")},
        {"delivery": delivery(pickupPoint={"id": "Z"})},
        {"lineItems": [line(quantity=2)]},
        {"lineItems": [line(amount="101.00")]},
        {"invoice": {"required": True}},
        {"summary": {"totalToPay": price("160.00")}},
        {"messageToSeller": "x"},
    ],
)
def test_what_changes_the_order_changes_its_hash(more: dict[str, object]) -> None:
    assert content_hash(form(**more)) != content_hash(form())  # type: ignore[arg-type]


def test_the_order_of_lines_does_not_matter_to_the_hash() -> None:
    assert content_hash(form(lineItems=[line(1), line(2)])) == content_hash(form(lineItems=[line(2), line(1)]))


def test_a_form_supersedes_those_that_its_lines_were_known_under() -> None:
    merged = form(lineItems=[line(1), line(2), line(3)])
    known = {line(1)["id"]: "earlier-b", line(2)["id"]: "earlier-a", line(3)["id"]: FORM_ID, "foreign": "other"}
    assert superseded_forms(merged, known) == ("earlier-a", "earlier-b")
    assert superseded_forms(form(), {line(1)["id"]: FORM_ID}) == ()


def test_an_unknown_marketplace_is_rejected_with_its_name() -> None:
    with pytest.raises(Rejected) as caught:
        marketplace("allegro-lt")
    assert (caught.value.code, caught.value.params) == ("unknown_marketplace", {"marketplace": "allegro-lt"})


@pytest.mark.parametrize(
    ("id_", "amount", "accepted"),
    [
        ("allegro-cz", "583", True),
        ("allegro-cz", "583.00", True),
        ("allegro-cz", "583.92", False),
        ("allegro-hu", "1995", True),
        ("allegro-hu", "1997", False),
        ("allegro-sk", "19.99", True),
        ("allegro-sk", "19.999", False),
        ("allegro-pl", "0", False),
    ],
)
def test_prices_fit_their_marketplace(id_: str, amount: str, accepted: bool) -> None:
    assert marketplace(id_).accepts_price(Decimal(amount)) is accepted


def test_business_marketplaces_share_their_countrys_currency() -> None:
    for place in MARKETPLACES.values():
        if place.is_business:
            country = place.country.lower()
            assert place.currency == MARKETPLACES[f"allegro-{country}"].currency


def test_a_form_whose_lines_are_part_of_a_larger_one_was_merged_into_it():
    ours = frozenset({"a", "b"})
    assert joint_form(ours, {"joint": frozenset({"a", "b", "c"})}) == "joint"
    assert joint_form(ours, {"same": ours, "smaller": frozenset({"a"}), "other": frozenset({"b", "c"})}) == ""
    assert joint_form(frozenset(), {"any": frozenset({"a"})}) == ""
