"""The form of pieces: numbers and switches, and the stores in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from allegro_integration.domain.offer_settings import OfferSettings
from allegro_integration.setup.offers_seen import SeenStore
from allegro_integration.setup.offers_stored import LEAST_ACTIVE, LimitsForm, whole

MOST_PIECES: Final = 999_999
MAX_STORES: Final = 50
AVAILABILITY: Final = (
    (
        "reservation",
        _("In stock less what is reserved"),
        _("The usual choice. Orders that we write into Pohoda reserve their goods, so nothing is sold twice."),
    ),
    (
        "received_orders",
        _("In stock less what is on received orders"),
        _("Where your received orders do not reserve goods in Pohoda."),
    ),
    (
        "count",
        _("All that is in stock"),
        _("Orders in Pohoda take nothing off. Only where the goods leave the stock the moment they are ordered."),
    ),
)


class PiecesForm(forms.Form):
    availability = forms.ChoiceField(
        label=_("What may be sold"), choices=[(value, label) for value, label, _help in AVAILABILITY]
    )
    safety_stock = whole(
        _("Keep as a reserve (pieces of each card)"),
        _("So many pieces are never offered: for the counter, or for goods that are damaged or lost."),
        least=0,
        most=MOST_PIECES,
    )
    most = whole(
        _("Offer at most (pieces)"),
        _("Even when there are more: buyers and competitors need not see your whole stock."),
        least=1,
        most=MOST_PIECES,
    )
    quantity = forms.BooleanField(
        label=_("Pieces at Allegro follow the stock in Pohoda"),
        required=False,
        help_text=_("Without it we leave the numbers of pieces alone, and only prices follow Pohoda."),
    )
    only_internet = forms.BooleanField(
        label=_("Only cards that are marked “Internet” in Pohoda"),
        required=False,
        help_text=_("Offers of other cards are left as they are."),
    )
    end_when_refused = forms.BooleanField(
        label=_("End an offer when Allegro refuses to lower its pieces"),
        required=False,
        help_text=_("Otherwise it goes on selling what you do not have."),
    )

    def __init__(self, settings: OfferSettings, content: dict[str, Any], post: QueryDict | None = None) -> None:
        names = ("availability", "safety_stock", "most", "quantity", "only_internet")
        initial = {name: getattr(settings, name) for name in names}
        super().__init__(post, initial={**initial, "end_when_refused": content.get("end_when_refused", True)})

    @property
    def numbers(self) -> list[forms.BoundField]:
        return [self["safety_stock"], self["most"]]

    @property
    def switches(self) -> list[forms.BoundField]:
        return [self["quantity"], self["only_internet"], self["end_when_refused"]]

    @property
    def chosen(self) -> str:
        """The availability that is chosen now."""
        return str(self["availability"].value() or "")


class PieceLimitsForm(LimitsForm):
    zero_share = whole(
        _("So many offers may end at once (% of active offers)"),
        _("When more would, all of them are held: it looks like a stock that was not exported whole."),
        least=0,
        most=100,
    )
    most_quantity = whole(
        _("A number of pieces above this is held"),
        _("It looks like a typing error in the stock. It matters only when more may be offered."),
        least=1,
        most=MOST_PIECES,
    )
    least_active = whole(_("Masses are judged from so many active offers"), LEAST_ACTIVE, least=0, most=1_000_000)


@dataclass(frozen=True)
class ShownStore:
    """`is_seen`: the unit has cards in it."""

    store: str
    name: str
    cards: int
    shown_cards: str
    at: int
    is_first: bool
    is_last: bool
    is_seen: bool
    focus: str


@dataclass
class StoreRows:
    """The chosen stores in their order, and those that the unit's cards are really in."""

    chosen: list[str]
    seen: Sequence[SeenStore]
    focus: str = ""

    @classmethod
    def from_post(cls, post: QueryDict, seen: Sequence[SeenStore]) -> StoreRows:
        names = [post.get(f"stores-{at}-store", "").strip()[:64] for at in range(MAX_STORES)]
        return cls(list(dict.fromkeys(name for name in names if name)), seen)

    def apply_edit(self, edit: str, *, new: str = "") -> None:
        """ "add", "remove:0", "up:1", "down:1"."""
        name, _colon, place = edit.partition(":")
        if name == "add":
            if any(one.store == new for one in self.unchosen) and len(self.chosen) < MAX_STORES:
                self.chosen.append(new)
                self.focus = "add"
        elif place.isascii() and place.isdecimal() and len(place) < 4 and int(place) < len(self.chosen):
            at = int(place)
            if name == "remove":
                del self.chosen[at]
                self.focus = "add"
            elif name in ("up", "down"):
                self._move(at, at + (1 if name == "down" else -1), name)

    def _move(self, at: int, to: int, name: str) -> None:
        if 0 <= to < len(self.chosen):
            self.chosen[at], self.chosen[to] = self.chosen[to], self.chosen[at]
            self.focus = f"{name}:{to}"

    @property
    def unchosen(self) -> list[SeenStore]:
        return [one for one in self.seen if one.store not in self.chosen]

    @property
    def shown(self) -> list[ShownStore]:
        known = {one.store: one for one in self.seen}
        last = len(self.chosen) - 1
        return [
            ShownStore(
                store=store,
                name=known[store].name if store in known else store,
                cards=known[store].cards if store in known else 0,
                shown_cards=known[store].shown_cards if store in known else "",
                at=at,
                is_first=at == 0,
                is_last=at == last,
                is_seen=store in known,
                focus=self.focus.partition(":")[0] if self.focus.endswith(f":{at}") else "",
            )
            for at, store in enumerate(self.chosen)
        ]
