"""The list of orders and one order's page."""

import re

import pytest

from connectify.tenants.context import tenant_scope
from tests.dashboard import shop


def buyers(page: str) -> list[str]:
    return re.findall(r'class="row-link"[^>]*><bdi>([^<]*)</bdi>', page)


def get(client, query: str = "") -> str:
    return client.get(f"/orders/{query}").content.decode()


def test_the_newest_order_is_first(owner):
    assert buyers(get(owner))[:3] == ["Jana Novotná", "Petr Svoboda", "Ján Kováč"]


@pytest.mark.parametrize(
    ("state", "word", "count"),
    [("sent", "odesláno", 4), ("waiting", "čeká", 3), ("error", "chyba", 1), ("skipped", "přeskočeno", 1),
     ("superseded", "nahrazeno", 1)],
)  # fmt: skip
def test_five_words_for_a_state_and_a_filter_for_each(owner, state, word, count):
    page = get(owner, f"?state={state}")
    assert len(buyers(page)) == count
    assert page.count(f">{word}</span>") == count


@pytest.mark.parametrize(
    ("query", "found"),
    [("?search=svoboda&state=waiting", ["Petr Svoboda"]), ("?search=2600118", ["Jana Novotná"]),
     ("?marketplace=allegro-sk", ["Ján Kováč", "Zuzana Hrušková"]), ("?search=%00%27%22%3Cb", [])],
)  # fmt: skip
def test_filters_come_from_the_address(owner, query, found):
    assert buyers(get(owner, query)) == found


def test_the_beginning_of_the_number_finds_the_order(toys, owner):
    assert buyers(get(owner, f"?search={toys.orders[1].number[:13]}")) == ["Petr Svoboda"]


@pytest.mark.parametrize("query", ["?state=nonsense", "?instance=nonsense", "?older=nonsense", "?newer=%ff"])
def test_nonsense_in_the_address_filters_nothing(owner, query):
    assert len(buyers(get(owner, query))) == 10


def test_the_form_shows_what_the_address_asks_for(toys, owner):
    page = get(owner, f"?search=%22%3Escript&state=error&instance={toys.czech.instance_id}")
    assert 'value="&quot;&gt;script"' in page
    assert '<option value="error" selected>' in page
    assert f'<option value="{toys.czech.instance_id}" selected>' in page


def test_a_fragment_is_the_list_alone_and_tidies_the_address(owner):
    answer = owner.get("/orders/?search=&state=error&instance=", headers={"HX-Request": "true"})
    assert answer.content.decode().strip().startswith('<div id="orders"')
    assert answer["HX-Replace-Url"] == "/orders/?state=error"


def test_only_the_first_page_refreshes_itself(toys, owner, now, monkeypatch):
    monkeypatch.setattr("allegro_integration.selectors.PAGE_SIZE", 4)
    first = get(owner)
    assert 'hx-trigger="every' in first
    older = re.search(r'href="(\?older=[^"]+)"', first)[1]
    second = get(owner, older)
    assert 'hx-trigger="every' not in second
    assert not set(re.findall(r'id="order-([^"]+)"', first)) & set(re.findall(r'id="order-([^"]+)"', second))


def test_filters_stay_when_the_page_is_turned(owner, monkeypatch):
    monkeypatch.setattr("allegro_integration.selectors.PAGE_SIZE", 2)
    page = get(owner, "?state=sent")
    assert re.search(r'href="\?state=sent&amp;older=', page)


def test_nothing_found_and_nothing_there_are_told_apart(owner, db, browser_of, now):
    assert "Filtru neodpovídá žádná objednávka" in get(owner, "?search=zzz")
    empty = shop.make_shop(email="karel@jina-firma.cz", name="Jiná firma")
    assert "Zatím nepřišla žádná objednávka" in get(browser_of(empty.owner))


def test_a_row_says_why_it_waits(owner):
    assert "Doprava „Allegro Zásilkovna Z-BOX“ zatím nemá v Pohodě protějšek." in get(owner)


def test_a_code_without_a_sentence_is_shown_as_it_is(toys, owner):
    assert "brand_new_code" in get(owner)
    assert "brand_new_code" in owner.get(f"/orders/{toys.orders[4].pk}/").content.decode()


def test_the_list_needs_few_queries(owner, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        owner.get("/orders/")


# --- one order --------------------------------------------------------------------------------------------------------


@pytest.fixture
def page(toys, owner) -> str:
    return owner.get(f"/orders/{toys.orders[0].pk}/").content.decode()


def test_the_timeline_tells_each_step_in_order(page):
    assert re.findall(r"<h3><bdi>([^<]*)</bdi></h3>", page) == [
        "Dozvěděli jsme se o objednávce",
        "Přečteno z Allegra",
        "Připraveno pro Pohodu",
        "Zapsáno jako doklad a připraveno pro agenta",
        "Předáno agentovi",
        "Pohoda odpověděla",
        "V Pohodě jako objednávka 2600118",
        "Na Allegru označeno jako zpracovávané",
    ]


def test_documents_are_folded_and_indented(page):
    assert page.count('<details class="raw"') == 6
    assert "<details open" not in page
    assert "  &quot;messageToSeller&quot;: &quot;Prosím zabalit jako dárek, děkuji!&quot;," in page
    assert "\n    &lt;ord:order version=&quot;2.0&quot;&gt;" in page


def test_the_reasoning_is_told_in_sentences(page):
    assert "skladová zásoba KOL-0012 ve skladu ESHOP, 1 × 1 499,00." in page.replace("\xa0", " ")
    assert "Kupující nechal zprávu; je v poznámce objednávky." in page


def test_both_totals_are_shown_and_compared(toys, owner, page):
    assert page.replace("\xa0", " ").count("1 558,00 Kč") >= 3
    assert ">sedí</span>" in page
    wrong = owner.get(f"/orders/{toys.orders[3].pk}/").content.decode().replace("\xa0", " ")
    assert "liší se o -0,01 Kč" in wrong
    assert "Součet v Pohodě 2 248,99 CZK se liší od součtu Allegra 2 249,00 CZK." in wrong


def test_english_is_complete_too(toys, browser_of):
    page = browser_of(toys.owner, "en").get(f"/orders/{toys.orders[3].pk}/").content.decode()
    assert "The order in Pohoda stays as it is; its invoice is held." in page
    assert "2,249.00" in page


def test_a_waiting_order_says_what_to_do(toys, owner):
    page = owner.get(f"/orders/{toys.orders[1].pk}/").content.decode()
    assert "Objednávku uchováváme a po vyřešení ji hned odešleme." in page
    assert "Objednávka v Pohodě není." in page


def test_what_a_buyer_typed_is_text(toys, owner, now):
    with tenant_scope(toys.tenant.pk):
        order = shop.make_order(
            toys.czech, at=now, buyer="<script>alert(1)</script> %(x)s", state="waiting", code="unmapped_delivery",
            params={"method_name": "<img src=x> %s %(code)s"},
        )  # fmt: skip
        shop.add_waiting(order)
    for page in (get(owner), owner.get(f"/orders/{order.pk}/").content.decode()):
        assert "<script>alert" not in page
        assert "<img src=x>" not in page
        assert "&lt;img src=x&gt; %s %(code)s" in page


def test_a_document_is_downloaded_byte_for_byte_as_a_file(toys, owner):
    order = toys.orders[0]
    with tenant_scope(toys.tenant.pk):
        raw = bytes(order.form.raw.body)
    answer = owner.get(f"/orders/{order.pk}/documents/{order.form.raw_id}/")
    assert answer.content == raw
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_document_of_another_order_does_not_exist_here(toys, owner):
    first, other = toys.orders[0], toys.orders[3]
    assert owner.get(f"/orders/{other.pk}/documents/{first.form.raw_id}/").status_code == 404


def test_an_event_type_without_a_sentence_is_shown_as_it_is(toys, owner, now):
    with tenant_scope(toys.tenant.pk):
        shop.add_event(toys.orders[1], "order.100%(new)s", now, data={"detail": "něco"})
    page = owner.get(f"/orders/{toys.orders[1].pk}/").content.decode()
    assert "order.100%(new)s" in page
    assert "něco" in page


def test_one_order_needs_few_queries(toys, owner, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        owner.get(f"/orders/{toys.orders[0].pk}/")
