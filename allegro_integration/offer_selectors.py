"""Reading offers for people: the list with its filters, and one offer with what it is linked to and why."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from allegro_integration.models import Account, InvoiceDocument, Market, Offer
from connectify.dashboard.counting import count_up_to
from connectify.dashboard.figures import Figure, Figures
from connectify.domain.change import ChangeState
from connectify.sync.models import Change

PAGE_SIZE: Final = 50
HISTORY: Final = 30
PROBLEMS: Final = "problems"
_PROBLEM: Final = Offer.PROBLEM
# The two parts of a list that begins with the problems; a page's key says which one it is in.
_FIRST, _REST = "!", "."


@dataclass(frozen=True)
class OfferFilter:
    """What the address asks for. Unknown values ask for nothing."""

    state: str = ""
    account: uuid.UUID | None = None
    search: str = ""
    code: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> OfferFilter:
        state = query.get("state", "")
        return cls(
            state=state if state in (PROBLEMS, *Offer.State.values) else "",
            account=_uuid(query.get("account", "")),
            search=query.get("search", "").replace("\x00", "").strip()[:100],
            code=query.get("code", "").replace("\x00", "").strip()[:60],
        )

    @property
    def address(self) -> str:
        query = QueryDict(mutable=True)
        for name in ("search", "account", "state", "code"):
            if value := getattr(self, name):
                query[name] = str(value)
        return f"{reverse('offers')}?{query.urlencode()}" if query else reverse("offers")

    def apply(self, offers: QuerySet[Offer], *, with_state: bool = True) -> QuerySet[Offer]:
        if self.state == PROBLEMS and with_state:
            offers = offers.filter(_PROBLEM)
        elif self.state and with_state:
            offers = offers.filter(state=self.state)
        if self.account:
            offers = offers.filter(account_id=self.account)
        if self.code:
            offers = offers.filter(code=self.code, code__gt="")
        if self.search:
            offers = offers.filter(
                Q(offer_id__startswith=self.search)
                | Q(external_id__istartswith=self.search)
                | Q(ean=self.search)
                | Q(name__icontains=self.search)
            )
        return offers


@dataclass(frozen=True)
class OfferPage:
    """Rows with a problem first, each part by offer id. `after` opens the next page, "" at the end."""

    rows: list[Offer]
    after: str


def list_offers(wanted: OfferFilter, *, after: str = "") -> OfferPage:
    """One page; the page on which the problems end has both parts."""
    offers = wanted.apply(Offer.objects.select_related("card", "account"))
    part, last = (after[0], after[1:41]) if after[:1] in (_FIRST, _REST) else (_FIRST, "")
    if wanted.state or wanted.code:
        return _page(offers, part=_REST, last=last)
    if part == _REST:
        return _page(offers.filter(~_PROBLEM), part=_REST, last=last)
    page = _page(offers.filter(_PROBLEM), part=_FIRST, last=last)
    if page.after:
        return page
    rest = _page(offers.filter(~_PROBLEM), part=_REST, last="", size=PAGE_SIZE - len(page.rows))
    return OfferPage([*page.rows, *rest.rows], rest.after)


def _page(offers: QuerySet[Offer], *, part: str, last: str, size: int | None = None) -> OfferPage:
    size = PAGE_SIZE if size is None else size
    if last:
        offers = offers.filter(offer_id__gt=last)
    found = list(offers.order_by("offer_id", "id")[: size + 1])
    shown = found[:size]
    after = (shown[-1].offer_id if shown else "") if len(found) > size else None
    return OfferPage(shown, "" if after is None else f"{part}{after}")


def count_by_state(wanted: OfferFilter) -> dict[str, int]:
    """How many offers each state would show with the other filters kept, up to counting.MOST and one more.

    Nothing for words that are searched for: that would be a look at every row.
    """
    if wanted.search:
        return {}
    offers = wanted.apply(Offer.objects.all(), with_state=False)
    parts = {state: offers.filter(state=state) for state in Offer.State.values}
    return {state: n for state, n in count_up_to({**parts, PROBLEMS: offers.filter(_PROBLEM)}).items() if n}


def accounts() -> list[Account]:
    return list(Account.objects.order_by("login", "id"))


def marketplaces_by_account() -> dict[uuid.UUID, list[str]]:
    """Where each account's instances sell, the primary first: only those prices are ours."""
    found: dict[uuid.UUID, list[str]] = {}
    for market in Market.objects.filter(active=True).order_by("role", "marketplace"):
        found.setdefault(market.account_id, []).append(market.marketplace)
    return found


@dataclass(frozen=True)
class OfferSides:
    """One offer with its changes, the newest first, and the instances that decide its prices."""

    offer: Offer
    changes: list[Change] = field(default_factory=list)
    markets: list[Market] = field(default_factory=list)

    @property
    def held(self) -> list[Change]:
        return [change for change in self.changes if change.state == ChangeState.HELD]


def find_offer(offer_id: uuid.UUID) -> OfferSides | None:
    offer = Offer.objects.select_related("card__unit__connection", "account").filter(pk=offer_id).first()
    if offer is None:
        return None
    changes = Change.objects.filter(subject_kind="offer", subject_id=offer.pk).order_by("-planned_at", "-revision")
    markets = Market.objects.filter(account=offer.account, active=True).select_related("instance").order_by("role")
    return OfferSides(offer, list(changes[:HISTORY]), list(markets))


def flow_figures() -> Figures:
    """Offers and invoices that are not done, beside their directions on the home page; done ones are left unread."""
    return {**_offer_figures(), **_invoice_figures()}


def _offer_figures() -> Figures:
    """Offers belong to the account: its primary instance shows them."""
    carrier = "account__markets__instance"
    words = {"error": (_("in error"), "bad"), "waiting": (_("waiting"), "wait")}
    rows = (
        Offer.objects.filter(account__markets__active=True, account__markets__role=Market.Role.PRIMARY)
        .filter(state__in=list(words))
        .order_by()
        .values_list(carrier, "account", "state")
        .annotate(count=Count("*"))
    )
    figures: dict[tuple[uuid.UUID, str], list[Figure]] = {}
    for instance, account, state, count in sorted(rows, key=lambda row: list(words).index(row[2])):
        label, tone = words[state]
        address = f"{reverse('offers')}?account={account}&state={state}"
        figure = Figure(label, count, address, tone, asks=state == "error")
        figures.setdefault((instance, "offers"), []).append(figure)
    return figures


def _invoice_figures() -> Figures:
    State = InvoiceDocument.State
    figures: dict[tuple[uuid.UUID, str], list[Figure]] = {}
    words = {State.ERROR: (_("in error"), "bad"), State.WAITING: (_("waiting"), "wait")}
    undone = InvoiceDocument.objects.filter(state__in=list(words)).order_by()
    rows: Any = undone.values_list("order__instance", "state").annotate(count=Count("*"))
    for instance, state, count in rows:
        label, tone = words[state]
        figure = Figure(label, count, f"{reverse('orders')}?instance={instance}", tone, asks=state == State.ERROR)
        figures.setdefault((instance, "invoices"), []).append(figure)
    return figures


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
