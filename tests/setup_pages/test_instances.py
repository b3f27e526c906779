"""Instances on the pages: creating one, its pace, switching its directions on, pausing it."""

from __future__ import annotations

from typing import Any

import pytest

from connectify.audit.models import AuditEntry
from connectify.clock import now
from connectify.dashboard.explanations import explain
from connectify.instances.models import Arming, Instance, InstancePeriod
from connectify.sync.models import DirectionState, Due
from connectify.tenants.models import Role
from pohoda_bridge.server.models import MirrorRead
from tests.factories import AccountFactory, UnitFactory
from tests.setup_pages.companies import text_of
from tests.setup_pages.making import NEW, create, market_of, values

# --- creating -------------------------------------------------------------------------------------------------------


def test_without_an_account_or_a_unit_the_page_says_what_comes_first(company):
    page = text_of(company.browser().get(NEW))
    assert "An Allegro account has to be connected." in page
    assert "An accounting unit has to be added." in page


def test_an_instance_begins_switched_off_with_what_is_known(ready):
    page = create(ready)
    market = market_of(ready, page)
    assert (market.role, market.marketplace, market.instance.name) == ("primary", "allegro-cz", "Allegro Czechia")
    assert market.instance.settings == {
        "orders": {"store": "ZBOZI", "unit_country": "CZ", "home_currency": "CZK"},
        "orders_since": "2026-11-01T08:30:00+01:00",
    }
    with ready.inside():
        assert not Arming.objects.exists()
        assert InstancePeriod.objects.get().role == "primary"
        assert {(row.kind, row.interval_s) for row in Due.objects.all()} == {
            ("allegro.account", 300), ("pohoda.unit", 300),
        }  # fmt: skip
    assert "instance.created" in ready.audited()


def test_the_country_and_the_currency_of_a_slovak_unit_are_what_was_chosen(ready):
    page = create(ready, unit_country="SK", home_currency="EUR")
    orders = market_of(ready, page).instance.settings["orders"]
    assert orders == {"store": "ZBOZI", "unit_country": "SK", "home_currency": "EUR"}


@pytest.mark.parametrize("missing", ["unit_country", "home_currency"])
def test_with_a_store_the_country_and_the_currency_are_never_guessed(ready, missing):
    answer = ready.browser().post(NEW, values(ready, **{missing: ""}))
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [missing]
    assert "Needed with the store: orders could have wrong VAT without it." in text_of(answer)
    with ready.inside():
        assert not Instance.objects.exists()


def test_without_a_store_nothing_of_orders_is_stored_and_they_cannot_be_switched_on(ready):
    page = create(ready, store="", unit_country="", home_currency="")
    assert "orders" not in market_of(ready, page).instance.settings
    assert str(explain("orders_not_set").title) in text_of(ready.browser().post(f"{page}arm/orders/", follow=True))


def test_any_other_marketplace_is_a_secondary_instance_and_the_page_says_what_that_means(ready):
    create(ready)
    page = create(ready, "allegro-sk", name="Slovensko")
    market = market_of(ready, page)
    assert (market.role, market.instance.name) == ("secondary", "Slovensko")
    with ready.inside():
        assert InstancePeriod.objects.get(instance=market.instance).role == "secondary"
    assert "Secondary: it takes orders and sets prices" in text_of(ready.browser().get(page))


def test_a_marketplace_that_has_its_instance_is_not_offered_again(ready):
    browser = ready.browser()
    assert "Allegro Czechia (primary)" in text_of(browser.get(NEW))
    create(ready)
    assert "Allegro Czechia" not in text_of(browser.get(NEW))
    assert "Select a valid choice" in text_of(browser.post(NEW, values(ready)))


def test_when_every_marketplace_has_its_instance_the_page_says_so(ready):
    for marketplace in ("allegro-cz", "allegro-sk", "allegro-pl", "allegro-hu"):
        create(ready, marketplace)
    assert "Every marketplace of your accounts has its instance" in text_of(ready.browser().get(NEW))


def test_another_unit_for_shared_offers_is_refused_with_a_sentence(ready):
    create(ready)
    with ready.inside():
        other = UnitFactory(connection__name="Jiná firma")
    answer = ready.browser().post(NEW, values(ready, "allegro-sk", unit=str(other.pk)))
    assert str(explain("other_unit_for_shared_offers").title) in text_of(answer)
    with ready.inside():
        assert Instance.objects.count() == 1


def test_accounts_and_units_of_another_company_cannot_be_named(ready, neighbour):
    with neighbour.inside():
        account, unit = AccountFactory(), UnitFactory()
    browser = ready.browser()
    for strange in ({"place": f"{account.pk}:allegro-cz"}, {"unit": str(unit.pk)}):
        assert "Select a valid choice" in text_of(browser.post(NEW, values(ready, **strange)))
    with ready.inside():
        assert not Instance.objects.exists()


# --- name, pace, start ----------------------------------------------------------------------------------------------


def general(**changed: Any) -> dict[str, Any]:
    return {"name": "Česko", "interval_s": "600", **changed}


def shown(browser: Any, page: str, **changed: Any) -> dict[str, Any]:
    """What the form posts once its effect is on the screen."""
    seen = browser.post(f"{page}save/", {**general(**changed), "step": "preview"})
    return {**general(**changed), "shown": seen.context["shown"], "step": "save"}


def save(browser: Any, page: str, **changed: Any) -> Any:
    return browser.post(f"{page}save/", shown(browser, page, **changed))


def test_name_and_pace_are_saved_and_the_owners_follow_the_shortest_of_their_instances(ready):
    czech, slovak = create(ready), create(ready, "allegro-sk")
    browser = ready.browser()
    assert save(browser, czech)["Location"] == czech
    with ready.inside():
        assert set(Due.objects.values_list("interval_s", flat=True)) == {300}  # the Slovak one's
    save(browser, slovak, name="Slovensko", interval_s="900")
    market = market_of(ready, czech)
    assert (market.instance.name, market.instance.interval_s) == ("Česko", 600)
    with ready.inside():
        assert set(Due.objects.values_list("interval_s", flat=True)) == {600}
        assert set(MirrorRead.objects.values_list("every_s", flat=True)) == {600}
    assert ready.audited().count("instance.changed") == 2


@pytest.mark.parametrize("interval", ["59", "3601", "0", "-5", "often", ""])
def test_a_pace_out_of_bounds_changes_nothing_and_is_explained(ready, interval):
    page = create(ready)
    answer = ready.browser().post(f"{page}save/", general(interval_s=interval))
    assert answer.status_code == 200
    assert "errors" in answer.content.decode()
    assert market_of(ready, page).instance.interval_s == 300


def test_a_pace_that_is_shorter_already_may_stay(ready):
    page = create(ready)
    with ready.inside():
        Instance.objects.update(interval_s=5)
    browser = ready.browser()
    assert save(browser, page, interval_s="5").status_code == 302
    answer = browser.post(f"{page}save/", general(interval_s="4"))
    assert (answer.status_code, "shown" in answer.context) == (200, False)


def test_name_and_pace_show_first_what_they_would_do(ready):
    czech, slovak = create(ready), create(ready, "allegro-sk")
    browser = ready.browser()
    save(browser, slovak, name="Slovensko", interval_s="120")
    before = ready.audited()
    seen = text_of(browser.post(f"{czech}save/", general(interval_s="240")))
    assert "The instance is called Česko, no longer Allegro Czechia." in seen
    assert "is asked for news every 120 seconds." in seen  # the Slovak one's
    assert "Nothing was saved yet" not in seen
    assert "is asked for news every 60 seconds." in text_of(browser.post(f"{czech}save/", general(interval_s="60")))
    assert (market_of(ready, czech).instance.interval_s, ready.audited()) == (300, before)


def test_an_old_page_does_not_overwrite_what_a_colleague_saved(ready):
    page = create(ready)
    owner, admin = ready.browser(), ready.browser(Role.ADMIN)
    old = shown(owner, page, name="Česko", interval_s="300")
    assert save(admin, page, name="Allegro Czechia", interval_s="900").status_code == 302
    answer = owner.post(f"{page}save/", old)
    assert "Nothing was saved yet" in text_of(answer)
    assert "is asked for news every 300 seconds." in text_of(answer)
    instance = market_of(ready, page).instance
    assert (instance.name, instance.interval_s) == ("Allegro Czechia", 900)
    assert owner.post(f"{page}save/", {**old, "shown": answer.context["shown"]}).status_code == 302
    assert market_of(ready, page).instance.interval_s == 300


def test_name_and_pace_leave_the_start_of_orders_alone(ready):
    page = create(ready)
    save(ready.browser(), page, orders_since="")
    assert market_of(ready, page).instance.settings["orders_since"] == "2026-11-01T08:30:00+01:00"


# --- pausing --------------------------------------------------------------------------------------------------------


def test_an_instance_is_paused_with_a_reason_and_goes_on(ready):
    page = create(ready)
    browser = ready.browser()
    browser.post(f"{page}arm/orders/")
    assert "Reading and planning go on, and what is planned goes then." in text_of(browser.get(page))
    answer = browser.post(f"{page}pause/", {"reason": "inventura"}, follow=True)
    assert "It goes on reading and planning, and what is under way is finished." in text_of(answer)
    shown = text_of(browser.get(page))
    assert "The instance is paused" in shown
    assert "It writes nothing. It goes on reading and planning, and what is planned goes once you resume it." in shown
    with ready.inside():
        assert AuditEntry.objects.get(action="instance.paused").reason == "inventura"
        assert DirectionState.objects.get(direction="orders").state == "paused"
    assert "nothing goes until you resume it" in text_of(browser.get(f"{page}arm/statuses/"))
    browser.post(f"{page}resume/")
    with ready.inside():
        assert DirectionState.objects.get(direction="orders").state == "ok"
    assert "The instance is paused" not in text_of(browser.get(page))


# --- who may ---------------------------------------------------------------------------------------------------------

ACTS = ("save/", "pause/", "resume/", "arm/orders/", "disarm/orders/")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ACCOUNTANT, Role.VIEWER])
def test_who_does_not_set_things_up_reads_and_changes_nothing(ready, role):
    page = create(ready)
    browser = ready.browser(role)
    shown = browser.get(page).content.decode()
    assert "<fieldset disabled>" in shown
    for button in ("Switch on…", "Pause the instance", ">Save<"):
        assert button not in shown
    before = ready.audited()
    assert browser.get(f"{page}arm/orders/").status_code == browser.get(NEW).status_code == 403
    for path in (NEW, *(f"{page}{act}" for act in ACTS)):
        assert browser.post(path, general()).status_code == 403
    assert ready.audited() == before


def test_anothers_instance_does_not_exist(ready, neighbour):
    page = create(ready)
    browser = neighbour.browser()
    before = ready.audited()
    for path in (page, f"{page}arm/orders/"):
        assert browser.get(path).status_code == 404
    for act in ACTS:
        assert browser.post(f"{page}{act}", general()).status_code == 404
    assert ready.audited() == before
    assert "Allegro Czechia" not in text_of(browser.get("/setup/instances/"))


# --- the overview ---------------------------------------------------------------------------------------------------


def test_the_overview_names_the_next_step_until_a_direction_is_on(ready):
    browser = ready.browser()
    assert "Add the accounting unit and enrol its agent next" in text_of(browser.get("/setup/"))
    page = create(ready)
    assert "Next: enrol an agent for the accounting unit." in text_of(browser.get("/setup/"))
    assert "Next: enrol an agent for the accounting unit." in text_of(browser.get("/setup/instances/"))
    browser.post(f"{page}arm/orders/")
    with ready.inside():
        Instance.objects.update(paused_at=now())
    assert "Next: resume the instance when you want to go on." in text_of(browser.get("/setup/"))
