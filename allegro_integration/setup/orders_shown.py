"""Previews of orders in words: what a document would say, what differs, why an order waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allegro_integration.domain.explain import Waiting
from allegro_integration.domain.orders import PlannedOrder
from allegro_integration.explain_words import in_words, number_in_words
from allegro_integration.models import Order
from allegro_integration.services.order_preview import OrderPreview, Outcome
from allegro_integration.timeline import reason_of
from connectify.dashboard.effects import EffectCount, EffectRow
from connectify.dashboard.explanations import explain
from connectify.dashboard.templatetags.show import money
from pohoda_bridge.documents import OrderLine, ReceivedOrder

MOST_LINES: Final = 3


def rows_of(previews: Iterable[OrderPreview], *, limit: int) -> tuple[tuple[EffectRow, ...], int]:
    """The first rows where something differs, those that have not left first; and how many more there are."""
    changed = [one for one in previews if _differs(one)]
    changed.sort(key=lambda one: one.has_left)
    return tuple(_row(one) for one in changed[:limit]), max(0, len(changed) - limit)


def counts_of(previews: Iterable[OrderPreview]) -> tuple[EffectCount, ...]:
    """How many would go, how many would wait and why, how many have left."""
    found = list(previews)
    open_ = [one for one in found if not one.has_left]
    goes = sum(isinstance(one.after, PlannedOrder) for one in open_)
    reasons = Counter(_outcome(one.after, one.order) for one in open_ if isinstance(one.after, Waiting))
    counts = [EffectCount(_("go to Pohoda"), goes, "good")]
    counts += [EffectCount(reason, count, "wait") for reason, count in reasons.most_common(5)]
    counts.append(EffectCount(_("have left for Pohoda already and stay as they are"), len(found) - len(open_)))
    return tuple(count for count in counts if count.count)


def _differs(one: OrderPreview) -> bool:
    if isinstance(one.before, PlannedOrder) and isinstance(one.after, PlannedOrder):
        return one.before.order != one.after.order
    return one.before != one.after


def _row(one: OrderPreview) -> EffectRow:
    order, before, after = one.order, one.before, one.after
    if isinstance(before, PlannedOrder) and isinstance(after, PlannedOrder):
        found = list(differences(before.order, after.order))
        was = "; ".join(f"{label}: {old or '–'}" for label, old, _new in found)
        now = "; ".join(f"{label}: {new or '–'}" for label, _old, new in found)
    else:
        was = _outcome(before, order) if before is not None else ""
        now = _outcome(after, order)
    why = [reason_of({"code": step.code, "params": step.params}) for step in getattr(after, "trace", ())]
    if one.has_left:
        why.insert(0, _("This order has left and stays as it is; the next one like it would look so."))
    tone = "idle" if one.has_left else "wait" if isinstance(after, Waiting) else "good"
    return EffectRow(label_of(order), reverse("order", args=[order.pk]), was, now, tuple(why), tone)


def label_of(order: Order) -> str:
    """Whose order it is, and its number in Pohoda where it has one."""
    return f"{order.buyer or order.number} · {order.pohoda_number or money(order.total, order.currency)}"


def _outcome(outcome: Outcome | None, order: Order) -> str:
    if outcome is None:
        return ""
    if isinstance(outcome, Waiting):
        return _("waits: %(why)s") % {"why": explain(outcome.code, in_words(outcome.params)).title}
    return _("goes to Pohoda: %(document)s") % {"document": summary(outcome.order, order)}


def summary(document: ReceivedOrder, order: Order) -> str:
    """A document in one line."""
    lines = ngettext("%(count)d line", "%(count)d lines", len(document.lines)) % {"count": len(document.lines)}
    texts = [line.text for line in document.lines if line.stock is None]
    facts = [
        _("carrier %(name)s") % {"name": document.carrier} if document.carrier else _("no carrier"),
        _("form of payment %(name)s") % {"name": document.payment_type} if document.payment_type else "",
        f"{lines} ({', '.join(texts)})" if texts else lines,
        money(document.total, order.currency),
    ]
    return ", ".join(fact for fact in facts if fact)


def differences(before: ReceivedOrder, after: ReceivedOrder) -> Iterator[tuple[str, str, str]]:
    """(what, before, after) of the fields that settings and mappings decide on."""
    fields = (
        (_("text"), "text"),
        (_("number series"), "number_series"),
        (_("form of payment"), "payment_type"),
        (_("carrier"), "carrier"),
        (_("centre"), "centre"),
        (_("activity"), "activity"),
    )
    for label, name in fields:
        if getattr(before, name) != getattr(after, name):
            yield label, getattr(before, name), getattr(after, name)
    if before.link_to_address != after.link_to_address:
        answers = {True: _("yes"), False: _("no")}
        yield _("linked to the address book"), answers[before.link_to_address], answers[after.link_to_address]
    if before.currency != after.currency:
        yield _("currency and rate"), _currency(before), _currency(after)
    if before.ext_id != after.ext_id:
        yield _("external number"), before.ext_id.system, after.ext_id.system
    yield from _lines(before.lines, after.lines)


def _lines(before: tuple[OrderLine, ...], after: tuple[OrderLine, ...]) -> Iterator[tuple[str, str, str]]:
    old, new = [_line(one) for one in before], [_line(one) for one in after]
    length = max(len(old), len(new))
    old += [""] * (length - len(old))
    new += [""] * (length - len(new))
    differing = [(was, now) for was, now in zip(old, new, strict=True) if was != now]
    for was, now in differing[:MOST_LINES]:
        yield _("line"), was, now


def _line(line: OrderLine) -> str:
    place = f" ({line.stock.store}/{line.stock.code})" if line.stock else ""
    vat = (
        ""
        if line.vat_percent is None
        else ", " + _("VAT %(percent)s %%") % {"percent": number_in_words(line.vat_percent)}
    )
    return f"{line.text}{place}{vat}"


def _currency(document: ReceivedOrder) -> str:
    if document.currency is None:
        return _("home currency")
    rate = document.currency.rate
    return f"{document.currency.code} {rate:f}" if rate is not None else document.currency.code
