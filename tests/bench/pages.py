"""G11: server time of each page and each reading of the API in a company with 100 000 offers and 50 000 orders.

In process: from the request to the rendered answer, with all middleware, as a signed-in person or a program asks. What
is kept in the cache is forgotten before each, so that nobody's page is slower than what is told. The administration's
pages are asked by support on a visit in the company, and told without a goal: that is for people and programs of the
company. Of each address the fastest round counts: the others had to wait for something else on the machine. Beside it
in turns: a view that does nothing, for a person signed in to the same company.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

import psycopg
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import override_settings
from django.urls import include, path

from allegro_integration.models import Market, Offer, Order
from connectify.audit.models import AuditEntry
from connectify.clock import now
from connectify.dashboard.access import MEMBERS, open_to
from connectify.dashboard.paging import Key
from connectify.sealing.keys import make_key
from connectify.sync import due
from connectify.tenants.context import tenant_scope
from tests.addresses import Address, addresses, records_of
from tests.api.world import Company, Program, make_company
from tests.bench.registry import Figure, bench
from tests.many_rows import fill
from tests.more_of_each import multiply
from tests.support.visiting import visitor_of

ORDERS: Final = 50_000
OFFERS: Final = 100_000
INSTANCES: Final = 5
NEIGHBOURS: Final = 20  # the other company has so many times less
ROUNDS: Final = 7
LIMIT_MS: Final = 100.0
PERSON: Final = "person"
PROGRAM: Final = "program"
SUPPORT: Final = "support"
# Pages that are asked in other ways than by opening them: with filters, and from the middle of a list.
FILTERED: Final = {
    "orders": (
        *("state=yours", "state=sent", "state=waiting", "code=unmapped_delivery&delivery=method-1", "search=form-4711"),
        *("search=Jan+Nov", "search=nobody", "marketplace=allegro-cz", "instance={instance}", "since=2026-01-01"),
        *("instance={instance}&state=error", "older={older}"),
    ),
    "offers": (
        *(
            "state=problems",
            "state=sent",
            "code=price_level_missing",
            "search=KOD-4711",
            "search=nobody",
            "search=p%C5%99",
        ),
        *("account={account}", "account={account}&state=error", "after=.8000050000"),
    ),
    "audit": (
        "who={user}",
        "action=order.resynced",
        "action=instance.paused",
        "object=order:{order}",
        "who=support",
        "older={older_entry}",
    ),
    "instance_mappings": ("all=1",),
    "api_orders": ("state=waiting", "search=form-4711", "instance={instance}", "marketplace=allegro-cz", "limit=200"),
    "api_offers": ("state=error", "search=KOD-4711", "instance={instance}", "external_id=KOD-4711", "limit=200"),
    "api_runs": ("instance={instance}", "outcome=retry", "pipeline=allegro.orders", "limit=200"),
}


@open_to(*MEMBERS)
def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nothing")


urlpatterns = [path("nothing/", nothing), path("", include("connectify.urls"))]


@bench("G11", f"pages of a company with {OFFERS} offers and {ORDERS} orders")
def measure() -> list[Figure]:
    # Some of the addresses only take what is posted: that is no news.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    with override_settings(ROOT_URLCONF=__name__, API_PER_MINUTE=1_000_000, ALLOWED_HOSTS=["*"]):
        company, program, pages = prepare()
        person = Client(headers={"accept-language": "cs"})
        person.force_login(company.shop.owner, backend=settings.AUTHENTICATION_BACKENDS[0])
        clients = {PERSON: person, PROGRAM: program.client, SUPPORT: visitor_of(company.shop.tenant.pk)}
        bare: list[float] = []
        figures = []
        for name, address, who in pages:
            client = clients[who]
            if client.get(address).status_code != 200:
                continue  # it only takes what is posted, or leads elsewhere
            times = []
            for _round in range(ROUNDS):
                bare.append(timed(person, "/nothing/"))
                times.append(timed(client, address))
            limit = None if who == SUPPORT else LIMIT_MS
            figures.append(Figure(name, min(times) * 1000, "ms", limit=limit))
    nothing_ms = min(bare) * 1000
    slowest = max(figures, key=lambda one: one.value)
    assert len(figures) > 100, len(figures)
    return [
        Figure("a view that does nothing", nothing_ms, "ms"),
        *sorted(figures, key=lambda one: -one.value),
        Figure(f"the slowest ({slowest.name}) / nothing", slowest.value / nothing_ms, "x"),
    ]


def timed(client: Client, address: str) -> float:
    cache.clear()
    connection.close()  # the web process opens one for each request: that is part of what a page takes
    start = time.perf_counter()
    answer = client.get(address)
    taken = time.perf_counter() - start
    assert answer.status_code == 200, (address, answer.status_code)
    return taken


def prepare() -> tuple[Company, Program, list[tuple[str, str, str]]]:
    """The company with its neighbour, and every address to ask for: (name, address, who asks)."""
    make_key()
    neighbour = make_company(email="petr@sousedi.cz", word="Soused", now=now())
    company = make_company(email="jana@hracky.cz", word="Dvorak", now=now())
    _fill(neighbour, ORDERS // NEIGHBOURS, OFFERS // NEIGHBOURS, instances=1)
    _fill(company, ORDERS, OFFERS, instances=INSTANCES)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
    with tenant_scope(company.shop.tenant.pk):
        order, offer = company.shop.orders[0], Offer.objects.order_by("offer_id")[0]
        market = Market.objects.get(pk=company.czech.pk)
        known = records_of(market, order=order, offer=offer, payload=order.form.raw_id)
        words = {
            "instance": market.instance_id, "account": market.account_id, "user": company.shop.owner.pk,
            "order": order.pk, "older": deep(Order.objects.order_by("-bought_at", "id"), "bought_at"),
            "older_entry": deep(AuditEntry.objects.order_by("-at", "id"), "at"),
        }  # fmt: skip
        due.schedule(kind="allegro.account", resource_id=market.account_id, interval_s=300)
        pages = [*_asked(addresses(known), words), *_asked(addresses(known, of_staff=True), words, by=SUPPORT)]
    return company, company.program(), pages


def deep(rows: QuerySet[Any], field: str) -> Key:
    """The key of the page behind four fifths of the list."""
    at, row_id = rows.values_list(field, "pk")[rows.count() * 4 // 5]
    return Key(at, row_id)


def _asked(places: Iterable[Address], words: dict[str, Any], by: str = PERSON) -> Iterator[tuple[str, str, str]]:
    for place in places:
        who = PROGRAM if place.is_api else by
        yield place.name, place.path, who
        for query in FILTERED.get(place.name, ()):
            asked = query.format(**words)
            yield f"{place.name}?{query}", f"{place.path}?{asked}", who


def _fill(company: Company, orders: int, offers: int, *, instances: int) -> None:
    with tenant_scope(company.shop.tenant.pk):
        market = Market.objects.select_related("instance", "account", "unit").get(pk=company.czech.pk)
        offer = Offer.objects.order_by("offer_id")[0]
        more = multiply(market, company.shop.orders[0], offer, owner=company.shop.owner, count=instances)
        # Most belongs to one account, as where a shop sells in several countries.
        fill([market] * 20 + more, orders=orders, offers=offers)
