"""A person's "send again", and the approval to create an order a second time under new ids."""

import pytest

from allegro_integration.models import Order
from allegro_integration.services import imports
from allegro_integration.services.retries import recreate_order, retry_order
from connectify.audit.models import AuditEntry
from connectify.domain.change import ChangeState
from connectify.domain.errors import Rejected
from connectify.sync import quarantine
from connectify.sync.models import Change, Quarantined
from connectify.users.models import User
from pohoda_bridge.documents import Duplicate, Imported
from pohoda_bridge.server.jobs import order_of
from pohoda_bridge.server.models import Job
from pohoda_bridge.xml.errors import DocumentError
from tests.allegro_services.cycles import ACCOUNT, UNIT, Town, form
from tests.allegro_services.shop import Shop

S = ChangeState
REASON = "Smazáno v Pohodě omylem"


def given_up(shop: Shop) -> Order:
    """Pohoda called it a duplicate, and had it nowhere."""
    shop.bring_to(S.INTENT)
    shop.answer(Duplicate("již existuje"))
    shop.found()
    assert (shop.change().state, shop.order().code) == (S.QUARANTINED, "duplicate_not_found")
    return shop.order()


def creations(shop: Shop) -> list[tuple[str, str, str]]:
    rows = Change.objects.filter(kind="order.create").order_by("planned_at")
    return [(row.key.rsplit(":", 1)[1], row.state, row.code) for row in rows]


def test_an_approved_second_creation_has_a_new_generation_and_key_and_is_audited(shop: Shop):
    order = given_up(shop)
    actor = User.objects.create_user("petra@example.cz", "a long enough password")

    order = recreate_order(order=order, actor=actor, reason=f" {REASON} ")

    assert (order.generation, order.state, order.code) == (2, "waiting", "queued")
    assert creations(shop) == [("1", "superseded", "recreated"), ("2", "planned", "")]
    assert shop.tasks() == {"duplicate_not_found": "solved"}
    entry = AuditEntry.objects.get(action="order.recreated")
    assert (entry.actor, entry.object_id, entry.reason) == (actor, order.pk, REASON)
    assert (entry.before, entry.after) == ({"generation": 1}, {"generation": 2})
    assert shop.story()[-2:] == ["order.retried", "order.planned"]


def test_the_second_creation_goes_with_other_ids_and_the_same_name_of_the_buyers_side(town: Town):
    town.send(form(1))
    town.answer(Duplicate("již existuje"))
    town.turn(UNIT)
    lookup = town.hand_out()
    town.found(lookup)
    town.turn(UNIT)
    recreate_order(order=town.order(1), actor=None, reason=REASON)
    town.turn(UNIT)
    first, second = (
        order_of(job).operation for job in Job.objects.filter(operation="import_order").order_by("created_at")
    )
    assert first.ext_id == second.ext_id
    assert first.pack_id != second.pack_id
    assert first.item_id != second.item_id
    town.answer(Imported(5, "26001"))
    town.turn(UNIT)
    town.turn(ACCOUNT)
    assert town.facts(1) == ("sent", "")
    assert len(town.allegro.processing) == 1


@pytest.mark.parametrize("state", [S.PLANNED, S.INTENT, S.UNKNOWN, S.CONFIRMED, S.REFUSED, S.QUARANTINED])
def test_nothing_but_a_duplicate_that_was_looked_for_is_created_again(shop: Shop, state):
    shop.bring_to(state)
    before = shop.everything()
    with pytest.raises(Rejected) as caught:
        recreate_order(order=shop.order(), actor=None, reason=REASON)
    assert (caught.value.code, shop.everything()) == ("nothing_to_retry", before)


def test_an_approval_without_a_reason_is_none(shop: Shop):
    order = given_up(shop)
    with pytest.raises(Rejected) as caught:
        recreate_order(order=order, actor=None, reason="  ")
    assert (caught.value.code, shop.order().generation) == ("reason_missing", 1)


def test_an_approval_counts_once(shop: Shop):
    order = given_up(shop)
    recreate_order(order=order, actor=None, reason=REASON)
    with pytest.raises(Rejected):
        recreate_order(order=order, actor=None, reason=REASON)
    assert shop.order().generation == 2


def test_a_cancelled_order_is_not_created_again(shop: Shop):
    given_up(shop)
    shop.receive(status="CANCELLED")
    with pytest.raises(Rejected) as caught:
        recreate_order(order=shop.order(), actor=None, reason=REASON)
    assert (caught.value.code, shop.order().generation) == ("not_wanted_any_more", 1)


def test_a_late_answer_to_the_first_creation_moves_nothing(shop: Shop):
    recreate_order(order=given_up(shop), actor=None, reason=REASON)
    first = Change.objects.get(key__endswith=":1")
    shop.settle(first, Imported(5, "26001"))
    assert [state for _, state, _ in creations(shop)] == ["superseded", "planned"]
    assert (shop.order().state, shop.order().pohoda_number) == ("waiting", "")


@pytest.mark.parametrize("how", ["page", "task"])
def test_an_order_that_is_no_document_is_a_task_and_can_be_tried_again(town: Town, monkeypatch, how):
    with monkeypatch.context() as patch:
        patch.setattr(imports, "write_order", unwritable)
        town.send(form(1))
    change = town.change(1)
    assert (change.state, change.code, town.facts(1)) == (S.HELD, "document", ("error", "document"))
    assert town.shop.tasks() == {"document": "open"}
    if how == "page":
        retry_order(order=town.order(1), actor=None)
    else:
        quarantine.retry(quarantined=Quarantined.objects.get(), actor=None)
    assert (town.change(1).state, town.facts(1)) == (S.PLANNED, ("waiting", "queued"))
    town.turn(UNIT)
    town.answer(Imported(5, "26001"))
    town.turn(UNIT)
    assert (town.facts(1), town.shop.tasks()) == (("sent", ""), {"document": "solved"})


def unwritable(*arguments: object, **options: object) -> None:
    raise DocumentError("empty", "company")
