"""One order for its page: both sides, what waits for a person, what happened, and a stamp of all that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allegro_integration.comparison import compare
from allegro_integration.explain_words import in_words, marketplace_in_words, status_in_words
from allegro_integration.inbox_orders import solved_by
from allegro_integration.models import InvoiceDocument, Order
from allegro_integration.selectors import OrderSides
from allegro_integration.services.orders import CREATE
from allegro_integration.timeline import steps_of
from allegro_integration.way_back import way_back
from connectify.audit.models import Event
from connectify.audit.selectors import timeline
from connectify.dashboard.documents import document_of
from connectify.dashboard.explanations import Explained, explain
from connectify.dashboard.inbox import Act
from connectify.dashboard.inbox_quarantined import SOURCE, acts_of, key_of
from connectify.dashboard.record_states import TONES
from connectify.domain.change import ChangeState
from connectify.domain.fingerprint import fingerprint
from connectify.sync.models import Change, Quarantined


@dataclass(frozen=True)
class Task:
    """Something of this order that was put aside: why, and what a person can do about it."""

    why: Explained
    key: str
    acts: tuple[Act, ...]
    source: str = SOURCE


def context_of(sides: OrderSides, *, may_work: bool) -> dict[str, Any]:
    """The template's part."""
    order, events = sides.order, timeline("order", sides.order.pk)
    invoices = list(order.invoices.order_by("found_at", "id"))
    tasks = _tasks(order, invoices)
    creation = _creation(sides.changes)
    solve_url, solve_label = _solved_by(order)
    own = next((task for task in tasks if task.why.code == order.code), None)
    return {
        "sides": sides,
        "order": order,
        "tone": TONES[order.state],
        "why": why_of(order),
        "solve_url": solve_url,
        "solve_label": solve_label,
        "own_task": own,
        "tasks": [task for task in tasks if task is not own],
        "allegro_state": status_in_words(order.form.status),
        "marketplace": marketplace_in_words(order.form.marketplace),
        "may_work": may_work,
        "may_send_again": may_work and sides.may_be_sent_again and own is None,
        "may_recreate": may_work and _was_taken_for_a_duplicate(creation),
        "sections": compare(order, creation.content if creation else None),
        "steps": steps_of(events),
        "form": document_of(order.form.raw) if order.form.raw else None,
        "stamp": _stamp(order, events, tasks, invoices),
        **way_back(order, invoices),
    }


def _solved_by(order: Order) -> tuple[str, str]:
    """The page where what the order waits for is set, and its name; empty where no page mends it."""
    if order.state != Order.State.WAITING or order.instance_id is None:
        return "", ""
    by = order.payment_type if order.code == "unmapped_payment" else order.delivery_method_id
    return solved_by(order.code, order.instance_id, by)


def why_of(order: Order) -> Explained | None:
    """Why the order is where it is; None where there is nothing to say."""
    return explain(order.code, in_words(order.params)) if order.code else None


def _tasks(order: Order, invoices: list[InvoiceDocument]) -> list[Task]:
    """Of the order itself, of its status, parcel, invoices and form; one query."""
    form = order.form
    keys = [str(order.pk), f"{form.account_id}:{form.form_id}", *(str(invoice.pk) for invoice in invoices)]
    rows = Quarantined.objects.filter(state=Quarantined.State.OPEN, subject_key__in=keys).order_by(
        "first_seen_at", "id"
    )
    return [
        Task(explain(row.code, in_words(row.params)), key_of(row.pk), acts_of(row.subject_kind, row.code))
        for row in rows
    ]


def _creation(changes: list[Change]) -> Change | None:
    created = [change for change in changes if change.kind == CREATE]
    return created[-1] if created else None


def _was_taken_for_a_duplicate(creation: Change | None) -> bool:
    """Pohoda says that it has the order and has it not: only then may a person have it created a second time."""
    if creation is None:
        return False
    return (creation.state, creation.code) == (ChangeState.QUARANTINED, "duplicate_not_found")


def _stamp(order: Order, events: list[Event], tasks: list[Task], invoices: list[InvoiceDocument]) -> str:
    """Changes with everything the page shows but the time."""
    seen = [
        order.state, order.code, order.params, order.updated_at.isoformat(), order.fulfilment, order.fulfilment_wanted,
        order.fulfilment_code, order.parcel, events[-1].sequence if events else 0, [task.key for task in tasks],
        [[str(one.pk), one.state, one.step, one.code] for one in invoices],
    ]  # fmt: skip
    return fingerprint(seen)[:16]
