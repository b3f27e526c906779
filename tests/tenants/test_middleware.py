"""A request runs in one tenant: the person's, the chosen one, or a visited one."""

import datetime as dt
import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from connectify import clock
from connectify.domain.errors import Rejected
from connectify.instances.models import Instance
from connectify.tenants import staff
from connectify.tenants.context import tenant_scope
from connectify.tenants.middleware import TenantMiddleware, choose_tenant
from connectify.tenants.models import Membership, Tenant
from connectify.tenants.services import add_member, change_role, create_tenant, remove_member
from tests.factories import InstanceFactory, MembershipFactory, TenantFactory, UserFactory
from tests.seen import audit_of, tenant_in_force

NOON = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def companies(db):
    companies = [TenantFactory(name="Alfa"), TenantFactory(name="Beta")]
    for company in companies:
        with tenant_scope(company.pk):
            InstanceFactory(name=f"{company.name} CZ")
    return companies


def member_of(*companies, role="owner"):
    user = UserFactory()
    for company in companies:
        with tenant_scope(company.pk):
            MembershipFactory(user=user, role=role)
    return user


def ask(user, session=None, view=None):
    """(names of the instances the view sees, the request)."""
    request = RequestFactory().get("/")
    request.user, request.session = user, session if session is not None else SessionStore()
    seen = []

    def default(request):
        if tenant_in_force() is not None:
            seen.extend(Instance.objects.values_list("name", flat=True))
        return HttpResponse()

    TenantMiddleware(view or default)(request)
    assert tenant_in_force() is None
    return seen, request


def test_each_person_sees_their_own_company(companies):
    for company in companies:
        seen, request = ask(member_of(company, role="viewer"))
        assert seen == [f"{company.name} CZ"]
        assert (request.membership.tenant_id, request.membership.role) == (company.pk, "viewer")


def test_a_stranger_and_a_person_without_a_company_are_in_no_tenant(companies):
    for user in (AnonymousUser(), UserFactory()):
        seen, request = ask(user)
        assert (seen, request.membership, request.memberships) == ([], None, [])


def test_a_person_of_two_companies_is_in_the_first_until_they_choose(companies):
    user = member_of(*companies)
    seen, request = ask(user)
    assert seen == ["Alfa CZ"]
    choose_tenant(request, companies[1].pk)
    assert ask(user, request.session)[0] == ["Beta CZ"]


def test_choosing_a_company_one_is_no_member_of_changes_nothing(companies):
    user = member_of(companies[0])
    _, request = ask(user)
    choose_tenant(request, companies[1].pk)
    assert ask(user, request.session)[0] == ["Alfa CZ"]


def test_a_removed_member_is_out_with_the_next_request(companies):
    user = member_of(companies[0])
    with tenant_scope(companies[0].pk):
        MembershipFactory()
        remove_member(membership=Membership.objects.get(user=user), actor=None)
    assert ask(user)[0] == []


def test_a_suspended_company_is_not_entered(companies):
    user = member_of(companies[0])
    with tenant_scope(companies[0].pk):
        Tenant.objects.update(suspended_at=NOON)
    assert ask(user)[0] == []


def test_a_failed_request_leaves_nothing_behind(companies):
    def view(request):
        InstanceFactory(name="half done")
        return HttpResponse(status=500)

    user = member_of(companies[0])
    ask(user, view=view)
    assert ask(user)[0] == ["Alfa CZ"]


def test_a_view_that_raises_leaves_nothing_behind(companies):
    def view(request):
        InstanceFactory(name="half done")
        raise ValueError

    user = member_of(companies[0])
    with pytest.raises(ValueError):
        ask(user, view=view)
    assert ask(user)[0] == ["Alfa CZ"]


class TestSupport:
    @pytest.fixture
    def supporter(self, db):
        return UserFactory(is_staff=True)

    def enter(self, user, company, reason="ticket 17"):
        _, request = ask(user)
        staff.enter(request, tenant_id=company.pk, reason=reason)
        return request.session

    def test_staff_find_companies_by_a_part_of_the_name_and_others_find_none(self, companies, supporter):
        assert [company.name for company in staff.find_companies(user=supporter, words="et")] == ["Beta"]
        assert [company.name for company in staff.find_companies(user=supporter, words="")] == ["Alfa", "Beta"]
        assert staff.find_companies(user=supporter, words="%") == []
        assert staff.find_companies(user=member_of(companies[0]), words="") == []

    def test_staff_are_in_no_company_until_they_enter_one(self, companies, supporter):
        assert ask(supporter)[0] == []
        session = self.enter(supporter, companies[1])
        seen, request = ask(supporter, session)
        assert seen == ["Beta CZ"]
        assert (request.membership.role, request.is_support_visit) == ("viewer", True)

    def test_a_visit_is_recorded_in_the_company_with_its_reason_and_end(self, companies, supporter):
        session = self.enter(supporter, companies[1])
        _, request = ask(supporter, session)
        staff.leave(request)
        assert ask(supporter, session)[0] == []
        with tenant_scope(companies[1].pk):
            entries = audit_of("tenant", companies[1].pk)
        assert [(entry.action, entry.actor, entry.reason) for entry in entries] == [
            ("support.entered", supporter, "ticket 17"),
            ("support.left", supporter, ""),
        ]

    def test_a_visit_ends_after_half_an_hour(self, companies, supporter):
        with clock.fixed(NOON):
            session = self.enter(supporter, companies[1])
        with clock.fixed(NOON + dt.timedelta(minutes=29, seconds=59)):
            assert ask(supporter, session)[0] == ["Beta CZ"]
        with clock.fixed(NOON + dt.timedelta(minutes=30)):
            assert ask(supporter, session)[0] == []

    def test_nobody_else_enters_and_nobody_without_a_reason(self, companies, supporter):
        with pytest.raises(PermissionDenied):
            self.enter(member_of(companies[0]), companies[1])
        with pytest.raises(Rejected):
            self.enter(supporter, companies[1], reason="  ")
        _, request = ask(supporter)
        with pytest.raises(PermissionDenied):
            staff.enter(request, tenant_id=uuid.uuid4(), reason="ticket 17")

    def test_a_visit_is_void_for_another_person_and_for_one_who_is_staff_no_more(self, companies, supporter):
        session = self.enter(supporter, companies[1])
        assert ask(UserFactory(is_staff=True), session)[0] == []
        supporter.is_staff = False
        assert ask(supporter, session)[0] == []


class TestMembers:
    def test_a_new_company_is_recorded_and_empty(self, companies):
        tenant = create_tenant(name="Gama")
        with tenant_scope(tenant.pk):
            assert Tenant.objects.get().name == "Gama"
            assert not Instance.objects.exists()
            assert [entry.action for entry in audit_of("tenant", tenant.pk)] == ["tenant.created"]

    def test_a_person_is_a_member_once(self, companies):
        user = member_of(companies[0])
        with tenant_scope(companies[0].pk), pytest.raises(Rejected, match="already_member"):
            add_member(user=user, role="viewer")

    def test_a_company_keeps_an_owner(self, companies):
        user = member_of(companies[0])
        with tenant_scope(companies[0].pk):
            owner = Membership.objects.get(user=user)
            with pytest.raises(Rejected, match="last_owner"):
                remove_member(membership=owner, actor=user)
            with pytest.raises(Rejected, match="last_owner"):
                change_role(membership=owner, role="viewer", actor=user)
            add_member(user=UserFactory(), role="owner", actor=user)
            assert change_role(membership=owner, role="viewer", actor=user).role == "viewer"
            actions = [(entry.action, entry.before, entry.after) for entry in audit_of("user", user.pk)]
        assert actions == [("member.role_changed", {"role": "owner"}, {"role": "viewer"})]

    def test_a_role_that_does_not_exist_is_refused(self, companies):
        with tenant_scope(companies[0].pk), pytest.raises(ValueError):
            add_member(user=UserFactory(), role="god")
