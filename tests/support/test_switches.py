"""Switching off for everybody: asked for with a reason, logged for ever, held by the engine, and told to customers."""

import datetime as dt
import uuid

import pytest
from django.db import InternalError, ProgrammingError, transaction

from connectify.audit.models import AuditEntry
from connectify.clock import now as moment
from connectify.dashboard import switches
from connectify.dashboard.inbox import all_groups
from connectify.dashboard.platform_state import platform_state
from connectify.dashboard.selectors import home_rows
from connectify.sync import due, killswitch
from connectify.sync.models import Due, KillSwitch, KillSwitchEntry, Quarantined, Run
from connectify.tenants.context import tenant_scope
from pohoda_bridge.server.models import Agent, Job
from tests.dashboard import shop

WHY = "Allegro přijímá faktury dvakrát"


def turn(client, scope, to, reason=WHY):
    return client.post("/admin/switches/turn/", {"scope": scope, "turn": to, "reason": reason})


def enter(staff, toys):
    staff.post("/admin/companies/enter/", {"tenant": str(toys.tenant.pk), "reason": WHY})


def log():
    return list(KillSwitchEntry.objects.order_by("at", "pk").values_list("actor__email", "scope", "is_off", "reason"))


def test_a_direction_is_switched_off_everywhere_and_on_again_and_both_are_logged(staff, person):
    page = staff.get("/admin/switches/turn/?scope=direction:invoices&turn=off").content.decode()
    assert "Invoices, everywhere" in page
    assert KillSwitch.objects.count() == 0
    assert turn(staff, "direction:invoices", "off")["Location"] == "/admin/switches/"
    assert killswitch.is_off("direction:invoices")
    assert not killswitch.is_off("direction:orders")
    for address in ("/admin/", "/admin/switches/"):
        assert WHY in staff.get(address).content.decode()
    turn(staff, "direction:invoices", "on", "opraveno")
    assert not killswitch.is_off("direction:invoices")
    assert log() == [
        (person.email, "direction:invoices", True, WHY),
        (person.email, "direction:invoices", False, "opraveno"),
    ]
    assert "opraveno" in staff.get("/admin/switches/").content.decode()


def test_without_a_reason_nothing_is_turned(staff):
    assert "Write why" in turn(staff, "all", "off", reason=" ").content.decode()
    assert log() == []
    assert not killswitch.is_off("direction:orders")


@pytest.mark.parametrize("scope", ["", "direction:nonsense", "hop:allegro", "tenant:x"])
def test_what_stops_nothing_cannot_be_switched_off(staff, scope):
    assert turn(staff, scope, "off").status_code == 404
    assert log() == []


def test_a_company_and_its_instances_are_switched_off_only_from_inside_a_visit(toys, staff):
    instance, company = f"instance:{toys.czech.instance_id}", f"tenant:{toys.tenant.pk}"
    assert turn(staff, company, "off").status_code == 404
    assert turn(staff, instance, "off").status_code == 404
    enter(staff, toys)
    turn(staff, instance, "off")
    turn(staff, company, "off")
    assert killswitch.off_among([instance, company]) == {instance, company}
    assert "The instance Allegro Česko" in staff.get("/admin/switches/").content.decode()
    staff.post("/support/leave/")
    page = staff.get("/admin/switches/").content.decode()
    assert "Allegro Česko" not in page
    turn(staff, company, "on")
    assert not killswitch.is_off(company)


def test_the_log_cannot_be_changed_or_cut(staff):
    turn(staff, "all", "off")
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
        KillSwitchEntry.objects.update(reason="nic")
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
        KillSwitchEntry.objects.all().delete()
    assert len(log()) == 1


def test_switching_on_what_is_on_is_no_act(db):
    killswitch.turn_on("all")
    assert log() == []


def test_a_customer_sees_what_we_switched_off_and_why(toys, owner, now):
    killswitch.turn_off("direction:orders", reason=WHY)
    with tenant_scope(toys.tenant.pk):
        group = next(one for one in all_groups() if one.source == switches.SOURCE)
        assert (group.direction, group.tone, group.acts) == ("orders", "idle", ())
        assert WHY in group.why.title
        rows = {one.instance.pk: one.directions[0] for one in home_rows()}
        assert {row.state for row in rows.values()} == {"switched_off"}
        assert WHY in rows[toys.czech.instance_id].why.title
    for address in ("/", "/inbox/"):
        assert WHY in owner.get(address).content.decode()


@pytest.mark.parametrize("scope", ["all", "direction:orders", "tenant:{tenant}", "instance:{instance}"])
def test_home_says_of_each_direction_that_we_switched_off_that_and_why(toys, browser_of, scope):
    killswitch.turn_off(scope.format(tenant=toys.tenant.pk, instance=toys.czech.instance_id), reason=WHY)
    page = browser_of(toys.owner, "en").get("/").content.decode()
    of_one = scope.startswith("instance:")
    assert page.count("switched off by us") == (1 if of_one else 2)
    assert page.count(f"We have switched this off: {WHY}") == (1 if of_one else 2)


def test_home_opens_while_one_kind_of_change_is_switched_off(toys, browser_of):
    killswitch.turn_off("kind:order.create", reason=WHY)
    page = browser_of(toys.owner, "en").get("/").content.decode()
    assert "Allegro Slovensko" in page
    assert "switched off by us" not in page


def test_a_switch_over_one_company_is_not_shown_to_another(toys, now):
    other = shop.make_shop(email="petr@zahrada.cz", name="Zahrada")
    killswitch.turn_off(f"tenant:{toys.tenant.pk}", reason=WHY)
    killswitch.turn_off(f"instance:{toys.slovak.instance_id}", reason="jen Slovensko")
    with tenant_scope(other.tenant.pk):
        assert [one for one in all_groups() if one.source == switches.SOURCE] == []
        assert switches.switched_off([other.czech.instance_id]) == {}
    with tenant_scope(toys.tenant.pk):
        off = switches.switched_off([toys.czech.instance_id])
        assert {direction for _, direction in off} == {"orders", "offers", "statuses", "invoices"}
        assert len([one for one in all_groups() if one.source == switches.SOURCE]) == 2


# --- the platform's numbers -------------------------------------------------------------------------------------------


def test_the_platforms_numbers_are_told_to_staff_and_to_nobody_else(toys, person):
    with tenant_scope(toys.tenant.pk):
        market = toys.czech
        due.schedule(kind="allegro.account", resource_id=market.account_id, interval_s=300)
        due.schedule(kind="pohoda.unit", resource_id=market.unit_id, interval_s=300, due_in_s=300)
        Due.objects.filter(kind="allegro.account").update(due_at=moment() - dt.timedelta(days=9000), failures=2)
        # Ids are random: the greatest one is not the last.
        for number, ended in ((2**128 - 1, moment() - dt.timedelta(hours=1)), (1, moment())):
            Run.objects.create(
                pk=uuid.UUID(int=number), pipeline="x", resource_kind="pohoda.unit", resource_id=market.unit_id,
                epoch=1, outcome="ok", finished_at=ended,
            )  # fmt: skip
        Quarantined.objects.create(subject_kind="form", subject_key="x:1", code="form_not_read")
        Agent.objects.create(unit=market.unit, host="pc", public_key=b"k")
        Job.objects.create(unit=market.unit, operation="find_order", order=b"", signature=b"")
    state = platform_state(person)
    kinds = {kind.name: kind for kind in state.kinds}
    assert kinds["allegro.account"].numbers == {"scheduled": 1, "late": 1, "failing": 1}
    assert kinds["pohoda.unit"].numbers == {"scheduled": 1}
    assert (kinds["allegro.account"].is_well, kinds["pohoda.unit"].is_well) == (False, True)
    assert (state.last_run, state.quarantined) == (moment(), 1)
    assert [figure.number for figure in state.figures] == [0, 1, 1, 0]

    nobody = platform_state(toys.owner)
    assert (nobody.kinds, nobody.last_run, nobody.quarantined) == ([], None, 0)
    assert {figure.number for figure in nobody.figures} == {0}


def test_nothing_of_switching_stands_in_a_companys_record(toys, staff):
    turn(staff, "all", "off")
    with tenant_scope(toys.tenant.pk):
        assert not AuditEntry.objects.filter(actor__is_staff=True).exists()
