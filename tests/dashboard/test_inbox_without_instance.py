"""Orders of a marketplace without an instance: whose they are, and the button that creates it."""

from __future__ import annotations

import pytest
from django.utils import translation

from allegro_integration.models import Account, Order
from connectify.dashboard.inbox import InboxGroup, all_groups
from connectify.sync.models import Quarantined
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Role
from connectify.tenants.services import add_member
from tests.allegro_services.shop import Shop as FormShop
from tests.dashboard import shop
from tests.dashboard.test_home import text_of
from tests.dashboard.waiting import click, only, put_aside

HUNGARY = "allegro-hu"


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def wait_for(account: Account, *buyers: str, marketplace: str = HUNGARY) -> None:
    for number, buyer in enumerate(buyers):
        form_id = f"{marketplace}-{number}"
        facts = {"buyer": buyer, "total": "349.00", "currency": "CZK"} if buyer else {}
        put_aside("form", f"{account.pk}:{form_id}", "no_instance", form_id=form_id, marketplace=marketplace, **facts)


def test_the_group_names_the_marketplace_and_the_buyers(inside, browser_of):
    wait_for(inside.czech.account, "Jana Nová", "Petr Malý", "")
    group = only("no_instance")
    assert (group.why.title, group.count) == ("No instance is set up for Allegro.hu.", 3)
    assert [(record.label, record.note) for record in group.records] == [
        ("Jana Nová · 349.00\xa0CZK", ""), ("Petr Malý · 349.00\xa0CZK", ""), (f"{HUNGARY}-2", ""),
    ]  # fmt: skip
    page = text_of(browser_of(inside.owner), "/inbox/")
    assert "Pro tržiště Allegro.hu není vytvořena žádná instance." in page
    assert "Jana Nová" in page


def told_apart() -> dict[str, InboxGroup]:
    return {group.why.title: group for group in all_groups() if group.codes == ("no_instance",)}


def test_several_marketplaces_are_causes_apart_however_many_orders_one_has(inside):
    wait_for(inside.czech.account, *(f"Kupující {number}" for number in range(6)))
    wait_for(inside.czech.account, "Petr Malý", marketplace="allegro-pl")
    found = told_apart()
    assert {title: group.count for title, group in found.items()} == {
        "No instance is set up for Allegro.hu.": 6, "No instance is set up for Allegro.pl.": 1,
    }  # fmt: skip
    for group, marketplace in zip(found.values(), (HUNGARY, "allegro-pl"), strict=True):
        assert group.solve_url.endswith(f"marketplace={marketplace}")
        assert {record.note for record in group.records} == {""}


def test_a_marketplace_s_button_ignores_its_own_orders_alone(inside, browser_of):
    wait_for(inside.czech.account, *(f"Kupující {number}" for number in range(6)))
    wait_for(inside.czech.account, "Petr Malý", marketplace="allegro-pl")
    put_aside("form", f"{inside.czech.account_id}:unread", "no_instance", form_id="unread")
    found = told_apart()
    assert len(found) == 3
    click(browser_of(inside.owner), found["No instance is set up for Allegro.hu."], "ignore")
    left = Quarantined.objects.filter(state=Quarantined.State.OPEN).values_list("params__form_id", flat=True)
    assert sorted(left) == ["allegro-pl-0", "unread"]
    click(browser_of(inside.owner), found["No instance is set up for –."], "ignore")
    assert [row.params["form_id"] for row in Quarantined.objects.filter(state="open")] == ["allegro-pl-0"]


def test_the_button_leads_to_a_new_instance_of_just_that_place(inside, browser_of):
    wait_for(inside.czech.account, "Jana Nová")
    group = only("no_instance")
    assert group.solve_label == "Create an instance"
    answer = browser_of(inside.owner).get(group.solve_url)
    place = f"{inside.czech.account_id}:{HUNGARY}"
    assert f'<option value="{place}" selected>' in answer.content.decode()


def test_a_marketplace_that_nobody_knows_has_no_button(inside):
    wait_for(inside.czech.account, "Jana Nová", marketplace="allegro-de")
    assert only("no_instance").solve_url == ""


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ACCOUNTANT, Role.VIEWER])
def test_who_may_not_create_one_sees_the_group_without_the_button(inside, browser_of, role):
    wait_for(inside.czech.account, "Jana Nová")
    person = shop.make_user("other@dilna.cz")
    add_member(user=person, role=role)
    for address in ("/inbox/", "/needs/"):
        assert "/setup/instances/new/" in text_of(browser_of(inside.owner), address)
        seen = text_of(browser_of(person), address)
        assert "Allegro.hu" in seen
        assert "Vytvořte" not in seen
        assert "Může to udělat vlastník nebo správce." in seen
        assert "/setup/instances/new/" not in seen


def test_what_another_company_has_is_no_choice(bare, browser_of, now):
    other = shop.make_shop(email="petr@sousedi.cz", name="Sousedé")
    with tenant_scope(bare.tenant.pk):
        wait_for(bare.czech.account, "Jana Nová")
    own, foreign = f"account={bare.czech.account_id}", f"account={other.czech.account_id}"
    for query in (
        f"{foreign}&marketplace={HUNGARY}", own, f"{own}&marketplace=allegro-cz", "account=%00&marketplace=x",
        f"marketplace={HUNGARY}",
    ):  # fmt: skip
        page = text_of(browser_of(bare.owner), f"/setup/instances/new/?{query}")
        assert " selected" not in page.split('name="unit"')[0].split('name="place"')[1]
        assert f'value="{other.czech.account_id}' not in page
    with tenant_scope(other.tenant.pk):
        assert all_groups() == []


def test_the_buyer_is_kept_with_the_order_that_waits_for_its_instance(db):
    form_shop = FormShop()
    with form_shop.inside():
        form_shop.receive(marketplace={"id": HUNGARY})
        assert not Order.objects.exists()
        params = Quarantined.objects.get().params
    assert (params["buyer"], params["total"], params["currency"]) == ("Jana Nováková", "159.00", "CZK")
