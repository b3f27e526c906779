"""Two who open one link at the same moment: one joins."""

import threading

from django.db import connection

from connectify.domain.errors import Rejected
from connectify.tenants.context import tenant_scope
from connectify.tenants.invitations import accept, accept_as_new, hash_of, invite
from connectify.tenants.models import Invitation, Membership
from connectify.users.models import User
from tests.factories import TenantFactory, UserFactory


def at_once(*acts) -> list[str]:
    """Runs the acts in threads that start together → "done" or the code of the refusal, sorted."""
    barrier, outcomes = threading.Barrier(len(acts)), []

    def run(act) -> None:
        try:
            barrier.wait(timeout=20)
            act()
            outcomes.append("done")
        except Rejected as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return sorted(outcomes)


def invited(email: str):
    tenant = TenantFactory()
    with tenant_scope(tenant.pk):
        owner = UserFactory()
        Membership.objects.create(user=owner, role="owner")
        _invitation, token = invite(email=email, role="viewer", language="cs", actor=owner)
    return tenant, hash_of(token)


def test_two_new_people_with_one_link_make_one_account(committed_db):
    tenant, token = invited("new@example.com")

    def join() -> None:
        accept_as_new(token_sha256=token, full_name="Nová", password="zelena-lampa-na-stole")

    assert at_once(join, join) == ["done", "invitation_closed"]
    person = User.objects.get(email="new@example.com")
    with tenant_scope(tenant.pk):
        assert Membership.objects.filter(user=person).count() == 1
        assert Invitation.objects.filter(accepted_at__isnull=False).count() == 1


def test_one_person_who_clicks_twice_joins_once(committed_db):
    tenant, token = invited("known@example.com")
    person = UserFactory(email="known@example.com")

    def join() -> None:
        accept(token_sha256=token, user=person)

    assert at_once(join, join) == ["done", "invitation_closed"]
    with tenant_scope(tenant.pk):
        assert Membership.objects.filter(user=person).count() == 1


def test_two_companies_invite_one_new_person_at_once_and_one_account_is_made(committed_db):
    (_one, first), (_two, second) = invited("new@example.com"), invited("new@example.com")

    def join(token):
        return lambda: accept_as_new(token_sha256=token, full_name="Nová", password="zelena-lampa-na-stole")

    assert at_once(join(first), join(second)) == ["account_exists", "done"]
    assert User.objects.filter(email="new@example.com").count() == 1
