"""What support may do in a company: each act with its reason, after a confirmation, and never without a visit."""

from allegro_integration.models import Account, Offer
from connectify.audit.models import AuditEntry
from connectify.domain.errors import Rejected
from connectify.sync.models import Due
from connectify.tenants.context import tenant_scope
from tests.support.visiting import WHY, act, detail, enter, text


def acted(toys, action):
    with tenant_scope(toys.tenant.pk):
        return [(one.actor.email, one.reason, one.via) for one in AuditEntry.objects.filter(action=action)]


AS_SUPPORT = [("podpora@connectify.example", WHY, "support")]


def test_an_order_is_resynced_after_a_confirmation_that_says_what_happens(toys, staff, furnished):
    enter(staff, toys)
    address = act(furnished["order"], "resync")
    assert address in text(staff, detail(furnished["order"]))
    assert "It cannot get into Pohoda twice" in text(staff, address)
    assert acted(toys, "order.resynced") == []
    assert "Write why" in staff.post(address, {"reason": " "}).content.decode()
    assert acted(toys, "order.resynced") == []
    assert staff.post(address, {"reason": WHY})["Location"] == detail(furnished["order"])
    assert acted(toys, "order.resynced") == AS_SUPPORT


def test_an_offer_is_resynced(toys, staff, furnished):
    enter(staff, toys)
    staff.post(act(furnished["offer"], "resync"), {"reason": WHY})
    assert acted(toys, "offer.resynced") == AS_SUPPORT
    with tenant_scope(toys.tenant.pk):
        assert Offer.objects.get(pk=furnished["offer"].pk).needs_reading


def test_an_instance_is_resynced_whole_or_one_flow_of_it(toys, staff, furnished):
    enter(staff, toys)
    address = act(furnished["instance"], "resync")
    assert "Order states" in text(staff, address)
    assert "Choose one." in staff.post(address, {"reason": WHY, "choice": "prices"}).content.decode()
    staff.post(address, {"reason": WHY, "choice": "orders"})
    assert acted(toys, "flow.resynced") == AS_SUPPORT
    staff.post(address, {"reason": WHY, "choice": "all"})
    assert acted(toys, "instance.resynced") == AS_SUPPORT
    with tenant_scope(toys.tenant.pk):
        assert Account.objects.get(pk=furnished["account"].pk).sweep_from is not None


def test_a_due_row_is_nudged(toys, staff, furnished):
    enter(staff, toys)
    staff.post(act(furnished["due"], "nudge"), {"reason": WHY})
    assert acted(toys, "due.nudged") == AS_SUPPORT
    with tenant_scope(toys.tenant.pk):
        row = Due.objects.get(pk=furnished["due"].pk)
        assert (row.due_at < furnished["due"].due_at, row.epoch, row.holder) == (True, 0, "")


def test_what_is_refused_half_way_has_done_nothing(toys, staff, furnished, monkeypatch):
    def begun(due, user, reason, choice):
        Due.objects.filter(pk=due.pk).update(holder="half-way")
        raise Rejected("has_owner")

    monkeypatch.setattr("connectify.sync.admin.nudge", begun)
    enter(staff, toys)
    said = staff.post(act(furnished["due"], "nudge"), {"reason": WHY}, follow=True)
    assert "The company has an owner" in said.content.decode()
    with tenant_scope(toys.tenant.pk):
        assert Due.objects.get(pk=furnished["due"].pk).holder == ""


def test_nothing_is_done_without_a_visit(toys, staff, furnished):
    enter(staff, toys)
    staff.post("/support/leave/")
    for row, name in (("order", "resync"), ("offer", "resync"), ("instance", "resync"), ("due", "nudge")):
        answer = staff.post(act(furnished[row], name), {"reason": WHY, "choice": "all"})
        assert answer["Location"] == "/admin/companies/", row
    for action in ("order.resynced", "offer.resynced", "instance.resynced", "due.nudged"):
        assert acted(toys, action) == []
