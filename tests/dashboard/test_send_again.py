"""A person sends an order again that Pohoda stopped."""

import pytest

from allegro_integration import views
from allegro_integration.models import Order
from connectify.audit.models import AuditEntry
from connectify.domain.change import ChangeState, Evidence
from connectify.domain.errors import Rejected
from connectify.sync.changes import begin, plan_change, refuse
from connectify.sync.models import Change
from connectify.tenants.context import tenant_scope
from connectify.tenants.services import add_member
from tests.dashboard import shop


@pytest.fixture
def refused(toys, now) -> Order:
    with tenant_scope(toys.tenant.pk):
        order = shop.make_order(
            toys.czech, at=now, state="error", code="pohoda_refused", params={"note": "Zásoba chybí"}
        )
        change = plan_change(
            instance=order.instance, kind="order.create", key=order.number, subject_kind="order", subject_id=order.pk,
            resource_kind="pohoda.unit", resource_id=toys.czech.unit_id, content={},
        )  # fmt: skip
        begin(change.pk, epoch=1)
        refuse(change.pk, code="pohoda_refused", detail="", proof={})
    return order


def button(client, order: Order) -> bool:
    return "Odeslat znovu" in client.get(f"/orders/{order.pk}/").content.decode()


def test_a_refused_order_has_a_button_that_sends_it_again(toys, owner, refused):
    assert button(owner, refused)
    answer = owner.post(f"/orders/{refused.pk}/send-again/", follow=True)
    assert "Objednávka půjde do Pohody znovu s dalším kolem agenta." in answer.content.decode()
    assert "Odesláno znovu na pokyn člověka" in answer.content.decode()
    with tenant_scope(toys.tenant.pk):
        change = Change.objects.get(subject_id=refused.pk)
        assert (change.state, change.evidence) == (ChangeState.PLANNED, Evidence.PERSON)
        assert AuditEntry.objects.get(action="change.retried").actor_id == toys.owner.pk
    assert not button(owner, refused)


def test_a_second_click_says_that_there_is_nothing_to_do(owner, refused):
    owner.post(f"/orders/{refused.pk}/send-again/")
    answer = owner.post(f"/orders/{refused.pk}/send-again/", follow=True)
    assert "Není co posílat znovu" in answer.content.decode()


@pytest.mark.parametrize(("state", "code"), [("superseded", "merged"), ("skipped", "cancelled")])
def test_what_the_buyer_does_not_want_any_more_has_no_button_and_every_answer_says_why(
    toys, owner, refused, state, code
):
    with tenant_scope(toys.tenant.pk):
        Order.objects.filter(pk=refused.pk).update(state=state, code=code)
    assert not button(owner, refused)
    page = owner.post(f"/orders/{refused.pk}/send-again/", follow=True).content.decode()
    assert "Kupující objednávku zrušil, nebo ji zaplatil společně s jinou." in page
    assert "Není co posílat znovu" not in page
    page = owner.post(f"/orders/{refused.pk}/look-again/", follow=True).content.decode()
    assert "Objednávku znovu přečteme z Allegra i z Pohody." in page
    with tenant_scope(toys.tenant.pk):
        assert Change.objects.get(subject_id=refused.pk).state == ChangeState.REFUSED
        assert AuditEntry.objects.filter(action="order.resynced").count() == 1


def test_a_look_again_that_is_refused_says_why_and_leaves_nothing_behind(toys, owner, refused, monkeypatch):
    def refuse_late(*, order: Order, actor) -> None:
        Order.objects.filter(pk=order.pk).update(buyer="half written")
        raise Rejected("not_wanted_any_more", number=order.number)

    monkeypatch.setattr(views, "resync_order", refuse_late)
    answer = owner.post(f"/orders/{refused.pk}/look-again/", follow=True)
    assert answer.status_code == 200
    assert "Kupující objednávku zrušil, nebo ji zaplatil společně s jinou." in answer.content.decode()
    with tenant_scope(toys.tenant.pk):
        assert not Order.objects.filter(buyer="half written").exists()


@pytest.mark.parametrize("role", ["accountant", "viewer"])
def test_who_only_reads_neither_sees_the_button_nor_may_use_it(toys, browser_of, refused, role):
    user = shop.make_user("kolega@hracky-dvorak.cz")
    with tenant_scope(toys.tenant.pk):
        add_member(user=user, role=role)
    client = browser_of(user)
    assert not button(client, refused)
    assert client.post(f"/orders/{refused.pk}/send-again/").status_code == 403
    with tenant_scope(toys.tenant.pk):
        assert Change.objects.get(subject_id=refused.pk).state == ChangeState.REFUSED


def test_orders_of_another_company_cannot_be_sent_again(toys, browser_of, refused):
    other = shop.make_shop(email="karel@jina-firma.cz", name="Jiná firma")
    assert browser_of(other.owner).post(f"/orders/{refused.pk}/send-again/").status_code == 404
    with tenant_scope(toys.tenant.pk):
        assert Change.objects.get(subject_id=refused.pk).state == ChangeState.REFUSED


def test_sending_again_needs_a_post(owner, refused):
    assert owner.get(f"/orders/{refused.pk}/send-again/").status_code == 405
