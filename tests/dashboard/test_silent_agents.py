"""An agent that is down stands in what needs a person today, since when and with what to do."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import F
from django.db.models.functions import Now

from allegro_integration.models import Market
from connectify.dashboard.inbox import all_groups
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Role
from connectify.tenants.services import add_member
from pohoda_bridge.server.models import Agent
from pohoda_bridge.server.selectors import agent_status, agents_as_column, status_of_column
from tests.dashboard import shop
from tests.dashboard.test_home import text_of
from tests.dashboard.waiting import refused_order, unmapped

LONG = dt.timedelta(hours=3)


def enrol(market: Market, *, silent: dt.timedelta | None = LONG, **more: str) -> Agent:
    """An agent that was heard of that long ago by the database's clock; None: never."""
    agent = Agent.objects.create(unit=market.unit, host="UCETNI-PC", public_key=b"x", **more)
    if silent is not None:
        Agent.objects.filter(pk=agent.pk).update(last_seen_at=Now() - silent)
    agent.refresh_from_db()
    return agent


def test_a_silent_agent_is_said_though_no_direction_has_met_it(inside, browser_of):
    agent = enrol(inside.czech)
    (group,) = all_groups()
    assert (group.codes, group.tone, group.place) == (("agent_silent",), "bad", "Hračky Dvořák s.r.o.")
    assert (group.since, group.solve_url) == (agent.last_seen_at, f"/setup/units/{inside.czech.unit_id}/")
    assert [record.label for record in group.records] == ["Allegro Česko", "Allegro Slovensko"]
    needs = text_of(browser_of(inside.owner), "/needs/")
    assert "Agent na počítači UCETNI-PC neodpovídá." in needs
    assert "Zkontrolujte, že počítač s agentem je zapnutý a má internet." in needs


def test_it_stands_before_what_waits_longer_on_the_overview(inside, now, browser_of):
    for number in range(4):
        unmapped(inside.czech, 1, now - dt.timedelta(days=9), method=f"method-{number}", name=f"Method {number}")
    enrol(inside.czech)
    assert "UCETNI-PC" in text_of(browser_of(inside.owner), "/needs/")
    refused_order(inside.czech, now)
    assert "UCETNI-PC" in text_of(browser_of(inside.owner), "/needs/")


def test_it_is_said_once_also_when_directions_have_met_it(inside, now):
    enrol(inside.czech)
    shop.set_direction(inside.czech, "waiting_agent", code="agent_silent", since=now, good=None, host="UCETNI-PC")
    (group,) = all_groups()
    assert (group.since, group.tone) == (now, "bad")


@pytest.mark.parametrize("role", list(Role))
def test_every_role_sees_it_and_may_open_the_unit(inside, browser_of, role):
    person = shop.make_user("other@dilna.cz")
    add_member(user=person, role=role)
    enrol(inside.czech)
    browser = browser_of(person)
    assert f"/setup/units/{inside.czech.unit_id}/" in text_of(browser, "/needs/")
    assert browser.get(f"/setup/units/{inside.czech.unit_id}/").status_code == 200


def test_an_agent_that_answers_or_is_still_to_be_set_up_is_nothing_to_do_today(inside):
    assert all_groups() == []
    agent = enrol(inside.czech, silent=None)
    assert all_groups() == []
    Agent.objects.filter(pk=agent.pk).update(last_seen_at=Now())
    assert all_groups() == []
    Agent.objects.update(last_seen_at=F("last_seen_at") - LONG, state=Agent.State.REVOKED)
    assert all_groups() == []


def test_a_spare_agent_alone_is_said_and_instances_that_rest_ask_for_nothing(inside, now):
    enrol(inside.czech, state=Agent.State.STANDBY)
    assert [group.codes for group in all_groups()] == [("agent_standby",)]
    for market in (inside.czech, inside.slovak):
        market.instance.paused_at = now
        market.instance.save()
    assert all_groups() == []


def test_another_company_is_told_nothing(bare):
    other = shop.make_shop(email="petr@sousedi.cz", name="Sousedé")
    with tenant_scope(bare.tenant.pk):
        enrol(bare.czech)
    with tenant_scope(other.tenant.pk):
        assert all_groups() == []


def test_the_column_says_what_the_status_says(inside):
    for state, silent in ((Agent.State.ACTIVE, LONG), (Agent.State.STANDBY, dt.timedelta())):
        enrol(inside.czech, silent=silent, state=state)
        row = Market.objects.annotate(agents=agents_as_column("unit")).get(pk=inside.czech.pk)
        assert status_of_column(row.agents) == agent_status(inside.czech.unit)
    Agent.objects.filter(state=Agent.State.ACTIVE).update(last_seen_at=Now())
    row = Market.objects.annotate(agents=agents_as_column("unit")).get(pk=inside.czech.pk)
    assert (status_of_column(row.agents).is_online, agent_status(inside.czech.unit).is_online) == (True, True)
