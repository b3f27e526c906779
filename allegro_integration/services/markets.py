"""What a person does with an instance of a market: its pace, its start, and which of its directions may write."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Final

import msgspec
from django.db.models import Min, Q, QuerySet

from allegro_integration.models import Account, InboxForm, InvoiceDocument, Market, Order
from allegro_integration.services.inbox import hint_forms
from allegro_integration.services.offers.scope import may_carry
from allegro_integration.services.order_settings import settings_of
from connectify.domain.change import ChangeState
from connectify.domain.errors import NeedsUser, Rejected
from connectify.instances import services as instances
from connectify.instances.models import Instance
from connectify.sync import due
from connectify.sync.directions import kinds_of
from connectify.sync.models import Change
from connectify.users.models import User
from pohoda_bridge.protocol import Agenda
from pohoda_bridge.server.mirror.subscriptions import set_pace

DIRECTIONS: Final = ("orders", "offers", "statuses", "invoices")
# Shorter would only repeat work: the journals tell of news in between, and Allegro limits how often it is asked.
SHORTEST_S: Final = 60
LONGEST_S: Final = 3600
# Beyond it the number of planned changes says no more to a person.
MANY: Final = 1000


def schedule_shortest(kind: str, resource_id: uuid.UUID, of: QuerySet[Market], without: int = 0) -> None:
    """An owner's interval is the shortest of its instances' (DESIGN §1); `without` any, the given one."""
    shortest = of.aggregate(shortest=Min("instance__interval_s"))["shortest"]
    due.schedule(kind=kind, resource_id=resource_id, interval_s=shortest or without)


def read_of_pohoda(account: Account) -> tuple[tuple[Agenda, str], ...]:
    """What an instance needs of its unit: agendas with what narrows them."""
    return (("stock", ""), ("orders", account.ext_system), ("invoices", ""))


def change_market(*, market: Market, name: str, interval_s: int, actor: User | None) -> Instance:
    """The instance's name and interval; account, unit and exports follow the shortest of their instances."""
    changed = instances.change_instance(instance=market.instance, name=name, interval_s=interval_s, actor=actor)
    of_account = Market.objects.filter(account=market.account_id, active=True)
    of_unit = Market.objects.filter(unit=market.unit_id, active=True)
    schedule_shortest("allegro.account", market.account_id, of_account)
    schedule_shortest("pohoda.unit", market.unit_id, of_unit)
    pace = of_unit.aggregate(shortest=Min("instance__interval_s"))["shortest"] or interval_s
    for agenda, scope in read_of_pohoda(market.account):
        set_pace(unit=market.unit, agenda=agenda, scope=scope, every_s=pace)
    return changed


def paces_with(market: Market, interval_s: int) -> tuple[int, int]:
    """How often the account and the unit would be asked, in seconds, if the instance had this interval."""
    others = Market.objects.filter(active=True).exclude(pk=market.pk)
    shortest = Min("instance__interval_s")
    found = (others.filter(account=market.account_id), others.filter(unit=market.unit_id))
    account_s, unit_s = (min(rows.aggregate(s=shortest)["s"] or interval_s, interval_s) for rows in found)
    return account_s, unit_s


def start_of(market: Market) -> dt.datetime | None:
    """Orders bought before it are left alone; None: every order that Allegro still tells of is taken."""
    stored = market.instance.settings.get("orders_since", "")
    return msgspec.convert(stored, type=dt.datetime) if stored else None


def save_orders(
    *, market: Market, content: dict[str, Any], since: dt.datetime | None, actor: User | None, read_version: int
) -> Instance:
    """How orders are written, and since when they are taken (`start_of`), as one version of the settings.

    Raises Rejected("settings_changed") when they moved on since `read_version`.
    """
    instance = Instance.objects.select_for_update().get(pk=market.instance_id)
    settings = {name: value for name, value in instance.settings.items() if name != "orders_since"}
    settings["orders"] = content
    if since is not None:
        settings["orders_since"] = since.isoformat()
    saved = instances.save_settings(instance=instance, settings=settings, actor=actor, read_version=read_version)
    if since != start_of(market):
        _judge_again(market, since)
    due.nudge("allegro.account", market.account_id)
    return saved


def crossing(market: Market, since: dt.datetime | None) -> tuple[QuerySet[Order], QuerySet[Order]]:
    """Orders on the other side of this start than now: (left alone so far, waiting so far)."""
    skipped = Order.objects.filter(instance=market.instance_id, state=Order.State.SKIPPED, code="before_start")
    waiting = Order.objects.filter(instance=market.instance_id, state=Order.State.WAITING)
    if since is None:
        return skipped, waiting.none()
    return skipped.filter(bought_at__gte=since), waiting.filter(bought_at__lt=since)


def _judge_again(market: Market, since: dt.datetime | None) -> None:
    """Orders on the other side of the new start than of the old one are read again; what was sent stays as it is."""
    taken, left_alone = crossing(market, since)
    forms = InboxForm.objects.filter(Q(order__in=taken) | Q(order__in=left_alone))
    form_ids = set(forms.values_list("form_id", flat=True))
    forms.update(content_sha256="")
    hint_forms(market.account, form_ids, found_by="instance")


def missing_for(market: Market, direction: str) -> str:
    """The code of what has to be set before the direction may be armed; "" when nothing is missing."""
    settings = market.instance.settings
    match direction:
        case "orders":
            try:
                settings_of(market)
            except NeedsUser as error:
                return error.code
        case "offers" if not settings.get("offers"):
            return "offers_not_set" if may_carry(market) else "prices_not_set"
        case "invoices" if not settings.get("invoices", {}).get("reports"):
            return "invoices_not_set"
    return ""


def arm_market(*, market: Market, direction: str, actor: User | None) -> None:
    """From now on the direction may write, and what is planned goes at once. Raises Rejected with what is missing."""
    if code := missing_for(market, direction):
        raise Rejected(code)
    instances.arm(instance=market.instance, direction=direction, actor=actor)
    _go_on(market)


def pause_market(*, market: Market, actor: User | None, reason: str) -> None:
    instances.pause(instance=market.instance, actor=actor, reason=reason)


def resume_market(*, market: Market, actor: User | None) -> None:
    instances.resume(instance=market.instance, actor=actor)
    _go_on(market)


def _go_on(market: Market) -> None:
    due.nudge("pohoda.unit", market.unit_id)
    due.nudge("allegro.account", market.account_id)


def planned(market: Market, direction: str) -> tuple[int, int]:
    """(changes that would go at once, changes that are held until a person approves them), each up to MANY."""
    going = _bounded(_of_direction(market, direction, ChangeState.PLANNED))
    if direction == "invoices":
        going += _bounded(_to_print(market))
    # Only offers are held for a yes: what is held elsewhere waits for what its record lacks.
    held = _bounded(_of_direction(market, direction, ChangeState.HELD)) if direction == "offers" else 0
    return min(going, MANY), held


def first_planned(market: Market, direction: str, most: int) -> list[Change]:
    """Some of the changes that would go, the longest planned first.

    Any: at the first switching on of a shop there are as many as it has offers, and to order them all takes seconds.
    """
    found = list(_of_direction(market, direction, ChangeState.PLANNED).order_by()[:most])
    return sorted(found, key=lambda change: (change.planned_at, change.pk))


def first_to_print(market: Market, most: int) -> list[InvoiceDocument]:
    """Invoices that were found and are printed once the direction may write, with their orders."""
    return list(_to_print(market).select_related("order").order_by("order__bought_at", "id")[:most])


def _to_print(market: Market) -> QuerySet[InvoiceDocument]:
    return InvoiceDocument.objects.filter(
        state=InvoiceDocument.State.WAITING, order__instance=market.instance_id, step=InvoiceDocument.Step.FOUND
    )


def orders_to_solve(market: Market) -> int:
    """Orders that are not planned yet because a person has to act (a mapping, a code), up to MANY."""
    waiting = Order.objects.filter(instance=market.instance_id, state=Order.State.WAITING).exclude(code="queued")
    return _bounded(waiting)


def _of_direction(market: Market, direction: str, state: ChangeState) -> QuerySet[Change]:
    # By its resources, so that the index of what is to be done answers.
    return Change.objects.filter(
        resource_kind__in=("allegro.account", "pohoda.unit"),
        resource_id__in=(market.account_id, market.unit_id),
        state=state,
        instance=market.instance_id,
        kind__in=kinds_of(direction),
    )


def _bounded(rows: QuerySet[Any]) -> int:
    return len(rows.order_by().values_list("pk", flat=True)[:MANY])
