"""The list of offers and one offer's page."""

import re

import pytest

from allegro_integration import offer_selectors
from allegro_integration.models import Offer
from connectify.audit.models import AuditEntry
from connectify.dashboard.counting import count_up_to, shown
from connectify.domain.change import Evidence
from connectify.sync.changes import begin, confirm, hold, plan_change
from connectify.tenants.context import tenant_scope
from connectify.tenants.services import add_member
from tests.dashboard import shop

KINDS = (("sent", ""), ("error", "offer_refused"), ("skipped", "offer_not_linked"), ("waiting", "price_jump"),
         ("waiting", ""), ("sent", "price_level_missing"))  # fmt: skip


@pytest.fixture
def stall(db, now) -> shop.Shop:
    """Twelve offers, two of each kind, their numbers mixed."""
    made = shop.make_shop()
    with tenant_scope(made.tenant.pk):
        for number in range(12):
            state, code = KINDS[number % 6]
            Offer.objects.create(account=made.czech.account, offer_id=f"77{number:02d}", name=f"Zboží {number}",
                                 state=state, code=code, status="ENDED", ended_by="EMPTY_STOCK")  # fmt: skip
    return made


def numbers(page: str) -> list[str]:
    return re.findall(r'<span class="quiet small mono">(\d+)</span>', page)


def all_pages(client, path: str) -> list[str]:
    found: list[str] = []
    while path:
        page = client.get(path).content.decode()
        found += numbers(page)
        onward = re.search(r'href="(\?[^"]*after=[^"]+)"', page)
        path = f"/offers/{onward[1].replace('&amp;', '&')}" if onward else ""
    return found


PROBLEMS = ["7701", "7703", "7705", "7707", "7709", "7711"]
REST = ["7700", "7702", "7704", "7706", "7708", "7710"]


@pytest.mark.parametrize("size", [1, 4, 6, 7, 50])
def test_problems_come_first_and_each_offer_once_whatever_the_page(stall, browser_of, monkeypatch, size):
    monkeypatch.setattr(offer_selectors, "PAGE_SIZE", size)
    assert all_pages(browser_of(stall.owner), "/offers/") == PROBLEMS + REST


def test_a_cause_shows_its_offers_alone(stall, browser_of):
    page = browser_of(stall.owner, "en").get("/offers/?code=offer_refused&state=error").content.decode()
    assert numbers(page) == ["7701", "7707"]
    assert "Only offers with this cause:" in page


def test_states_are_the_five_words(stall, browser_of):
    page = browser_of(stall.owner, "en").get("/offers/").content.decode()
    assert set(re.findall(r'<span class="badge \w+">([^<]+)</span>', page)) == {"sent", "error", "skipped", "waiting"}


def test_more_than_is_counted_is_said_to_be_more(stall):
    with tenant_scope(stall.tenant.pk):
        gone = Offer.objects.filter(state="superseded")
        found = count_up_to({"all": Offer.objects.all(), "none": gone}, most=5)
    assert (found, shown(found["all"], 5), shown(5, 5)) == ({"all": 6, "none": 0}, "5+", "5")


@pytest.fixture
def changed(stall) -> Offer:
    """An offer with a price that went and one that is held."""
    with tenant_scope(stall.tenant.pk):
        offer = Offer.objects.get(offer_id="7703")
        for key, before, after in (("a", "249.00", "299.00"), ("b", "299.00", "29900.00")):
            result = {"code": "price_result", "params": {"price": after, "before": before, "currency": "CZK"}}
            change = plan_change(
                instance=stall.czech.instance, kind="offer.price", key=key, subject_kind="offer", subject_id=offer.pk,
                resource_kind="allegro.account", resource_id=stall.czech.account_id, trace=[result],
                content={"marketplace": "allegro-cz", "amount": after, "currency": "CZK"},
            )  # fmt: skip
            if key == "a":
                confirm(begin(change.pk, epoch=1).pk, evidence=Evidence.ANSWER, proof={})
            else:
                hold(change.pk, code="price_jump")
    return offer


def test_the_history_says_what_was_before_what_came_and_what_became_of_it(stall, browser_of, changed):
    page = browser_of(stall.owner, "en").get(f"/offers/{changed.pk}/").content.decode().replace("\xa0", " ")
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "Price, Allegro Česko: 249.00 CZK → to 299.00 CZK sent Allegro shows it" in text
    assert "Price, Allegro Česko: 299.00 CZK → to 29,900.00 CZK waiting held until you decide" in text
    assert "ended (sold out)" in text


def test_a_person_may_have_an_offer_looked_at_again(stall, browser_of, changed):
    client = browser_of(stall.owner)
    for _ in range(2):
        assert client.post(f"/offers/{changed.pk}/look-again/")["Location"] == f"/offers/{changed.pk}/"
    with tenant_scope(stall.tenant.pk):
        assert Offer.objects.get(pk=changed.pk).needs_reading
        assert AuditEntry.objects.filter(action="offer.resynced", actor=stall.owner).count() == 2


def test_a_viewer_and_another_company_may_not(stall, browser_of, changed):
    viewer, other = shop.make_user("v@hracky-dvorak.cz"), shop.make_shop(email="karel@jina-firma.cz", name="Jiná firma")
    with tenant_scope(stall.tenant.pk):
        add_member(user=viewer, role="viewer")
    path = f"/offers/{changed.pk}/look-again/"
    assert browser_of(viewer).post(path).status_code == 403
    assert browser_of(other.owner).post(path).status_code == 404
    assert "look-again" not in browser_of(viewer).get(f"/offers/{changed.pk}/").content.decode()
