"""The administration speaks one language: in Czech no field, column or filter is called by a name of the program, and
what the program names (pipelines, kinds, states) is told in words, with the name beside for who looks for it in a log.
"""

import re
from typing import get_args

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import capfirst

from allegro_integration.domain.invoice_settings import InvoiceSettings, PrintReport
from allegro_integration.domain.offer_settings import GuardLimits, OfferSettings
from allegro_integration.domain.settings import OrderSettings
from allegro_integration.domain.status_settings import StatusSettings
from connectify.audit.sentences import field_of
from connectify.dashboard.audit_log import WORDS
from connectify.dashboard.code_words import words_of
from connectify.dashboard.visit_admin import VisitAdmin
from connectify.domain.change import ChangeState, Evidence
from connectify.domain.price_steps import PriceStep
from connectify.domain.rules import Condition, Rule
from connectify.sync import pipelines
from connectify.sync.directions import known_kinds
from pohoda_bridge.documents import UnitPin
from pohoda_bridge.protocol import Operation
from tests.support.visiting import detail, text, visitor_of

# The same in both languages.
SAME = {"Allegro", "EAN", "IČO", "Pohoda", "Pohoda mServer", "agenda", "agent", "e-mail", "export", "instance"}
PAGES = admin.site._registry


def labels(page) -> list[str]:
    """What its columns, fields and filters are called."""
    model = page.model
    names = dict.fromkeys([*page.list_display, *(page.fields or ())])
    filters = [one if isinstance(one, str) else one[0] for one in page.list_filter]
    fields = [model._meta.get_field(one) for one in filters]
    return [*(str(label_for_field(one, model, page)) for one in names), *(str(one.verbose_name) for one in fields)]


def names_of_models(page) -> list[str]:
    meta = page.model._meta
    return [str(one) for one in (meta.verbose_name, meta.verbose_name_plural, meta.app_config.verbose_name)]


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.opts.label_lower)
def test_every_model_field_and_column_is_named_in_czech(page):
    with translation.override("en"):
        english = [*names_of_models(page), *labels(page)]
    with translation.override("cs"):
        czech = [*names_of_models(page), *labels(page)]
    left = {one for one, other in zip(czech, english, strict=True) if one == other}
    assert left <= SAME


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.opts.label_lower)
def test_no_field_is_called_by_its_name_in_the_program(page):
    """What Django makes of a name ("resource id") is a plain text; a word of somebody's waits for the language."""
    shown = {
        *page.list_display,
        *(page.fields or ()),
        *(one if isinstance(one, str) else one[0] for one in page.list_filter),
    }
    made = [
        one.name for one in page.model._meta.fields if one.name in shown and not isinstance(one.verbose_name, Promise)
    ]
    assert not made


def test_whatever_the_engine_names_has_a_word():
    registered = pipelines._pipelines.values()
    assert {one.name for one in registered} <= set(words_of("pipeline"))
    assert {one.resource_kind for one in registered} <= set(words_of("resource"))
    assert set(known_kinds()) <= set(words_of("change"))
    assert set(ChangeState) <= set(words_of("change_state"))
    assert set(Evidence) - {Evidence.NONE} <= set(words_of("evidence"))
    assert {one.__struct_config__.tag for one in Operation.__args__} <= set(words_of("operation"))


def test_every_page_in_czech_is_headed_in_czech_and_tells_codes_in_words(toys, furnished):
    support = visitor_of(toys.tenant.pk)
    english = {capfirst(one) for page in PAGES.values() for one in _in("en", page)}
    czech = {capfirst(one) for page in PAGES.values() for one in _in("cs", page)}
    for row in furnished.values():
        meta = row._meta
        page = text(support, reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"))
        headers = {_plain(one) for one in re.findall(r"(?s)<th\b[^>]*>(.*?)</th>", page)}
        assert not headers & (english - czech), meta.label
        page = text(support, detail(row))
        called = {_plain(one) for one in re.findall(r"(?s)<label[^>]*>(.*?)</label>", page)}
        assert called, meta.label
        assert not called & (english - czech), meta.label
    order = text(support, detail(furnished["change"]))
    assert 'Objednávka do Pohody <code class="cfy-code">order.create</code>' in order
    run = text(support, detail(furnished["run"]))
    assert 'Příjem objednávek <code class="cfy-code">orders.intake</code>' in run
    assert "přečtené objednávky: 3" in run
    assert 'Účet Allegro <code class="cfy-code">allegro.account</code>' in text(support, "/admin/")


def test_the_librarys_own_words_are_czech(toys, furnished):
    support = visitor_of(toys.tenant.pk)
    page = text(support, reverse("admin:sync_due_changelist"))
    assert "Předchozí" in page
    for word in ("Previous", "Go back", "Type to search", ">Light<", ">Dark<", ">System<"):
        assert word not in page


def _in(language, page) -> list[str]:
    with translation.override(language):
        return [str(one) for one in labels(page)]


def _plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def test_a_filter_of_codes_offers_words(toys, furnished):
    support = visitor_of(toys.tenant.pk)
    page = text(support, reverse("admin:sync_change_changelist"))
    assert re.search(r'href="\?kind=order\.create"[^>]*>\s*objednávka do Pohody', page)
    assert re.search(r'href="\?state__exact=intent"[^>]*>\s*odesílá se', page)
    assert all(isinstance(page, VisitAdmin) or page.opts.label == "users.User" for page in PAGES.values())


def test_every_setting_is_named_in_the_audit_log():
    """A change of settings is told by the words that they are set under."""
    structs = (OrderSettings, OfferSettings, GuardLimits, StatusSettings, InvoiceSettings, PrintReport, Rule, Condition,
               *get_args(PriceStep), UnitPin)  # fmt: skip
    names = {name for struct in structs for name in struct.__struct_fields__}
    with translation.override("cs"):
        assert {name for name in names if name not in WORDS and field_of(name) == name.replace("_", " ")} == set()
