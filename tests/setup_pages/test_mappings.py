"""The tab of delivery and payment: what was seen, what a mapping would let go, what is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allegro_integration.models import DeliveryMapping, Order, PaymentMapping
from allegro_integration.services.mappings import map_delivery
from connectify import clock
from connectify.audit.models import AuditEntry
from connectify.tenants.models import Role
from tests.allegro_domain.forms import METHOD_ID, delivery, line
from tests.setup_pages.flow_shop import FlowShop, effect_counts, effect_rows, queries_of, shows

BOX = "1f2e0000-0000-4000-8000-00000000b0x1"
NOW = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)
FORM_TWO = "29738e61-7f6a-11e8-ac45-000000000002"


@pytest.fixture
def shop(db: None) -> Iterator[FlowShop]:
    cache.clear()
    with clock.fixed(NOW):
        yield FlowShop("instance_mappings")
    cache.clear()


def box(**more: Any) -> dict[str, Any]:
    """What an order by an unknown method has of its own."""
    return {"delivery": delivery(method={"id": BOX, "name": "Z-BOX"}), **more}


def form_of(page: Any, **typed: str) -> dict[str, str]:
    """The fields of the page as a browser posts them, with some typed over (`__` for the dashes of names)."""
    draft = page.context["draft"]
    fields = {name: value for row in (*draft.deliveries, *draft.payments) for name, value in row.fields}
    unknown = set(typed) - set(fields)
    assert not unknown, unknown
    return {**fields, **typed, "known": page.context["known"]}


def box_form(shop: FlowShop, carrier: str = "Zásilkovna", text: str = "") -> dict[str, str]:
    return form_of(shop.get(), **{f"delivery-carrier-{BOX}": carrier, f"delivery-text-{BOX}": text})


def stored(shop: FlowShop) -> dict[str, tuple[str, str, str]]:
    with shop.inside():
        rows = DeliveryMapping.objects.values_list("method_id", "method_name", "carrier", "line_text")
        return {row[0]: row[1:] for row in rows}


def test_methods_that_orders_wait_for_stand_first_with_how_many_wait(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive()
        shop.receive(id=FORM_TWO, lineItems=[{**line(2)}], **box())
    page = shop.get()
    draft = page.context["draft"]
    assert [(row.label, row.is_mapped, row.seen.waiting, row.seen.orders) for row in draft.deliveries] == [
        ("Z-BOX", False, 1, 1),
        ("PPL kurýr", True, 0, 1),
    ]
    assert shows(page, "1 order waits")
    assert (draft.payments[-1].label, draft.payments[-1].is_mapped, draft.payments[-1].seen.orders) == (
        "paid online",
        True,
        2,
    )


def test_the_effect_names_the_orders_that_would_go_and_their_documents(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive(**box())
    form = box_form(shop, text="Doprava Z-BOX")
    before = shop.everything()
    page = shop.preview(form)
    waits = "waits: The delivery method “Z-BOX” has no counterpart in Pohoda yet."
    goes = (
        "goes to Pohoda: carrier Zásilkovna, form of payment Allegro, 2 lines (Doprava Z-BOX), 159.00\xa0CZK"
    )  # fmt: skip
    assert effect_rows(page) == [("Jana Nováková · 159.00\xa0CZK", waits, goes)]
    assert effect_counts(page) == {"go to Pohoda": 1}
    assert shows(page, "1 order that waits goes to Pohoda at once.")
    assert shop.everything() == before


def test_an_unknown_method_that_is_mapped_here_makes_its_orders_go(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive(**box())
        assert shop.order().code == "unmapped_delivery"
    assert shop.save(box_form(shop), Role.OPERATOR).status_code == 302
    assert stored(shop)[BOX] == ("Z-BOX", "Zásilkovna", "Z-BOX")
    assert shop.audited()[-1] == "mapping.delivery_saved"
    with shop.inside():
        assert shop.plan_again() == 1
        assert (shop.order().state, shop.order().code) == ("waiting", "queued")
        content = shop.change().content
    assert content["carrier"] == "Zásilkovna"
    assert content["lines"][-1]["text"] == "Z-BOX"


def test_an_unknown_payment_type_that_is_mapped_here_makes_its_orders_go(shop: FlowShop) -> None:
    payment = {"id": "p", "type": "CASH_ON_DELIVERY", "paidAmount": None}
    with shop.inside():
        shop.receive(payment=payment)
        assert shop.order().code == "unmapped_payment"
    page = shop.get(query="?payment=CASH_ON_DELIVERY")
    assert shows(page, "autofocus")
    assert page.context["draft"].payments[0].seen.waiting == 1
    form = form_of(page, **{"payment-form-CASH_ON_DELIVERY": "Dobírkou"})
    assert effect_counts(shop.preview(form)) == {"go to Pohoda": 1}
    shop.save(form)
    with shop.inside():
        assert PaymentMapping.objects.get(payment_type="CASH_ON_DELIVERY").form_of_payment == "Dobírkou"
        shop.plan_again()
        assert shop.change().content["payment_type"] == "Dobírkou"


def test_a_method_without_a_carrier_is_mapped_by_its_text(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive(**box())
    shop.save(box_form(shop, carrier="", text="Osobní odběr"))
    assert stored(shop)[BOX] == ("Z-BOX", "", "Osobní odběr")


def test_what_another_reason_holds_says_so(shop: FlowShop) -> None:
    no_code = {**line(), "offer": {"id": "1", "name": "Bez kódu", "external": None}}
    with shop.inside():
        shop.receive(lineItems=[no_code], **box())
    form = form_of(shop.get(), **{"payment-form-ONLINE": "Kartou"})
    page = shop.preview(form)
    assert "go to Pohoda" not in effect_counts(page)
    assert effect_rows(page) == []


def test_a_changed_mapping_shows_what_changes_in_orders_that_have_not_left(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive()
    form = form_of(shop.get(), **{f"delivery-carrier-{METHOD_ID}": "DPD"})
    assert effect_rows(shop.preview(form)) == [("Jana Nováková · 159.00\xa0CZK", "carrier: PPL", "carrier: DPD")]


def test_orders_that_have_left_are_not_concerned(shop: FlowShop) -> None:
    shop.sent()
    form = form_of(shop.get(), **{f"delivery-carrier-{METHOD_ID}": "DPD"})
    page = shop.preview(form)
    assert effect_rows(page) == []
    assert shows(page, "No order waits for this.")


def test_both_emptied_takes_the_mapping_away_and_says_what_then_waits(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive()
    form = form_of(shop.get(), **{f"delivery-carrier-{METHOD_ID}": "", f"delivery-text-{METHOD_ID}": ""})
    page = shop.preview(form)
    assert effect_rows(page)[0][2] == "waits: The delivery method “PPL kurýr” has no counterpart in Pohoda yet."
    assert shop.save(form).status_code == 302
    assert METHOD_ID not in stored(shop)
    with shop.inside():
        entry = AuditEntry.objects.get(action="mapping.delivery_removed")
        facts = {"method_id": METHOD_ID, "method_name": "PPL", "carrier": "PPL", "line_text": "Doprava"}
        assert (entry.before, entry.after) == (facts, None)


def test_a_payment_mapping_is_taken_away_as_well(shop: FlowShop) -> None:
    assert shop.save(form_of(shop.get(), **{"payment-form-ONLINE": ""})).status_code == 302
    with shop.inside():
        assert not PaymentMapping.objects.exists()
    assert shop.audited()[-1] == "mapping.payment_removed"


def test_a_form_that_changes_nothing_stores_nothing(shop: FlowShop) -> None:
    form = form_of(shop.get())
    before = shop.everything()
    assert shows(shop.preview(form), "You have changed nothing.")
    shop.save(form)
    assert shop.everything() == before


def test_two_people_at_once_undo_nothing_of_one_another(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive(**box())
    form = form_of(shop.get(), **{"payment-form-ONLINE": "Kartou"})
    seen = shop.preview(form)
    with shop.inside():
        map_delivery(instance=shop.market.instance, method_id=BOX, method_name="Z-BOX", carrier="Zásilkovna")
    page = shop.post(shop.second(form, seen))
    assert shows(page, "the settings of this instance were changed meanwhile")
    again = form_of(page, **{"payment-form-ONLINE": "Kartou"})
    assert shop.post(shop.second(again, page)).status_code == 302
    assert stored(shop)[BOX] == ("Z-BOX", "Zásilkovna", "Z-BOX")
    with shop.inside():
        assert PaymentMapping.objects.get().form_of_payment == "Kartou"


def test_nothing_is_saved_whose_effect_was_not_shown(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive(**box())
    seen = shop.preview(box_form(shop))
    before = shop.everything()
    page = shop.post(shop.second(box_form(shop, carrier="DPD"), seen))
    assert shows(page, "Nothing was saved yet: something was changed after the effect was shown.")
    assert shop.everything() == before


@pytest.mark.parametrize(
    ("field", "value", "limit"),
    [(f"delivery-carrier-{METHOD_ID}", "x" * 21, 20), (f"delivery-text-{METHOD_ID}", "x" * 91, 90),
     ("payment-form-ONLINE", "x" * 33, 32)],
)  # fmt: skip
def test_what_pohoda_cannot_take_is_refused(shop: FlowShop, field: str, value: str, limit: int) -> None:
    before = shop.get() and shop.everything()
    page = shop.preview(form_of(shop.get(), **{field: value}))
    assert shows(page, f"is too long: Pohoda takes {limit} characters.")
    assert "effect" not in page.context
    assert shop.everything() == before


@pytest.mark.parametrize("known", ["", "[]", "{", '{"delivery-carrier-x": 1}', '{"payment-form-ONLINE": "ONLINE"}'])
def test_an_odd_note_of_what_was_shown_is_harmless(shop: FlowShop, known: str) -> None:
    form = {**form_of(shop.get()), "known": known}
    assert shows(shop.preview(form), "You have changed nothing.")


def test_methods_that_the_page_does_not_list_are_not_mapped(shop: FlowShop) -> None:
    form = {**form_of(shop.get()), "delivery-carrier-strange": "PPL", "delivery-text-strange": "x"}
    shop.save(form)
    assert list(stored(shop)) == [METHOD_ID]


def test_the_address_leads_to_the_method_that_is_asked_for(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive(**box())
    page = shop.get(query=f"?method={BOX}")
    assert [row.seen.key for row in page.context["draft"].deliveries if row.is_wanted] == [BOX]
    assert shows(page, 'id="wanted"')


def test_carriers_and_forms_really_seen_are_suggested(shop: FlowShop) -> None:
    shop.in_pohoda(carrier="GLS", payment_type="Kartou")
    page = shop.get()
    assert page.context["draft"].seen.carriers == ("GLS", "PPL")
    assert page.context["draft"].seen.forms == ("Allegro", "Kartou")


def test_orders_of_long_ago_are_listed_only_while_they_wait(shop: FlowShop) -> None:
    with shop.inside():
        shop.receive(**box())
        Order.objects.update(bought_at=NOW - dt.timedelta(days=91))
    assert [row.seen.key for row in shop.get().context["draft"].deliveries] == [BOX, METHOD_ID]
    with shop.inside():
        Order.objects.update(state="sent", code="")
    assert [row.seen.key for row in shop.get().context["draft"].deliveries] == [METHOD_ID]


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.VIEWER])
def test_who_does_not_work_here_looks_and_changes_nothing(shop: FlowShop, role: str) -> None:
    page = shop.get(role)
    assert page.status_code == 200
    assert not shows(page, 'name="step"')
    assert shows(page, "An owner, an admin or an operator of the company may change them.")
    form = form_of(page, **{"payment-form-ONLINE": "Kartou"})
    before = shop.everything()
    for step in ("preview", "save"):
        assert shop.post({**form, "step": step}, role).status_code == 403
    assert shop.browser(role).post(f"{shop.url}load/").status_code == 403
    assert shop.everything() == before


def test_another_company_has_no_such_page(shop: FlowShop) -> None:
    other = FlowShop("instance_mappings")
    before, stranger = shop.everything(), other.browser()
    assert stranger.get(shop.url).status_code == 404
    assert stranger.post(shop.url, {"step": "save", "payment-form-ONLINE": "x"}).status_code == 404
    assert stranger.post(f"{shop.url}load/").status_code == 404
    assert shop.everything() == before


def test_a_page_takes_few_queries_however_many_orders_and_methods(shop: FlowShop) -> None:
    with shop.inside():
        for at in range(6):
            method = {"id": f"method-{at}", "name": f"Method {at}"}
            shop.receive(id=f"29738e61-7f6a-11e8-ac45-09db60ede{at:03d}", delivery=delivery(method=method),
                         lineItems=[{**line(), "id": f"line-{at}"}])  # fmt: skip
    browser = shop.browser()
    form = form_of(shop.get(), **{f"delivery-carrier-method-{at}": "PPL" for at in range(6)})
    for call, limit in ((lambda: browser.get(shop.url), 12), (lambda: shop.preview(form), 17)):
        with CaptureQueriesContext(connection) as queries:
            answer = call()
        assert queries_of(queries) <= limit
    assert effect_counts(answer) == {"go to Pohoda": 6}
