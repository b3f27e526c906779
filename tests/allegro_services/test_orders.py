"""Orders: what a form means for the order of it, before it goes and after it went."""

import pytest

from allegro_integration.models import Order
from allegro_integration.services import orders
from allegro_integration.services.mappings import map_delivery
from allegro_integration.services.retries import retry_order
from connectify.audit.models import AuditEntry
from connectify.domain.change import ChangeState
from connectify.domain.errors import Rejected
from connectify.instances.models import Instance
from connectify.sync.models import Change
from connectify.sync.quarantine import put
from tests.allegro_domain.forms import FORM_ID, METHOD_ID, delivery, line
from tests.allegro_services.shop import MERGED_ID

S = ChangeState
UNMAPPED = {"delivery": delivery(method={"id": "no-such", "name": "Dron"})}


def facts(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.state, order.code


def test_a_ready_form_becomes_an_order_with_one_planned_change(shop):
    order = shop.receive()
    change = shop.change()
    assert facts(order) == ("waiting", "queued")
    assert (change.state, change.resource_id) == (S.PLANNED, shop.market.unit_id)
    assert change.key == f"allegro:custom:{shop.market.account.seller_id}:{FORM_ID}:1"
    assert shop.story() == ["order.seen", "order.read", "order.planned"]


@pytest.mark.parametrize("status", ["BOUGHT", "FILLED_IN"])
def test_what_is_not_paid_is_no_order_yet(shop, status):
    assert shop.receive(status=status) is None
    assert Order.objects.count() == 0


def test_an_order_waits_with_its_reason_and_is_held_when_the_reason_comes_later(shop):
    order = shop.receive(**UNMAPPED)
    assert facts(order) == ("waiting", "unmapped_delivery")
    assert order.params == {"method_id": "no-such", "method_name": "Dron"}
    assert Change.objects.count() == 0
    shop.receive()
    assert shop.change().state == S.PLANNED
    shop.receive(**UNMAPPED)
    assert (shop.change().state, shop.change().code) == (S.HELD, "unmapped_delivery")
    shop.receive()
    assert (shop.change().state, shop.change().code) == (S.PLANNED, "")
    assert facts(order) == ("waiting", "queued")


def test_a_method_without_an_id_is_no_failure_but_waits_for_its_mapping(shop):
    order = shop.receive(delivery=delivery(method={"id": None, "name": "Dron"}))
    assert facts(order) == ("waiting", "unmapped_delivery")
    assert (order.delivery_method, order.delivery_method_id) == ("Dron", "")


def test_waiting_twice_for_one_reason_is_said_once(shop):
    shop.receive(**UNMAPPED)
    shop.receive(**UNMAPPED, messageToSeller="Hello")
    assert shop.story().count("order.waiting") == 1


def test_mapping_a_method_is_a_new_version_and_is_audited_once(shop):
    instance = shop.market.instance
    version = instance.settings_version
    for _ in range(2):
        map_delivery(instance=instance, method_id="no-such", method_name="Dron", carrier="PPL")
    assert Instance.objects.get(pk=instance.pk).settings_version == version + 1
    entry = AuditEntry.objects.filter(action="mapping.delivery_saved").latest("at")
    assert entry.after["method_id"] == "no-such"
    map_delivery(instance=instance, method_id=METHOD_ID, method_name="PPL", carrier="DPD")
    entry = AuditEntry.objects.filter(action="mapping.delivery_saved").latest("at")
    assert (entry.before["carrier"], entry.after["carrier"]) == ("PPL", "DPD")


def test_an_order_cancelled_before_it_left_is_dropped(shop):
    order = shop.receive()
    shop.receive(status="CANCELLED")
    assert facts(order) == ("skipped", "cancelled")
    assert (shop.change().state, shop.change().code) == (S.SUPERSEDED, "cancelled")
    assert shop.tasks() == {}


@pytest.mark.parametrize("state", [S.INTENT, S.UNKNOWN, S.CONFIRMED, S.QUARANTINED])
def test_an_order_cancelled_after_it_left_calls_a_person(shop, state):
    shop.bring_to(state)
    shop.receive(status="CANCELLED")
    assert facts(shop.order()) == ("error", "cancelled_after_import")
    assert shop.tasks()["cancelled_after_import"] == "open"
    assert shop.change().state == state


def test_a_refused_order_that_is_cancelled_needs_nobody(shop):
    shop.bring_to(S.REFUSED)
    shop.receive(status="CANCELLED")
    assert facts(shop.order()) == ("skipped", "cancelled")


@pytest.mark.parametrize(
    ("state", "after", "facts_after"),
    [
        (S.PLANNED, S.SUPERSEDED, ("superseded", "merged")),
        (S.INTENT, S.INTENT, ("error", "merged_after_import")),
        (S.UNKNOWN, S.UNKNOWN, ("error", "merged_after_import")),
        (S.CONFIRMED, S.CONFIRMED, ("error", "merged_after_import")),
    ],
)
def test_purchases_paid_together_replace_the_earlier_order(shop, state, after, facts_after):
    shop.bring_to(state)
    joint = shop.receive(id=MERGED_ID, lineItems=[line()])
    assert facts(shop.order()) == facts_after
    assert shop.change().state == after
    assert facts(joint) == ("waiting", "queued")
    assert shop.order().params == {"by": MERGED_ID}


def test_a_change_after_the_import_is_a_task_and_no_second_order(shop):
    shop.bring_to(S.CONFIRMED)
    shop.receive(lineItems=[line(quantity=2)], summary={"totalToPay": {"amount": "259.00", "currency": "CZK"}})
    assert shop.tasks() == {"changed_after_import": "open"}
    assert shop.change().state == S.CONFIRMED
    assert Change.objects.filter(kind=orders.CREATE).count() == 1


def test_a_refused_order_goes_again_with_new_content_or_by_a_person_and_else_stays(shop):
    shop.bring_to(S.REFUSED)
    Order.objects.update(state="error", code="pohoda_refused")
    shop.receive(revision="r9", surcharges=None, status="READY_FOR_PROCESSING")
    assert shop.change().state == S.REFUSED
    retry_order(order=shop.order(), actor=None)
    assert (shop.change().state, shop.change().evidence) == (S.PLANNED, "person")
    assert facts(shop.order()) == ("waiting", "queued")
    with pytest.raises(Rejected):
        retry_order(order=shop.order(), actor=None)


def test_a_refused_order_with_new_content_is_planned_again_by_itself(shop):
    shop.bring_to(S.REFUSED)
    shop.receive(messageToSeller="Please gift-wrap")
    assert (shop.change().state, shop.change().evidence) == (S.PLANNED, "new_content")


def test_a_marketplace_without_an_instance_waits_in_the_inbox(shop):
    assert shop.receive(marketplace={"id": "allegro-pl"}) is None
    assert shop.tasks() == {"no_instance": "open"}


def test_what_allegro_ships_itself_is_skipped(shop):
    order = shop.receive(fulfillment={"status": "NEW", "provider": {"id": "ALLEGRO"}})
    assert facts(order) == ("skipped", "fulfilled_by_allegro")
    assert Change.objects.count() == 0


ALLEGRO_SHIPS = {"fulfillment": {"status": "NEW", "provider": {"id": "ALLEGRO"}}}


@pytest.mark.parametrize("state", [S.PLANNED, S.HELD])
def test_what_allegro_turns_out_to_ship_itself_does_not_go(shop, state):
    shop.receive()
    if state == S.HELD:
        shop.receive(**UNMAPPED)
    assert shop.change().state == state
    order = shop.receive(**ALLEGRO_SHIPS)
    assert facts(order) == ("skipped", "fulfilled_by_allegro")
    assert (shop.change().state, shop.change().code) == (S.SUPERSEDED, "fulfilled_by_allegro")
    assert shop.story()[-1] == "order.superseded"


def test_an_order_from_before_the_start_that_was_planned_does_not_go(shop):
    shop.receive()
    shop.market.instance.settings["orders_since"] = "2030-01-01T00:00:00+00:00"
    shop.market.instance.save()
    order = shop.receive(messageToSeller="Hello")
    assert (*facts(order), order.params) == ("skipped", "before_start", {"since": "2030-01-01T00:00:00+00:00"})
    assert (shop.change().state, shop.change().code) == (S.SUPERSEDED, "before_start")


def test_what_allegro_ships_after_it_went_is_a_task_and_stays_sent(shop):
    shop.bring_to(S.CONFIRMED)
    order = shop.receive(**ALLEGRO_SHIPS)
    assert facts(order) == ("sent", "")
    assert (shop.change().state, shop.tasks()) == (S.CONFIRMED, {"changed_after_import": "open"})


def test_a_refused_order_that_allegro_ships_itself_needs_nobody(shop):
    shop.bring_to(S.REFUSED)
    put(instance=shop.market.instance, subject_kind="order", subject_key=str(shop.order().pk), code="pohoda_refused",
        params={})  # fmt: skip
    order = shop.receive(**ALLEGRO_SHIPS)
    assert facts(order) == ("skipped", "fulfilled_by_allegro")
    assert shop.tasks() == {"pohoda_refused": "solved"}
