"""What settings of offers would do once they are saved: the plan of the next round, shown and not stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allegro_integration.domain.offer_values import (
    QUANTITY,
    WHOLE_OFFER,
    End,
    PlannedChange,
    Restart,
    SetPrice,
    SetQuantity,
    price_field,
)
from allegro_integration.explain_words import in_words
from allegro_integration.models import Market, Offer
from allegro_integration.services.offers.ledger import END, RESTART, SET_PRICE, SET_QUANTITY, kind_of
from allegro_integration.services.offers.preview import Preview, preview
from allegro_integration.services.offers.scope import OFFERS, Scope, parse_settings, scope_of
from allegro_integration.services.offers.storing import read_money
from allegro_integration.setup.flow_pages import not_started
from allegro_integration.setup.offers_words import HELD, SKIPPED
from allegro_integration.setup.store_words import NOT_IN_STORES, left_alone_note
from connectify.dashboard.effects import Effect, EffectCount, EffectRow
from connectify.dashboard.explanations import explain
from connectify.dashboard.templatetags.show import money
from connectify.domain.errors import NeedsUser
from connectify.domain.trace import Step
from pohoda_bridge.server.mirror.selectors import snapshot_of

# A page answers within a moment: of a larger account the first offers are planned, and those searched for.
MOST_OFFERS: Final = 2000
FOUND: Final = 10
ROWS: Final = 20
_ALL: Final = 10**6
Concerns = Callable[[str], bool]


def pieces_effect(market: Market, content: dict[str, Any], *, search: str = "") -> Effect:
    """Everything the account's offers would do: stores and filter decide prices as well."""
    return _effect(market, content, lambda field: True, QUANTITY, search)


def prices_effect(market: Market, content: dict[str, Any], *, search: str = "") -> Effect:
    """The prices of this marketplace; with the first settings of an instance that carries offers, its pieces too."""
    field = price_field(market.marketplace)
    if OFFERS not in market.instance.settings:
        return _effect(market, content, lambda one: True, field, search)
    return _effect(market, content, lambda one: one in (field, WHOLE_OFFER), field, search)


# What is held stands before what goes, and what the tab is about (`leading`) before what follows from it.
def _effect(market: Market, content: dict[str, Any], concerns: Concerns, leading: str, search: str) -> Effect:
    try:
        scope = scope_of(market.account, {market.instance_id: parse_settings(content)})
    except NeedsUser as problem:
        return Effect(notes=(explain(problem.code, problem.params).title, _may_save()))
    missing = _missing(market, scope)
    if scope is None or missing:
        return Effect(notes=(missing, _may_save()))
    stock = snapshot_of(scope.unit)
    if stock is None:
        note = _("Pohoda's stock has not been read yet, so we cannot show what would change.")
        return Effect(notes=(note, _may_save()))
    found = preview(scope, stock, shown=_ALL, most=MOST_OFFERS)
    if not found.offers:
        note = _("The offers have not been read from Allegro yet, so there is nothing to show.")
        return Effect(notes=(note, _may_save()))
    changes = sorted(
        (change for change in found.changes if concerns(change.field)),
        key=lambda change: (not change.held, change.field != leading),
    )
    first: list[PlannedChange] = []
    notes = [*_notes(market, found, concerns)]
    if search.strip():
        ids = _search(market, search)
        if ids:
            searched = preview(scope, stock, offers=ids, shown=_ALL)
            first = [change for change in searched.changes if concerns(change.field)]
        notes.append(_of_search(len(ids), len(first)))
    if leading == QUANTITY and (alone := sum(skip.code == NOT_IN_STORES for skip in found.skips)):
        notes.append(left_alone_note(alone))
    counts = (*_counts(changes), *_skips(found, concerns))
    return Effect(counts, *_rows(market, first, changes), notes=tuple(notes))


def _missing(market: Market, scope: Scope | None) -> str:
    """Why there is no plan of this instance; "" where there is one."""
    if not market.active:
        return _("The instance is not active, so it sends nothing to Allegro.")
    if scope is None:
        return _(
            "The account's primary instance has no settings for pieces yet. Prices of this marketplace go out together"
            " with its offers."
        )
    if all(plan.instance != str(market.instance_id) for plan in scope.plans):
        return _("The account's offers follow another accounting unit, so this instance takes no part in them.")
    return ""


def _may_save() -> str:
    return _("You may save all the same. Whatever would do damage is held until you approve it.")


def _notes(market: Market, found: Preview, concerns: Concerns) -> Iterable[str]:
    if found.is_part:
        yield _("Counted of the first %(count)s offers: the account has more of them.") % {"count": found.offers}
    else:
        text = ngettext("Of %(count)s offer of the account:", "Of %(count)s offers of the account:", found.offers)
        yield text % {"count": found.offers}
    if not any(concerns(change.field) for change in found.changes):
        yield _("Nothing would change: Allegro shows these values already.")
    for alarm in found.alarms:
        if alarm.code != "mass_price" or concerns(price_field(alarm.params.get("marketplace", ""))):
            why = explain(alarm.code, in_words(alarm.params))
            yield f"{why.title} {why.we_do}"
    yield from not_started(market, OFFERS)


def _of_search(offers: int, changes: int) -> str:
    if not offers:
        return _("No offer was found by the search.")
    if not changes:
        return _("Nothing would change on the offers that were searched for.")
    return _("The offers that were searched for stand first.")


def _search(market: Market, search: str) -> list[str]:
    words = search.replace("\x00", "").strip()[:60]
    offers = Offer.objects.filter(account=market.account_id).exclude(state=Offer.State.SUPERSEDED)
    wanted = Q(offer_id=words) | Q(external_id__iexact=words) | Q(name__icontains=words)
    return list(offers.filter(wanted).order_by("offer_id").values_list("offer_id", flat=True)[:FOUND])


# --- counts and rows --------------------------------------------------------------------------------------------------


def _counts(changes: Sequence[PlannedChange]) -> Iterable[EffectCount]:
    free = Counter(kind_of(change.content) for change in changes if not change.held)
    for kind, label, tone in (
        (SET_PRICE, _("prices change"), "good"),
        (SET_QUANTITY, _("numbers of pieces change"), "good"),
        (END, _("offers end"), "bad"),
        (RESTART, _("offers start again"), "good"),
    ):
        if free[kind]:
            yield EffectCount(label, free[kind], tone)
    held = Counter(change.held[0].code for change in changes if change.held)
    for code, count in held.most_common():
        yield EffectCount(HELD.get(code, explain(code).title), count, "wait")


def _skips(found: Preview, concerns: Concerns) -> Iterable[EffectCount]:
    left = Counter(skip.code for skip in found.skips if skip.field == WHOLE_OFFER or concerns(skip.field))
    for code, count in left.most_common():
        yield EffectCount(SKIPPED.get(code, explain(code).title), count, "idle")


def _rows(
    market: Market, first: Sequence[PlannedChange], changes: Sequence[PlannedChange]
) -> tuple[tuple[EffectRow, ...], int]:
    """The rows to show, and how many changes are not among them."""
    unique: dict[tuple[str, str], PlannedChange] = {}
    for change in (*first, *changes):
        unique.setdefault((change.offer_id, change.field), change)
    shown = list(unique.values())
    named = {change.offer_id for change in shown[:ROWS]}
    offers = {offer.offer_id: offer for offer in Offer.objects.filter(account=market.account_id, offer_id__in=named)}
    rows = tuple(_row(change, offers[change.offer_id]) for change in shown[:ROWS] if change.offer_id in offers)
    return rows, max(0, len(unique) - len(rows))


def _row(change: PlannedChange, offer: Offer) -> EffectRow:
    before, after = _values(change, offer)
    return EffectRow(
        label=offer.name or offer.offer_id,
        url=reverse("offer", args=[offer.pk]),
        before=before,
        after=_("%(value)s (held)") % {"value": after} if change.held else after,
        why=tuple(map(_sentence, (*change.trace, *change.held))),
        tone="wait" if change.held else "bad" if isinstance(change.content, End) else "good",
    )


def _values(change: PlannedChange, offer: Offer) -> tuple[str, str]:
    shown = _pieces(offer.stock or 0)
    match change.content:
        case SetPrice(marketplace=marketplace, amount=amount, currency=currency):
            now = offer.prices.get(marketplace)
            return _money(now) if now else "", money(amount, currency)
        case SetQuantity(quantity=quantity):
            return shown, _pieces(quantity)
        case End():
            return shown, _("the offer ends")
        case Restart(quantity=quantity):
            return _("ended"), _("starts again: %(pieces)s") % {"pieces": _pieces(quantity)}


def _money(price: dict[str, Any]) -> str:
    found = read_money(price)
    return money(found.amount, found.currency)


def _pieces(count: int) -> str:
    return ngettext("%(count)s piece", "%(count)s pieces", count) % {"count": count}


def _sentence(step: Step) -> str:
    return explain(step.code, in_words(step.params)).title
