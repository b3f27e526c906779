"""Held changes of offers on the page of what is held."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from allegro_integration.offer_views import value_in_words
from allegro_integration.services.offers.held import HeldChange, HeldGroup, approve, held_groups, reject
from connectify.dashboard.explanations import explain
from connectify.dashboard.holds import HeldRecord, Hold
from connectify.users.models import User

SOURCE: Final = "allegro.offers"


class HeldOffers:
    def find(self) -> list[Hold]:
        return [_hold(group) for group in held_groups()]

    def approve(self, key: str, actor: User) -> int:
        return approve(key, actor=actor)

    def refuse(self, key: str, actor: User) -> int:
        return reject(key, actor=actor)


def _hold(group: HeldGroup) -> Hold:
    return Hold(
        source=SOURCE,
        key=group.key,
        why=explain(group.code, group.params),
        place=group.instance.name,
        direction=group.direction,
        since=group.since,
        count=group.count,
        records=[_record(example) for example in group.examples],
    )


def _record(example: HeldChange) -> HeldRecord:
    offer = example.offer
    return HeldRecord(
        label=offer.name or offer.offer_id,
        url=reverse("offer", args=[offer.pk]),
        would=value_in_words(example.content, offer),
    )
