"""Who pays and where the parcel goes."""

from __future__ import annotations

from typing import Any

import pytest

from allegro_integration.domain.explain import Code
from pohoda_bridge.documents import Party, ShipTo
from tests.allegro_domain.forms import address, buyer, delivery, form, noted, plan

EMAIL = "hamu7udk3p+17454c1b6@allegromail.pl"


def _invoice(**address_parts: Any) -> dict[str, Any]:
    return {
        "required": True,
        "address": {
            "street": "Fakturní 3",
            "city": "Ostrava",
            "zipCode": "70200",
            "countryCode": "CZ",
            **address_parts,
        },
    }


def _company(*ids: tuple[str, str]) -> dict[str, Any]:
    return {
        "name": "Firma s.r.o.",
        "vatPayerStatus": "ACTIVE",
        "ids": [{"type": type_, "value": value} for type_, value in ids],
    }


def test_a_company_with_an_invoice_address_pays_with_its_numbers() -> None:
    invoice = _invoice(company=_company(("CZ_DIC", "cz 12345678"), ("CZ_ICO", "123 45 678")))
    order = plan(form(invoice=invoice), link_companies=True).order
    assert order.buyer == Party(
        company="Firma s.r.o.",
        street="Fakturní 3",
        city="Ostrava",
        zip="70200",
        country="CZ",
        ico="12345678",
        dic="CZ12345678",
        phone="+420 777 111 222",
        email=EMAIL,
    )
    assert order.link_to_address


@pytest.mark.parametrize(
    ("ids", "ico", "dic", "ic_dph"),
    [
        ([("SK_ICO", "87654321"), ("SK_IC_DPH", "SK2020202020")], "87654321", "", "SK2020202020"),
        ([("PL_NIP", "1234567890")], "", "1234567890", ""),
        ([("HU_ADOSZAM", "12345678-1-42")], "", "12345678-1-42", ""),
        ([("VAT_EU", "DE123456789")], "", "DE123456789", ""),
        ([("VAT_EU", "CZ12345678"), ("CZ_DIC", "CZ12345678")], "", "CZ12345678", ""),
    ],
)
def test_company_numbers_go_by_their_type(ids: list[tuple[str, str]], ico: str, dic: str, ic_dph: str) -> None:
    planned = plan(form(invoice=_invoice(company=_company(*ids))))
    party = planned.order.buyer
    assert (party.ico, party.dic, party.ic_dph) == (ico, dic, ic_dph)
    assert not noted(planned, Code.TAX_ID_UNUSED)
    assert not noted(planned, Code.TAX_ID_ODD)


def test_a_number_of_unknown_type_and_one_of_odd_shape_are_noted() -> None:
    planned = plan(form(invoice=_invoice(company=_company(("OTHER", "X1"), ("CZ_ICO", "12-3")))))
    assert planned.order.buyer.ico == "12-3"
    assert [note.params for note in noted(planned, Code.TAX_ID_UNUSED)] == [{"type": "OTHER", "value": "X1"}]
    assert [note.params for note in noted(planned, Code.TAX_ID_ODD)] == [{"type": "CZ_ICO", "value": "12-3"}]


def test_a_second_number_for_the_same_field_never_replaces_the_countrys_own() -> None:
    planned = plan(form(invoice=_invoice(company=_company(("VAT_EU", "DE123456789"), ("CZ_DIC", "CZ12345678")))))
    assert planned.order.buyer.dic == "CZ12345678"
    assert noted(planned, Code.TAX_ID_UNUSED)[0].params == {"type": "VAT_EU", "value": "DE123456789"}


def test_a_company_without_numbers_is_noted_and_not_linked() -> None:
    planned = plan(form(invoice=_invoice(company=_company())), link_companies=True)
    assert noted(planned, Code.COMPANY_WITHOUT_ID)[0].params == {"company": "Firma s.r.o."}
    assert not planned.order.link_to_address


def test_a_person_with_an_invoice_address_pays() -> None:
    party = plan(form(invoice=_invoice(naturalPerson={"firstName": "Petr", "lastName": "Malý"}))).order.buyer
    assert (party.company, party.name, party.city) == ("", "Petr Malý", "Ostrava")


def test_without_an_invoice_address_the_profile_pays_not_the_delivery_address() -> None:
    party = plan(form()).order.buyer
    assert (party.name, party.street, party.city, party.zip) == ("Jana Nováková", "Krátká 1", "Praha", "110 00")


def test_without_a_profile_address_the_delivery_address_is_taken_and_explained() -> None:
    planned = plan(form(buyer=buyer(address=None, firstName=None, lastName=None)))
    assert planned.order.buyer.street == "Dlouhá 12"
    assert planned.order.buyer.name == "Jana Nováková"
    assert Code.BUYER_FROM_DELIVERY in {step.code for step in planned.trace}


def test_the_parcel_goes_to_the_delivery_address_never_to_the_profile() -> None:
    assert plan(form()).order.ship_to == ShipTo(
        name="Jana Nováková",
        street="Dlouhá 12",
        city="Brno",
        zip="602 00",
        country="CZ",
        phone="+420 777 111 222",
        email=EMAIL,
    )


def test_a_pickup_point_stands_in_the_company_with_its_id() -> None:
    point = {
        "id": "Z-1234",
        "name": "Z-BOX Brno",
        "description": "u vchodu",
        "address": {"street": "Nádražní 5", "zipCode": "60200", "city": "Brno", "countryCode": "CZ"},
    }
    ship_to = plan(form(delivery=delivery(pickupPoint=point))).order.ship_to
    assert ship_to is not None
    assert (ship_to.company, ship_to.street, ship_to.name) == ("Z-BOX Brno (Z-1234)", "Nádražní 5", "Jana Nováková")


def test_a_pickup_point_without_an_address_keeps_the_delivery_address() -> None:
    ship_to = plan(form(delivery=delivery(pickupPoint={"id": "Z-1"}, address=address(street="")))).order.ship_to
    assert ship_to is not None
    assert (ship_to.company, ship_to.city) == ("Z-1", "Brno")
