"""Held changes of offers in the inbox."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from allegro_integration.explain_words import in_words
from allegro_integration.offer_words import value_in_words
from allegro_integration.services.offers.held import HeldChange, HeldGroup, approve, held_groups, reject
from connectify.dashboard.explanations import explain
from connectify.dashboard.inbox import Act, InboxGroup, InboxRecord, said_by_all
from connectify.dashboard.links import page_of
from connectify.users.models import User

SOURCE: Final = "allegro.held"


class HeldOffers:
    def find(self) -> list[InboxGroup]:
        return [_group(group) for group in held_groups()]

    def act(self, key: str, act: str, actor: User) -> int:
        match act:
            case "approve":
                return approve(key, actor=actor)
            case "refuse":
                return reject(key, actor=actor)
        return 0


def _group(group: HeldGroup) -> InboxGroup:
    params = said_by_all([example.params for example in group.examples])
    return InboxGroup(
        source=SOURCE,
        key=group.key,
        identity=f"{group.instance_id}:{group.code}",
        why=explain(group.code, in_words(params)),
        place=group.place,
        direction=group.direction,
        since=group.since,
        count=group.count,
        records=tuple(_record(example) for example in group.examples),
        acts=(Act("approve", _("Approve"), is_main=True), Act("refuse", _("Refuse"))),
        list_url=f"{reverse('offers')}?code={group.code}",
        codes=(group.code,),
    )


def _record(example: HeldChange) -> InboxRecord:
    offer = example.offer
    return InboxRecord(
        label=offer.name or offer.offer_id,
        url=page_of("offer", offer.pk),
        note=value_in_words(example.content, stock=offer.stock, prices=offer.prices),
    )
