"""The worlds of the services' tests, and signed-in browsers as the pages' tests have them."""

import pytest

from allegro_integration.models import Offer
from connectify.audit.models import AuditEntry
from connectify.sync import due
from connectify.sync.models import Change, Due, Quarantined, Run
from connectify.tenants.context import tenant_scope
from pohoda_bridge.server.models import Agent, Job, MirrorRead
from tests.allegro_services.conftest import neighbour, shop, site, site_api, town
from tests.allegro_services.offers.conftest import neighbours_offer, stall
from tests.dashboard import shop as shops
from tests.dashboard.conftest import browser_of, now, owner, quick_passwords, toys

__all__ = [
    "browser_of", "neighbour", "neighbours_offer", "now", "owner", "quick_passwords", "shop", "site", "site_api",
    "stall", "town", "toys",
]  # fmt: skip


@pytest.fixture
def person(toys):
    return shops.make_user("podpora@connectify.example", is_staff=True)


@pytest.fixture
def staff(person, browser_of):
    return browser_of(person, "en")


@pytest.fixture
def furnished(toys):
    """A row of everything that support can look at."""
    with tenant_scope(toys.tenant.pk):
        market, order = toys.czech, toys.orders[0]
        due.schedule(kind="allegro.account", resource_id=market.account_id, interval_s=300, due_in_s=600)
        due.schedule(kind="pohoda.unit", resource_id=market.unit_id, interval_s=300, due_in_s=600)
        rows = {
            "offer": Offer.objects.create(account=market.account, offer_id="7700000001", name="Koloběžka <b>Skvrnka"),
            "change": Change.objects.create(
                instance=market.instance, kind="order.create", key="allegro:sandbox:1:x", subject_kind="order",
                subject_id=order.pk, resource_kind="pohoda.unit", resource_id=market.unit_id, content={"a": 1},
                content_sha256="0" * 64,
            ),
            "run": Run.objects.create(
                pipeline="orders.intake", resource_kind="allegro.account", resource_id=market.account_id, epoch=1,
                outcome="ok", counts={"forms": 3},
            ),
            "quarantined": Quarantined.objects.create(subject_kind="form", subject_key="x:1", code="form_not_read"),
            "agent": Agent.objects.create(unit=market.unit, host="UCETNI-PC", public_key=b"k" * 32),
            "job": Job.objects.create(unit=market.unit, operation="find_order", order=b"{}", signature=b"s"),
            "read": MirrorRead.objects.create(unit=market.unit, agenda="stock"),
            "order": order, "account": market.account, "unit": market.unit, "instance": market.instance,
            "due": Due.objects.get(resource_id=market.account_id),
        }  # fmt: skip
        rows["audit"] = AuditEntry.objects.create(action="instance.paused", object_kind="instance")
    return rows
