"""Orders that are not as they should be: each waits alone with its reason, and goes as soon as the reason is gone."""

from __future__ import annotations

import copy
import datetime as dt
import uuid
from typing import Any

import pytest

from tests.flows.acts import act
from tests.flows.town import Town

pytestmark = [pytest.mark.processes, pytest.mark.timeout(150)]
Form = dict[str, Any]


@pytest.fixture(scope="module")
def model(town: Town) -> Form:
    """A complete form, as a pattern for odd ones."""
    form_id = town.buy_one()
    town.until_settled(form_id)
    return town.form(form_id)


def another(model: Form) -> Form:
    """The same purchase made by somebody else, now."""
    form = copy.deepcopy(model)
    form["id"] = str(uuid.uuid4())
    form["revision"] = form["id"][:8]
    form["updatedAt"] = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    form["fulfillment"]["status"] = "NEW"
    for line in form["lineItems"]:
        line["id"] = str(uuid.uuid4())
    return form


def mended(form: Form) -> Form:
    return {**copy.deepcopy(form), "revision": str(uuid.uuid4())[:8]}


def test_an_unmapped_delivery_method_waits_by_name_until_it_is_mapped(town: Town, model: Form) -> None:
    form = another(model)
    form["delivery"]["method"] = {"id": str(uuid.uuid4()), "name": "Dron na balkon"}
    town.put_form(form)
    order = town.until_waits(form["id"], "unmapped_delivery")
    assert (order["state"], order["change"]) == ("waiting", None)
    assert order["params"] == {"method_id": form["delivery"]["method"]["id"], "method_name": "Dron na balkon"}

    versions = town.platform.rows("SELECT settings_version FROM instances_instance ORDER BY id")
    named = {"method_id": form["delivery"]["method"]["id"], "method_name": "Dron na balkon"}
    done = act(town.world, "map_method", tenant=str(town.platform.tenant), marketplace="allegro-cz", **named)
    assert done["version"] in {row["settings_version"] + 1 for row in versions}
    town.until_settled(form["id"])
    assert town.created()[form["id"]] == 1
    (audited,) = town.platform.rows("SELECT * FROM audit_auditentry WHERE action = 'mapping.delivery_saved'")
    assert audited["after"]["method_name"] == "Dron na balkon"


def test_an_unknown_payment_type_waits_by_name_until_it_is_mapped(town: Town, model: Form) -> None:
    form = another(model)
    form["payment"]["type"] = "BARTER"
    town.put_form(form)
    order = town.until_waits(form["id"], "unmapped_payment")
    assert order["params"]["type"] == "BARTER"

    act(
        town.world, "map_payment_type", tenant=str(town.platform.tenant), marketplace="allegro-cz",
        payment_type="BARTER",
    )  # fmt: skip
    town.until_settled(form["id"])
    assert town.created()[form["id"]] == 1


@pytest.mark.parametrize("missing", ["delivery", "address"])
def test_an_order_without_an_address_waits_until_allegro_has_one(town: Town, model: Form, missing: str) -> None:
    form = another(model)
    whole = mended(form)
    if missing == "delivery":
        form["delivery"] = None
    else:
        form["delivery"] = {**form["delivery"], "address": None}
        form["delivery"].pop("pickupPoint", None)
    town.put_form(form)
    order = town.until_waits(form["id"], "no_delivery_address")
    assert order["state"] == "waiting"
    assert order["params"]["missing"]

    town.put_form(whole, event="BUYER_MODIFIED")
    town.until_settled(form["id"])
    assert town.created()[form["id"]] == 1


def test_an_unknown_status_waits_and_words_that_do_not_matter_stop_nothing(town: Town, model: Form) -> None:
    form, harmless = another(model), another(model)
    whole = mended(form)
    form["status"] = "ON_ITS_WAY_TO_THE_MOON"
    harmless["payment"]["provider"] = "NEWPAY"
    harmless["fulfillment"]["shipmentSummary"] = {"lineItemsSent": "BY_PIGEON"}
    harmless["somethingNew"] = {"deep": [1, 2]}
    town.put_form(form)
    town.put_form(harmless)
    assert town.until_waits(form["id"], "unknown_status")["params"]["status"] == "ON_ITS_WAY_TO_THE_MOON"
    town.until_settled(harmless["id"])

    town.put_form(whole)
    town.until_settled(form["id"])
    assert [town.created()[one["id"]] for one in (form, harmless)] == [1, 1]


def test_a_form_that_is_not_understood_is_put_aside_whole_until_it_is(town: Town, model: Form) -> None:
    form = another(model)
    whole = mended(form)
    form["lineItems"][0]["quantity"] = "several"
    town.put_form(form)
    town.until(lambda: town.platform.tasks(form["id"]), "the form is put aside")
    (task,) = town.platform.tasks(form["id"])
    assert (task["code"], task["state"]) == ("form_not_understood", "open")
    (raw,) = town.platform.rows("SELECT body FROM sync_payload WHERE id = %s", task["payload_id"])
    assert b'"several"' in bytes(raw["body"])

    town.put_form(whole)
    town.until_settled(form["id"])
    assert [task["state"] for task in town.platform.tasks(form["id"])] == ["solved"]


def test_a_marketplace_without_an_instance_waits_in_the_inbox_with_a_task(town: Town, model: Form) -> None:
    form = another(model)
    form["marketplace"] = {"id": "allegro-de"}
    town.put_form(form)
    town.until(lambda: town.platform.tasks(form["id"]), "the form has a task")
    (task,) = town.platform.tasks(form["id"])
    assert (task["code"], task["params"]["marketplace"]) == ("no_instance", "allegro-de")
    assert town.platform.order(form["id"]) == {}


def test_purchases_paid_together_become_one_order(town: Town) -> None:
    apart = town.buy(2, same_buyer=True, until="BOUGHT")
    together = town.world.control("allegro", "POST", "merge", {"forms": apart})["id"]
    town.until_settled(together)
    assert [town.created()[form_id] for form_id in (together, *apart)] == [1, 0, 0]


def test_an_order_merged_after_its_import_calls_a_person(town: Town) -> None:
    apart = town.buy(2, same_buyer=True)
    town.until_settled(*apart)
    together = town.world.control("allegro", "POST", "merge", {"forms": apart})["id"]
    town.until_settled(together)
    for form_id in apart:
        order = town.until_waits(form_id, "merged_after_import")
        assert (order["state"], order["params"]["by"]) == ("error", together)
        assert [task["code"] for task in town.platform.tasks(form_id)] == ["merged_after_import"]
    assert [town.created()[form_id] for form_id in (together, *apart)] == [1, 1, 1]


def test_an_order_cancelled_before_its_import_never_goes(town: Town, model: Form) -> None:
    form = another(model)
    form["delivery"]["method"] = {"id": str(uuid.uuid4()), "name": "Holubem"}
    town.put_form(form)
    town.until_waits(form["id"], "unmapped_delivery")
    town.world.control("allegro", "POST", f"forms/{form['id']}/cancel")
    order = town.until_waits(form["id"], "cancelled")
    assert order["state"] == "skipped"
    assert town.created()[form["id"]] == 0


def test_an_order_cancelled_after_its_import_calls_a_person_and_stays_in_pohoda(town: Town) -> None:
    form_id = town.buy_one()
    town.until_settled(form_id)
    town.world.control("allegro", "POST", f"forms/{form_id}/cancel")
    order = town.until_waits(form_id, "cancelled_after_import")
    assert order["state"] == "error"
    (task,) = town.platform.tasks(form_id)
    assert (task["code"], task["params"]["pohoda_number"]) == ("cancelled_after_import", order["pohoda_number"])
    assert town.created()[form_id] == 1


def test_nothing_of_all_this_stopped_the_direction(town: Town) -> None:
    assert town.platform.directions() == {("ok", "")}
    assert set(town.created().values()) == {1}
