"""Offers on the screen: the list, and one offer with why each value is what it is."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import replace_url

from allegro_integration import offer_selectors as selectors
from allegro_integration.explain_words import in_words, marketplace_in_words, offer_status_in_words
from allegro_integration.models import Offer
from allegro_integration.offer_history import explained, history
from allegro_integration.offer_words import QUANTITY, field_in_words, money_in_words
from allegro_integration.services.resync import resync_offer
from connectify.dashboard.access import MEMBERS, WORKERS, open_to
from connectify.dashboard.explanations import Explained, explain
from connectify.dashboard.record_states import TONES, choices_of_states
from connectify.users.models import User


@open_to(*MEMBERS)
@require_safe
def offer_list(request: HttpRequest) -> HttpResponse:
    wanted, after = selectors.OfferFilter.of(request.GET), request.GET.get("after", "")
    page = selectors.list_offers(wanted, after=after)
    counts = selectors.count_by_state(wanted)
    ours = selectors.marketplaces_by_account()
    context = {
        "wanted": wanted,
        "page": page,
        "rows": [_row(offer, ours.get(offer.account_id, [])) for offer in page.rows],
        "states": choices_of_states(counts, (selectors.PROBLEMS, _("with a problem"), "bad")),
        "counts": counts,
        "cause": explain(wanted.code).title if wanted.code else "",
        "is_first_page": not after,
        "has_offers": bool(page.rows) or Offer.objects.exists(),
    }
    if request.htmx:  # type: ignore[attr-defined]
        answer = render(request, "allegro/_offers.html", context)
        return replace_url(answer, wanted.address) if context["is_first_page"] else answer
    return render(request, "allegro/offers.html", {**context, "accounts": selectors.accounts()})


@open_to(*MEMBERS)
@require_safe
def offer_detail(request: HttpRequest, offer_id: uuid.UUID) -> HttpResponse:
    sides = selectors.find_offer(offer_id)
    if sides is None:
        raise Http404
    offer = sides.offer
    names = {market.marketplace: market.instance.name for market in sides.markets}
    others = {name: price for name, price in offer.prices.items() if name not in names}
    elsewhere = {marketplace_in_words(name): money_in_words(price) for name, price in others.items()}
    context = {
        "sides": sides,
        "offer": offer,
        "elsewhere": elsewhere,
        "tone": TONES[offer.state],
        "why": _why(offer),
        "link_why": explain(offer.link_code, in_words(offer.link_params)) if offer.link_code else None,
        "values": _values(offer, names),
        "skips": [{"field": field_in_words(skip["field"], names), "why": explained(skip)} for skip in offer.skips],
        "changes": history(sides.changes, names),
        "status": offer_status_in_words(offer.status, offer.ended_by),
        "may_work": request.membership.role in WORKERS,  # type: ignore[attr-defined]
    }
    return render(request, "allegro/offer.html", context)


@open_to(*WORKERS)
@require_POST
def look_again(request: HttpRequest, offer_id: uuid.UUID) -> HttpResponse:
    """The offer and its card are read again and what it is to show is planned anew. Harmless to repeat."""
    offer = Offer.objects.filter(pk=offer_id).first()
    if offer is None:
        raise Http404
    resync_offer(offer=offer, actor=cast(User, request.user))
    messages.success(request, _("We read the offer again at Allegro and its stock in Pohoda."))
    return redirect("offer", offer_id=offer_id)


def _row(offer: Offer, marketplaces: list[str]) -> dict[str, Any]:
    prices = [money_in_words(offer.prices[name]) for name in marketplaces if name in offer.prices]
    return {"offer": offer, "tone": TONES[offer.state], "why": _why(offer), "prices": prices}


def _values(offer: Offer, names: dict[str, str]) -> list[dict[str, Any]]:
    """Each value we look after: what we want, what Allegro shows, and the reasoning."""
    rows: list[dict[str, Any]] = [
        {
            "label": field_in_words(QUANTITY, names),
            "wanted": "–" if offer.wanted_quantity is None else offer.wanted_quantity,
            "shown": "–" if offer.stock is None else offer.stock,
            "reasons": _reasons(offer, QUANTITY),
        }
    ]
    for marketplace in dict.fromkeys([*names, *offer.wanted_prices]):
        field = f"price:{marketplace}"
        row: dict[str, Any] = {
            "label": field_in_words(field, names),
            "wanted": money_in_words(offer.wanted_prices.get(marketplace)),
            "shown": money_in_words(offer.prices.get(marketplace)),
            "reasons": _reasons(offer, field),
        }
        rows.append(row)
    for row in rows:
        row["differs"] = row["wanted"] != "–" and row["wanted"] != row["shown"]
    return rows


def _reasons(offer: Offer, field: str) -> list[str]:
    return [explained(step).title for step in offer.trace.get(field, [])]


def _why(offer: Offer) -> Explained | None:
    return explain(offer.code, in_words(offer.params)) if offer.code else None
