"""The buyer changes the order while it is on its way to Pohoda: the last word goes, or a person hears of it."""

import json

import pytest

from allegro_integration.client.errors import NotFound
from allegro_integration.models import Order
from allegro_integration.services import retries
from allegro_integration.services.resync import resync_order
from connectify.audit.models import AuditEntry
from connectify.domain.errors import Rejected
from connectify.sync import quarantine
from connectify.sync.models import Quarantined
from pohoda_bridge.documents import Detail, Imported, NotSent, Refused
from pohoda_bridge.protocol import OrderImported
from pohoda_bridge.server.models import Job
from tests.allegro_services.cycles import ACCOUNT, UNIT, Town, form, form_id

STREET = "Nová ulice 99"


def moved(number: int):
    raw = form(number)
    raw["delivery"]["address"]["street"] = STREET
    return raw


def is_new(town: Town) -> bool:
    return STREET in json.dumps(town.change(1).content, ensure_ascii=False)


def test_a_job_that_still_waits_is_replaced_by_the_new_document(town: Town):
    town.send(form(1))
    town.send(moved(1))
    job = town.hand_out()
    assert STREET in bytes(job.body).decode("cp1250")
    assert list(Job.objects.exclude(pk=job.pk).values_list("state", flat=True)) == ["cancelled"]


def test_what_did_not_leave_goes_with_the_new_content(town: Town):
    town.send(form(1))
    job = town.hand_out()
    town.send(moved(1))
    assert not is_new(town)
    town.finish(job, OrderImported(outcome=NotSent("not_allowed")))
    town.turn(UNIT)
    town.turn(ACCOUNT)
    assert (town.change(1).state, is_new(town)) == ("planned", True)


def test_what_got_in_with_the_old_content_is_a_persons_to_compare(town: Town):
    town.send(form(1))
    job = town.hand_out()
    town.send(moved(1))
    town.finish(job, OrderImported(outcome=Imported(5, "26001")))
    town.turn(UNIT)
    town.turn(ACCOUNT)
    assert town.facts(1) == ("sent", "")
    assert town.shop.tasks() == {"changed_after_import": "open"}
    assert not is_new(town)


def test_an_order_whose_goods_a_joint_form_has_is_never_sent_again(town: Town):
    refused(town)
    joint = form(2)
    joint["lineItems"][0]["id"] = form(1)["lineItems"][0]["id"]
    town.offer(joint)
    town.turn(ACCOUNT)
    assert town.facts(1) == ("superseded", "merged")
    row = Quarantined.objects.get(subject_kind="order")
    with pytest.raises(Rejected) as caught:
        quarantine.retry(quarantined=row, actor=None)
    assert (caught.value.code, town.change(1).state) == ("not_wanted_any_more", "refused")


def test_an_order_that_was_refused_and_then_cancelled_is_never_sent_again(town: Town):
    refused(town)
    town.offer(form(1, status="CANCELLED"))
    town.turn(ACCOUNT)
    assert town.facts(1) == ("skipped", "cancelled")
    with pytest.raises(Rejected) as caught:
        retries.retry_order(order=town.order(1), actor=None)
    assert (caught.value.code, town.change(1).state) == ("not_wanted_any_more", "refused")


@pytest.mark.parametrize(("state", "code"), [("superseded", "merged"), ("skipped", "cancelled")])
def test_a_refused_order_that_the_buyer_does_not_want_any_more_is_read_again_and_does_not_go(
    town: Town, state: str, code: str
):
    refused(town)
    Order.objects.update(state=state, code=code)
    resync_order(order=town.order(1), actor=None)
    town.turn(ACCOUNT)
    town.turn(UNIT)
    assert (town.facts(1), town.change(1).state) == ((state, code), "refused")
    assert Job.objects.filter(operation="import_order").count() == 1
    assert AuditEntry.objects.filter(action="order.resynced").count() == 1


def test_a_form_that_is_read_late_gives_way_to_the_joint_one(town: Town):
    """The joint form came first. It has more lines than the one it was made of, so it is known as the joint one."""
    late, joint = form(1), form(2, lineItems=[line_of(2), line_of(2)])
    joint["lineItems"][0]["id"] = late["lineItems"][0]["id"]
    joint["lineItems"][1]["id"] = form(3)["lineItems"][0]["id"]
    joint["summary"] = {"totalToPay": {"amount": "259.00", "currency": "CZK"}}
    town.offer(joint)
    town.turn(ACCOUNT)
    town.offer(late)
    town.turn(ACCOUNT)
    assert town.facts(2) == ("waiting", "queued")
    town.allegro.forms[form_id(1)] = NotFound("not_found", "")
    for _ in range(3):
        town.hint(form_id(1))
        town.wait_for(1)
        town.turn(ACCOUNT)
    assert (town.facts(2), town.shop.tasks(), town.orders()) == (("waiting", "queued"), {}, [form_id(2)])


def test_a_value_that_pohoda_changed_is_a_task_and_the_order_counts_as_sent(town: Town):
    town.send(form(1))
    path = "/dat:dataPack/ord:orderHeader/ord:paymentType"
    changed = Detail("warning", 603, "změněno", path, "Allegro", "Hotově")
    town.answer(Imported(5, "26001", warnings=(changed,)))
    town.turn(UNIT)
    assert town.facts(1) == ("sent", "value_changed_in_pohoda")
    assert town.order(1).params == {"values": "paymentType: Allegro → Hotově"}
    assert town.shop.tasks() == {"value_changed_in_pohoda": "open"}


def refused(town: Town) -> None:
    town.send(form(1))
    town.answer(Refused(105, "chybí sklad"))
    town.turn(UNIT)
    assert town.facts(1) == ("error", "pohoda_refused")


def line_of(number: int):
    return form(number)["lineItems"][0].copy()
