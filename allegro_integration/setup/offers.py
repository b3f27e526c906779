"""The tab "Pieces": which offers take part, from which stores, and how many pieces of a card are offered."""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from allegro_integration.domain.offer_filter import EXCLUDE, INCLUDE, OFFER_CATALOGUE
from allegro_integration.domain.offer_settings import OfferSettings
from allegro_integration.domain.order_facts import FIELD, with_fields
from allegro_integration.explain_words import in_words
from allegro_integration.models import Market
from allegro_integration.services.offers.scope import may_carry
from allegro_integration.setup.flow_pages import FlowPage, Invalid, respond
from allegro_integration.setup.frame import frame
from allegro_integration.setup.offers_effect import MOST_OFFERS, pieces_effect
from allegro_integration.setup.offers_example import pieces_example, ways_to_count
from allegro_integration.setup.offers_forms import AVAILABILITY, PieceLimitsForm, PiecesForm, StoreRows
from allegro_integration.setup.offers_seen import Seen, examples_for, is_large, seen_at
from allegro_integration.setup.offers_stored import SAVED, carrying, checked, stored_of
from connectify.dashboard.access import MEMBERS, open_to
from connectify.dashboard.rule_forms import RuleRows, RulesInvalid
from connectify.domain.facts import Catalogue

OUTCOMES: Final[list[tuple[str, str | Promise]]] = [
    (INCLUDE, _("the offer takes part")),
    (EXCLUDE, _("the offer is left alone")),
]
CARD_KINDS: Final = ("card", "text", "service", "package", "set", "product")


class CarriedElsewhere(Exception):
    """The instance brings its price alone: another one carries the account's offers."""

    def __init__(self, market: Market) -> None:
        super().__init__(str(market.pk))
        self.market = market


class PiecesDraft:
    """What the form of pieces says. Raises CarriedElsewhere for a market that carries no offers."""

    def __init__(self, market: Market, post: QueryDict | None = None) -> None:
        if not may_carry(market):
            raise CarriedElsewhere(market)
        self.market = market
        self.stored = stored_of(market)
        self.seen: Seen = seen_at(market.unit)
        settings = self.stored.settings
        words = self._rule_words()
        if post is None:
            self.stores = StoreRows(list(settings.stores), self.seen.stores)
            self.rules = RuleRows.of(settings.include, **words)
        else:
            self.stores = StoreRows.from_post(post, self.seen.stores)
            self.rules = RuleRows.from_post(post, **words)
        self.form = PiecesForm(settings, self.stored.content, post)
        self.limits = PieceLimitsForm(settings, post)
        self._post = post or QueryDict()

    def _rule_words(self) -> dict[str, Any]:
        stores = [one.store for one in self.seen.stores]
        return {
            "catalogue": self._catalogue(),
            "outcomes": OUTCOMES,
            "label_of_fact": lambda key: str(in_words({"fact": key})["fact"]),
            "suggestions": {"store": stores, "card_kind": CARD_KINDS},
        }

    def _catalogue(self) -> Catalogue:
        """With the unit's optional fields, also those that stored rules ask for and no card has any more."""
        used = [one.fact for rule in self.stored.settings.include for one in rule.conditions]
        named = [fact.removeprefix(FIELD) for fact in used if fact.startswith(FIELD)]
        return with_fields(OFFER_CATALOGUE, dict.fromkeys((*self.seen.fields, *named)))

    def apply_edit(self, edit: str) -> bool:
        part, _colon, what = edit.partition(":")
        if part == "stores":
            self.stores.apply_edit(what, new=self._post.get("stores-new", ""))
            return True
        return self.rules.apply_edit(edit)

    def content(self) -> dict[str, Any]:
        """The other tab's settings stay as they are stored."""
        forms_valid = all([self.form.is_valid(), self.limits.is_valid()])
        try:
            rules = self.rules.as_json()
        except RulesInvalid:
            raise Invalid from None
        if not forms_valid:
            raise Invalid
        content = {
            **self.stored.content,
            **self.form.cleaned_data,
            "stores": self.stores.chosen,
            "include": rules,
            "limits": self.limits.changed(self.stored.content),
        }
        return checked(content)

    def context(self) -> dict[str, Any]:
        tried = self._tried_settings()
        examples = examples_for(self.market, self._post.get("example", ""))
        ways = ways_to_count(examples[0] if examples else None, tried)
        return {
            "stores": self.stores,
            "rules": self.rules,
            "form": self.form,
            "limits_form": self.limits,
            "ways": [
                {"value": value, "label": label, "help": text, "example": ways.get(value, "")}
                for value, label, text in AVAILABILITY
            ],
            "examples": [pieces_example(one, tried) for one in examples],
            "counts_pieces": tried.quantity,
            "example_search": self._post.get("example", ""),
            "effect_search": self._post.get("search", ""),
            "is_large": is_large(self.market, MOST_OFFERS),
            "most_offers": MOST_OFFERS,
            "is_readable": self.stored.is_readable,
            "is_read": self.seen.is_read,
        }

    def _tried_settings(self) -> OfferSettings:
        """The settings as far as the form can be read."""
        tried = msgspec.structs.replace(self.stored.settings, stores=tuple(self.stores.chosen))
        if not self.form.is_bound:
            return tried
        self.form.is_valid()
        known = {
            name: value for name, value in self.form.cleaned_data.items() if name in OfferSettings.__struct_fields__
        }
        return msgspec.structs.replace(tried, **known)


PAGE: Final = FlowPage(
    name="instance_offers",
    part="offers",
    body="allegro/setup/_offers.html",
    stored=PiecesDraft,
    posted=PiecesDraft,
    effect=pieces_effect,
    saved=SAVED,
)


@open_to(*MEMBERS)
@require_http_methods(["GET", "HEAD", "POST"])
def instance_offers(request: HttpRequest, instance_id: uuid.UUID) -> HttpResponse:
    search = request.POST.get("search", "")
    try:
        return respond(request, instance_id, replace(PAGE, effect=partial(pieces_effect, search=search)))
    except CarriedElsewhere as elsewhere:
        return _carried_elsewhere(request, elsewhere.market)


def _carried_elsewhere(request: HttpRequest, market: Market) -> HttpResponse:
    """One number of pieces for all marketplaces: the primary's page sets it, and there is nothing to post here."""
    first, _settings = carrying(market)
    if first.pk == market.pk:
        primaries = Market.objects.filter(account=market.account_id, role=Market.Role.PRIMARY, active=True)
        first = primaries.select_related("instance").first() or market
    primary = None if first.pk == market.pk else first.instance
    context = {**frame(request, market, PAGE.name), "primary": primary}
    return render(request, "allegro/setup/offers_elsewhere.html", context)
