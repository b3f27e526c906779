"""Invented buyers of four countries: names, addresses, companies with tax ids whose check digits hold."""

import random
from functools import cache
from importlib.resources import files

import msgspec

from allegro_integration.sandbox.context import Json


class Country(msgspec.Struct, frozen=True):
    language: str
    phone: str
    men: list[str]
    men_last: list[str]
    women: list[str]
    women_last: list[str]
    streets: list[str]
    towns: list[tuple[str, str]]
    companies: list[str]
    points: list[str]


class Person(msgspec.Struct, frozen=True):
    """A buyer; `company_ids` are (type, value) pairs of Allegro's invoice, empty with a private person."""

    country: str
    language: str
    first_name: str
    last_name: str
    phone: str
    street: str
    city: str
    zip_code: str
    company: str | None
    company_ids: tuple[tuple[str, str], ...]
    vat_payer: bool


@cache
def countries() -> dict[str, Country]:
    text = files("allegro_integration.sandbox").joinpath("people.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, Country])


def make_person(draw: random.Random, country: str, company: bool) -> Person:
    place = countries()[country]
    woman = draw.random() < 0.5
    city, zip_code = draw.choice(place.towns)
    vat_payer = company and draw.random() < 0.75
    return Person(
        country=country,
        language=place.language,
        first_name=draw.choice(place.women if woman else place.men),
        last_name=draw.choice(place.women_last if woman else place.men_last),
        phone=place.phone.format(f"{draw.randrange(10**8):08d}"),
        street=draw.choice(place.streets),
        city=city,
        zip_code=zip_code,
        company=draw.choice(place.companies) if company else None,
        company_ids=_company_ids(draw, country, vat_payer) if company else (),
        vat_payer=vat_payer,
    )


def address_of(person: Person) -> Json:
    """A delivery address as in checkout forms."""
    address = {
        "firstName": person.first_name,
        "lastName": person.last_name,
        "street": person.street,
        "city": person.city,
        "zipCode": person.zip_code,
        "countryCode": person.country,
        "phoneNumber": person.phone,
    }
    return {**address, "companyName": person.company} if person.company else address


def registration_number(draw: random.Random) -> str:
    """A Czech or Slovak IČO: seven digits and the check digit by weights 8 to 2, modulo 11."""
    digits = [draw.randrange(1, 10), *(draw.randrange(10) for _ in range(6))]
    rest = sum(digit * weight for digit, weight in zip(digits, range(8, 1, -1), strict=True)) % 11
    return "".join(map(str, digits)) + str({0: 1, 1: 0}.get(rest, 11 - rest))


def _company_ids(draw: random.Random, country: str, vat_payer: bool) -> tuple[tuple[str, str], ...]:
    number = registration_number(draw)
    match country:
        case "CZ":
            return (("CZ_ICO", number), *((("CZ_DIC", f"CZ{number}"),) if vat_payer else ()))
        case "SK":
            vat = f"SK{(200_000_000 + draw.randrange(10_000_000)) * 11}"
            return (("SK_ICO", number), *((("SK_IC_DPH", vat),) if vat_payer else ()))
        case "PL":
            return (("PL_NIP", _polish_number(draw)),)
        case _:
            return (("HU_ADOSZAM", f"{draw.randrange(10**7, 10**8)}-2-{draw.randrange(2, 45):02d}"),)


def _polish_number(draw: random.Random) -> str:
    while True:
        digits = [draw.randrange(1, 10) for _ in range(9)]
        check = sum(digit * weight for digit, weight in zip(digits, (6, 5, 7, 2, 3, 4, 5, 6, 7), strict=True)) % 11
        if check < 10:
            return "".join(map(str, digits)) + str(check)
