"""Commands over many offers through our client."""

from __future__ import annotations

from decimal import Decimal

import pytest

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.commands import CommandKind, CommandReport, Task
from allegro_integration.client.errors import CommandExists, NotFound, OutcomeUnknown, Refused, failure_of
from connectify.domain.errors import Retryable
from connectify.domain.money import Money
from tests.allegro_client.answers import report, task
from tests.allegro_client.conftest import ManualTime
from tests.allegro_client.scripted import Scripted

COMMAND = "7f3c1e52-3f0b-4a8e-9d0e-0c8a52b0a001"


def test_a_quantity_command_sets_one_fixed_value(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(201, report(COMMAND))
    sent: list[str] = []
    scripted_api.put_quantity_command(COMMAND, value=4, offers=["1", "2"], on_sent=lambda: sent.append("x"))
    assert script.last["path"] == f"/sale/offer-quantity-change-commands/{COMMAND}"
    assert script.sent == {
        "modification": {"changeType": "FIXED", "value": 4},
        "offerCriteria": [{"type": "CONTAINS_OFFERS", "offers": [{"id": "1"}, {"id": "2"}]}],
    }
    assert sent == ["x"]


@pytest.mark.parametrize(("marketplace", "named"), [(None, {}), ("allegro-sk", {"marketplaceId": "allegro-sk"})])
def test_a_price_command_names_the_marketplace_unless_it_is_the_base(
    scripted_api: AllegroApi, script: Scripted, marketplace: str | None, named: dict[str, str]
) -> None:
    script.answer(201, report(COMMAND))
    euros = Money(Decimal("9.90"), "EUR")
    scripted_api.put_price_command(COMMAND, price=euros, marketplace=marketplace, offers=["1"])
    price = {"type": "FIXED_PRICE", "price": {"amount": "9.90", "currency": "EUR"}}
    assert script.sent["modification"] == {**price, **named}


def test_an_end_command_ends_the_offers(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(201, report(COMMAND))
    scripted_api.put_end_command(COMMAND, offers=["1"])
    assert script.last["path"] == f"/sale/offer-publication-commands/{COMMAND}"
    assert script.sent["publication"] == {"action": "END"}


@pytest.mark.parametrize("offers", [[], ["1"] * 1001])
def test_a_command_is_for_one_to_a_thousand_offers(
    scripted_api: AllegroApi, script: Scripted, offers: list[str]
) -> None:
    with pytest.raises(ValueError, match="1 to 1000"):
        scripted_api.put_end_command(COMMAND, offers=offers)
    assert script.asked == []


def test_a_command_sets_no_stock_of_zero(scripted_api: AllegroApi, script: Scripted) -> None:
    with pytest.raises(ValueError, match="below one"):
        scripted_api.put_quantity_command(COMMAND, value=0, offers=["1"])
    assert script.asked == []


def test_a_command_that_allegro_has_already_is_told_apart(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(409)
    with pytest.raises(CommandExists) as caught:
        scripted_api.put_quantity_command(COMMAND, value=4, offers=["1"])
    assert caught.value.code == "command_exists"


def test_a_refused_command_says_why(scripted_api: AllegroApi, script: Scripted) -> None:
    script.refuse(422, "INCORRECT_QUANTITY_VALUE", "too many")
    with pytest.raises(Refused) as caught:
        scripted_api.put_quantity_command(COMMAND, value=4, offers=["1"])
    assert caught.value.errors[0].code == "INCORRECT_QUANTITY_VALUE"


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"id":"another"}'])
def test_a_command_without_allegros_own_answer_may_have_arrived(
    scripted_api: AllegroApi, script: Scripted, body: bytes
) -> None:
    script.answer(201, body)
    with pytest.raises(OutcomeUnknown):
        scripted_api.put_end_command(COMMAND, offers=["1"])


@pytest.mark.parametrize(
    ("kind", "folder"),
    [
        ("quantity", "offer-quantity-change-commands"),
        ("price", "offer-price-change-commands"),
        ("publication", "offer-publication-commands"),
    ],
)
def test_each_kind_has_its_report_and_its_tasks(
    scripted_api: AllegroApi, script: Scripted, kind: CommandKind, folder: str
) -> None:
    script.answer(200, report(COMMAND))
    script.answer(200, report(COMMAND, completed=True, total=3, success=2, failed=1))
    script.answer(200, {"tasks": []})
    assert scripted_api.command_report(kind, COMMAND) == CommandReport(False, 0, 0, 0)
    assert scripted_api.command_report(kind, COMMAND) == CommandReport(True, 3, 2, 1)
    assert scripted_api.command_tasks(kind, COMMAND, offset=20, limit=10).size == 0
    assert [one["path"] for one in script.asked] == [
        f"/sale/{folder}/{COMMAND}",
        f"/sale/{folder}/{COMMAND}",
        f"/sale/{folder}/{COMMAND}/tasks",
    ]
    assert script.last["query"] == "limit=10&offset=20"


def test_a_command_that_never_arrived_is_not_found(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(404)
    with pytest.raises(NotFound):
        scripted_api.command_report("price", COMMAND)


def test_a_report_of_another_command_is_not_used(scripted_api: AllegroApi, script: Scripted) -> None:
    script.answer(200, report("another"))
    with pytest.raises(Retryable) as caught:
        scripted_api.command_report("price", COMMAND)
    assert caught.value.code == "unreadable_answer"


def test_tasks_tell_what_became_of_each_offer(scripted_api: AllegroApi, script: Scripted) -> None:
    error = {"code": "INVALID_PRICE", "message": "bad price", "userMessage": "Špatná cena", "details": None}
    tasks = [
        task("1"),
        task("2", "FAIL", field="price", message="failed", errors=[error]),
        task("3", "FAIL", message="failed", errors=[]),
        task("4", "PONDERING"),
        {"status": "FAIL"},
    ]
    script.answer(200, {"tasks": tasks})
    page = scripted_api.command_tasks("price", COMMAND)
    assert page.tasks == (
        Task(offer_id="1", status="SUCCESS", code="", message="", field="quantity"),
        Task(offer_id="2", status="FAIL", code="INVALID_PRICE", message="Špatná cena", field="price"),
        Task(offer_id="3", status="FAIL", code="", message="failed", field="quantity"),
        Task(offer_id="4", status="PONDERING", code="", message="", field="quantity"),
    )
    assert [one.raw for one in page.odd] == [b'{"status": "FAIL"}']
    assert page.size == 5


@pytest.mark.parametrize(
    ("code", "message", "failure"),
    [
        ("SERVICE_UNAVAILABLE", "Service unavailable.", "passing"),
        ("QeppoResponseException.IncorrectErrorResponseFormat", "", "passing"),
        ("", "EXCEPTION_DURING_OFFER_QUANTITY_UPDATE", "passing"),
        ("ERR_YOU_CANT_CHANGE_ITEM_EDIT_IN_PROGRESS", "being edited", "busy"),
        ("OfferConflictException", "", "busy"),
        ("INCORRECT_QUANTITY_VALUE", "too many", "refused"),
        ("SOMETHING_NEW", "", "refused"),
        ("", "", "refused"),
    ],
)
def test_a_failed_task_says_whether_the_same_value_may_go_again(code: str, message: str, failure: str) -> None:
    failed = Task(offer_id="1", status="FAIL", code=code, message=message, field="quantity")
    assert failed.failure == failure


@pytest.mark.parametrize(
    ("codes", "failure"),
    [
        ([], "refused"),
        (["OfferConflictException", "SERVICE_UNAVAILABLE"], "passing"),
        (["SERVICE_UNAVAILABLE", "MissingProducer"], "refused"),
        (["OfferConflictException", "MissingProducer"], "refused"),
    ],
)
def test_of_several_reasons_the_one_that_a_person_must_mend_decides(codes: list[str], failure: str) -> None:
    assert failure_of(codes) == failure


def test_commands_are_counted_in_offers(scripted_api: AllegroApi, script: Scripted, manual_time: ManualTime) -> None:
    for _ in range(3):
        script.answer(201, report(COMMAND))
        scripted_api.put_quantity_command(COMMAND, value=1, offers=["1"] * 1000)
    # 8 000 changes a minute, the first 1 000 at once.
    assert sum(manual_time.slept) == pytest.approx(15, abs=0.1)
