"""Each page and each reading of the API asks the database a fixed, small number of times, however much a shop has.

The walk takes its addresses from the declarations, so a new page is in by itself; the administration's are asked by
support on a visit in the company. Everything a request asks counts: session, person, company and its setting in force
as well. Left out is what only stands for the beginning and the end of a transaction, and what takes the company out of
force again, which a transaction's end does outside of tests. What Django keeps in a process is kept while counting, as
in a process that has answered before (the numbers of kinds of records).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from allegro_integration.models import Market, Offer
from connectify.dashboard.inbox import all_groups
from connectify.sealing.keys import make_key
from connectify.sync import due
from connectify.sync.killswitch import turn_off
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Tenant
from tests.addresses import Address, addresses, records_of
from tests.api.world import Company, Program, make_company
from tests.many_rows import fill
from tests.more_of_each import multiply
from tests.support.visiting import visitor_of

pytestmark = pytest.mark.timeout(300)  # two shops are filled and every address is asked twice
MOST = 12
PASSING = ("SAVEPOINT", "RELEASE SAVEPOINT", "SELECT set_config('app.tenant', '', true)")
# What a signed-in person does not get to see by looking alone: it leads elsewhere, or is not there.
ELSEWHERE = frozenset(
    {
        "account_login", "allegro_callback", "held", "invitation", "invitation_link", "mfa_activate_totp",
        "mfa_authenticate", "mfa_download_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp",
        "mfa_view_recovery_codes", "admin:autocomplete", "admin:login", "admin:open_company", "admin:view_on_site",
        "support",
    }
)  # fmt: skip
# Support adds and deletes nothing; histories of a company's rows and the switch of an instance lead elsewhere.
NOTHING_TO_SEE = re.compile(r"admin:\w+_(add|delete|history|switch_off)")
Walk = dict[str, tuple[int, int]]


@pytest.fixture(scope="module")
def walks(django_db_setup, django_db_blocker, tmp_path_factory) -> list[Walk]:
    """Status and queries of each address, by its name: of a shop, and of the same shop with four times as much."""
    keys = tmp_path_factory.mktemp("sealing")
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose
    settings = override_settings(SEALING_KEY_DIR=keys, PASSWORD_HASHERS=hashers)
    with django_db_blocker.unblock(), settings, transaction.atomic():
        make_key()
        turn_off("direction:invoices", reason="Repairs")
        _grow(make_company(email="petr@sousedi.cz", word="Soused"), 2, first=1)
        company = make_company(email="jana@hracky-dvorak.cz", word="Dvorak")
        program = company.program()
        program.get("instances/")  # a key's use is noted once a minute: that is not what is counted here
        ContentType.objects.get_for_models(*admin.site._registry)
        found = []
        for count, first in ((2, 1), (6, 1000)):
            _grow(company, count, first=first)
            found.append(_walk(company, program))
        transaction.set_rollback(True)
    return found


def _grow(company: Company, count: int, *, first: int) -> None:
    with tenant_scope(company.shop.tenant.pk):
        Tenant.objects.update(requires_second_factor=True)
        Authenticator.objects.get_or_create(user=company.shop.owner, type=Authenticator.Type.TOTP, data={"secret": "x"})
        market = Market.objects.select_related("instance", "account", "unit").get(pk=company.czech.pk)
        offer = Offer.objects.order_by("offer_id")[0]
        more = multiply(market, company.shop.orders[0], offer, owner=company.shop.owner, count=count)
        fill([market, *more], orders=count * 120, offers=count * 60, first=first)
        # Each place that anything can wait at is asked for what waits there.
        assert len({group.source for group in all_groups()}) >= 7


def _walk(company: Company, program: Program) -> Walk:
    with tenant_scope(company.shop.tenant.pk):
        order, offer = company.shop.orders[0], Offer.objects.order_by("offer_id")[0]
        known = records_of(company.czech, order=order, offer=offer, payload=order.form.raw_id)
    person = Client(headers={"accept-language": "cs"})
    person.force_login(company.shop.owner, backend="django.contrib.auth.backends.ModelBackend")
    found = {place.name: _ask(program.client if place.is_api else person, place) for place in addresses(known)}
    return found | _of_support(company, known)


def _of_support(company: Company, known: Mapping[str, Any]) -> Walk:
    """The administration in a visit: its own pages, and each model's pages of one row."""
    client = visitor_of(company.shop.tenant.pk)
    with tenant_scope(company.shop.tenant.pk):
        due.schedule(kind="allegro.account", resource_id=company.czech.account_id, interval_s=300)
        due.schedule(kind="pohoda.unit", resource_id=company.czech.unit_id, interval_s=300)
        places = list(addresses(known, of_staff=True))
    return {place.name: _ask(client, place) for place in places}


def _ask(client: Client, place: Address) -> tuple[int, int]:
    cache.clear()
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(place.path)
    return answer.status_code, sum(not query["sql"].startswith(PASSING) for query in seen.captured_queries)


def _pages(walk: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """What can be looked at; the rest of the addresses only takes what is posted."""
    return {name: queries for name, (status, queries) in walk.items() if status != 405}


def test_every_page_opens(walks) -> None:
    for walk in walks:
        closed = {name for name, (status, _queries) in walk.items() if status not in (200, 405)}
        assert {name for name in closed if not NOTHING_TO_SEE.fullmatch(name)} == ELSEWHERE
        assert len(_pages(walk)) > 120


def test_no_page_asks_more_than_twelve_times(walks) -> None:
    for walk in walks:
        assert {name: queries for name, queries in _pages(walk).items() if queries > MOST} == {}


def test_four_times_as_much_is_asked_for_as_often(walks) -> None:
    small, large = map(_pages, walks)
    assert {name: (queries, large[name]) for name, queries in small.items() if queries != large[name]} == {}
