"""The tab of order states: rules with the unit's own fields, parcels, what orders would get, what is stored."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allegro_integration.client.shipments import Carrier
from allegro_integration.connections import AccountConnection
from allegro_integration.models import Order
from allegro_integration.setup import mappings
from connectify.tenants.models import Role
from tests.allegro_domain.forms import line
from tests.setup_pages.flow_shop import FlowShop, effect_counts, effect_rows, queries_of, shows

RULE: dict[str, str] = {
    "rules-count": "1",
    "rules-0-name": "Zabaleno",
    "rules-0-outcome": "READY_FOR_SHIPMENT",
    "rules-0-count": "1",
    "rules-0-0-fact": "field:VPrBalik",
    "rules-0-0-test": "filled",
    "rules-0-0-value": "",
}
FORM = {**RULE, "parcel_field": "VPrBalik", "default_carrier": "OTHER", "carriers-count": "1",
        "carriers-0-name": "PPL", "carriers-0-id": "PPL"}  # fmt: skip
STORED = {
    "rules": [
        {
            "name": "Zabaleno",
            "conditions": [{"fact": "field:VPrBalik", "test": "filled", "value": []}],
            "outcome": "READY_FOR_SHIPMENT",
        }
    ],
    "parcel_field": "VPrBalik",
    "carriers": {"PPL": "PPL"},
    "default_carrier": "OTHER",
}
DEFAULTS = {"rules-count": "0", "parcel_field": "", "default_carrier": "OTHER", "carriers-count": "0"}


@pytest.fixture
def shop(db: None) -> Iterator[FlowShop]:
    cache.clear()
    shop = FlowShop("instance_statuses")
    shop.in_pohoda(record_id=900, carrier="GLS", fields={"VPrBalik": "1"}, labels=["VIP"])
    yield shop
    cache.clear()


@pytest.fixture
def order(shop: FlowShop) -> Order:
    """An order that Pohoda has, with a parcel number."""
    order = shop.sent()
    shop.in_pohoda(order=order, carrier="PPL", fields={"VPrBalik": "4010 4011"}, number="26OP00007")
    return order


def test_the_page_begins_with_the_usual_rules_and_what_the_unit_really_has(shop: FlowShop) -> None:
    page = shop.get()
    rules = page.context["rules"]
    assert [(row.name, row.outcome) for row in rules.rows] == [
        ("shipped", "SENT"), ("executed", "SENT"), ("issue slip", "READY_FOR_SHIPMENT"),
        ("invoiced", "READY_FOR_SHIPMENT"),
    ]  # fmt: skip
    assert ("field:VPrBalik", "Field VPrBalik") in rules.facts
    assert rules.suggestions["carrier"] == ("GLS",)
    assert shows(page, '<option value="VPrBalik">VPrBalik</option>')
    assert shows(page, 'name="carriers-0-name" value="GLS"')
    assert shows(page, "ready for shipment")


def test_rules_parcel_and_carriers_are_stored_as_they_were_shown(shop: FlowShop) -> None:
    answer = shop.save(FORM)
    assert (answer.status_code, answer["Location"]) == (302, shop.url)
    assert shop.settings("statuses") == STORED
    assert shop.audited()[-1] == "instance.settings_saved"
    page = shop.get()
    assert page.context["rules"].as_json() == STORED["rules"]


def test_the_usual_rules_keep_their_names_when_they_are_saved(shop: FlowShop) -> None:
    rules = shop.get().context["rules"]
    data = {"rules-count": "4"}
    for at, row in enumerate(rules.rows):
        (one,) = row.conditions
        data |= {f"rules-{at}-name": row.name, f"rules-{at}-outcome": row.outcome, f"rules-{at}-count": "1"}
        data |= {f"rules-{at}-0-{name}": getattr(one, name) for name in ("fact", "test", "value")}
    shop.save({**DEFAULTS, **data})
    assert [rule["name"] for rule in shop.settings("statuses")["rules"]] == [
        "transport", "executed", "issue_slip", "invoiced",
    ]  # fmt: skip


def test_the_effect_shows_what_orders_would_get_and_why(shop: FlowShop, order: Order) -> None:
    before = shop.everything()
    page = shop.preview(FORM)
    assert effect_counts(page) == {"get the state: ready for shipment": 1, "get a parcel number": 1}
    then = "ready for shipment; parcel number 4010, PPL"
    assert effect_rows(page) == [("Jana Nováková · 26OP00007", "new", then)]
    why = page.context["effect"].rows[0].why
    assert why[-1] == "Rule “Zabaleno” decides: ready for shipment."
    assert shows(page, "We have tried it on the newest order that Pohoda has.")
    assert shows(page, "This flow is not switched on")
    assert shop.everything() == before


def test_an_order_that_keeps_its_state_says_why(shop: FlowShop, order: Order) -> None:
    page = shop.preview(DEFAULTS)
    why = "None of the rules for statuses fits the order yet."
    assert effect_counts(page) == {why: 1}
    assert effect_rows(page) == [("Jana Nováková · 26OP00007", "new", f"stays: {why}")]


def test_without_orders_in_pohoda_the_page_says_so(shop: FlowShop) -> None:
    assert shows(shop.preview(FORM), "Pohoda has no order of this instance yet.")


def test_saved_rules_let_the_orders_be_planned_again(shop: FlowShop, order: Order) -> None:
    with shop.inside():
        Order.objects.update(needs_plan=False)
    shop.save(FORM)
    with shop.inside():
        assert Order.objects.get(pk=order.pk).needs_plan


def test_a_rule_is_built_row_by_row_and_nothing_is_stored_on_the_way(shop: FlowShop) -> None:
    before = shop.get() and shop.everything()
    page = shop.post({**DEFAULTS, "edit": "rules:add"})
    assert [row.name for row in page.context["rules"].rows] == [""]
    page = shop.post({**DEFAULTS, "rules-count": "1", "rules-0-new": "carrier", "edit": "rules:condition:0"})
    (row,) = page.context["rules"].rows
    assert [one.fact for one in row.conditions] == ["carrier"]
    assert "effect" not in page.context
    page = shop.post({**FORM, "edit": "carriers:add"})
    assert [row.name for row in page.context["draft"].carriers.rows] == ["PPL", ""]
    assert shop.everything() == before


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rules-0-outcome": ""}, "Choose what the result is."),
        ({"rules-0-outcome": "RETURNED"}, "Rule “Zabaleno” has an outcome that does not exist: RETURNED."),
        ({"rules-0-0-fact": "field:Gone"}, "Rule “Zabaleno” asks for something that the unit does not have"),
        ({"rules-0-0-test": "is"}, "“Field VPrBalik”: fill in what it is compared with."),
        ({"parcel_field": "Gone"}, "The unit has no such field."),
        ({"default_carrier": "NOBODY"}, "Choose a carrier from the list."),
        ({"default_carrier": ""}, "Choose a carrier from the list."),
        ({"carriers-0-id": "ALLEGRO"}, "Choose a carrier from the list."),
        ({"carriers-0-name": ""}, "Write the name of the carrier as it stands in Pohoda."),
        ({"carriers-0-name": "x" * 65}, "This is too long."),
        ({"carriers-count": "2", "carriers-1-name": "PPL", "carriers-1-id": "DPD"}, "This carrier stands here twice."),
    ],
)
def test_a_wrong_value_is_named_beside_it_and_nothing_is_stored(
    shop: FlowShop, change: dict[str, str], sentence: str
) -> None:
    before = shop.get() and shop.everything()
    page = shop.preview({**FORM, **change})
    assert shows(page, sentence)
    assert "effect" not in page.context
    assert shop.post({**FORM, **change, "step": "save"}).status_code == 200
    assert shop.everything() == before


def test_carriers_that_are_like_all_others_are_not_stored(shop: FlowShop) -> None:
    shop.save({**FORM, "carriers-0-id": ""})
    assert shop.settings("statuses")["carriers"] == {}


def test_a_field_that_no_order_has_any_more_can_stay(shop: FlowShop) -> None:
    rule = {**STORED["rules"][0], "conditions": [{"fact": "field:Old", "test": "filled", "value": []}]}  # type: ignore[index]
    shop.configure(statuses={**STORED, "parcel_field": "Old", "rules": [rule]})
    page = shop.get()
    assert shows(page, '<option value="Old" selected>Old</option>')
    assert shop.save({**FORM, "parcel_field": "Old", "rules-0-0-fact": "field:Old"}).status_code == 302


def test_nothing_is_saved_whose_effect_was_not_shown(shop: FlowShop) -> None:
    seen = shop.preview(FORM)
    before = shop.everything()
    page = shop.post(shop.second({**FORM, "rules-0-outcome": "SENT"}, seen))
    assert shows(page, "Nothing was saved yet: something was changed after the effect was shown.")
    assert shop.everything() == before


def test_settings_that_moved_on_meanwhile_are_said_before_they_are_replaced(shop: FlowShop) -> None:
    seen = shop.preview(FORM)
    shop.configure(statuses={"parcel_field": "VPrBalik"})
    page = shop.post(shop.second(FORM, seen))
    assert shows(page, "the settings of this instance were changed meanwhile")
    assert shop.settings("statuses") == {"parcel_field": "VPrBalik"}
    assert shop.post(shop.second(FORM, page)).status_code == 302
    assert shop.settings("statuses") == STORED


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ACCOUNTANT, Role.VIEWER])
def test_who_may_not_set_sees_the_rules_and_changes_nothing(shop: FlowShop, role: str) -> None:
    page = shop.get(role)
    assert shows(page, "shipped")
    assert not shows(page, 'name="edit"')
    assert not shows(page, 'name="step"')
    assert shows(page, "An owner or an admin of the company may change them.")
    before = shop.everything()
    for more in ({"step": "preview"}, {"step": "save"}, {"edit": "rules:add"}):
        assert shop.post({**FORM, **more}, role).status_code == 403
    assert shop.browser(role).post(f"{shop.url}load/").status_code == 403
    assert shop.everything() == before


def test_another_company_has_no_such_page(shop: FlowShop) -> None:
    other = FlowShop("instance_statuses")
    before, stranger = shop.everything(), other.browser()
    assert stranger.get(shop.url).status_code == 404
    assert stranger.post(shop.url, {**FORM, "step": "save"}).status_code == 404
    assert stranger.post(f"{shop.url}load/").status_code == 404
    assert shop.everything() == before


def test_settings_that_do_not_parse_any_more_are_replaced_by_the_usual_ones(shop: FlowShop) -> None:
    shop.configure(statuses={"rules": "?"})
    assert len(shop.get().context["rules"].rows) == 4
    assert shop.save(FORM).status_code == 302
    assert shop.settings("statuses") == STORED


def test_allegros_whole_list_of_carriers_can_be_loaded(shop: FlowShop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Lists:
        def carriers(self) -> tuple[Carrier, ...]:
            return Carrier("TOPTRANS", "Toptrans"), Carrier("ALLEGRO", "Allegro"), Carrier("OTHER", "Other")

    monkeypatch.setattr(mappings, "connect", lambda account: AccountConnection(Lists(), None))
    assert "TOPTRANS" not in dict(shop.get().context["draft"].known)
    answer = shop.browser().post(f"{shop.url}load/")
    assert (answer.status_code, answer["Location"]) == (302, shop.url)
    assert [carrier for carrier, _name in shop.get().context["draft"].known] == ["TOPTRANS", "OTHER"]
    assert shop.save({**FORM, "carriers-0-id": "TOPTRANS"}).status_code == 302


def test_a_page_takes_few_queries_however_many_orders(shop: FlowShop) -> None:
    for at in range(4):
        order = shop.sent(
            f"29738e61-7f6a-11e8-ac45-09db60ede{at:03d}", f"26OP{at}", lineItems=[{**line(), "id": f"l-{at}"}]
        )
        shop.in_pohoda(record_id=at + 1, order=order, fields={"VPrBalik": "1"})
    browser = shop.browser()
    for call in (lambda: browser.get(shop.url), lambda: shop.preview(FORM)):
        with CaptureQueriesContext(connection) as queries:
            call()
        assert queries_of(queries) <= 13
