"""The account's inbox: journal events are hints, forms are what we know. Runs inside a lease's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from django.db import models
from django.db.models.functions import Now

from allegro_integration.client.messages import OddEvent, OrderEvent
from allegro_integration.client.strict_json import NotJson, load
from allegro_integration.domain.bought_lines import BoughtLine, bought_lines
from allegro_integration.domain.checkout import CheckoutForm, LineItem
from allegro_integration.domain.forms import content_hash, joint_form, superseded_forms
from allegro_integration.models import Account, InboxForm, JournalEvent, SoldLine
from allegro_integration.services.offers.marking import mark_sold
from connectify.audit.services import record_event
from connectify.clock import now
from connectify.sync.models import Payload
from connectify.sync.payloads import store_payload
from connectify.sync.quarantine import put, solve

LOOKS_BEFORE_GONE: Final = 3
LOOK_AGAIN_AFTER: Final = dt.timedelta(minutes=5)
JSON: Final = "application/json"
# What a form is put aside for when it cannot be had: solved by having it, whatever it then says.
UNREAD: Final = frozenset({"form_not_found", "form_not_read", "form_not_understood"})


def store_journal_page(account: Account, events: Iterable[OrderEvent], *, cursor: str) -> int:
    """Stores events and moves the cursor with them. The same event twice is one row. Returns how many were new."""
    rows = [
        JournalEvent(
            account=account,
            tenant_id=account.tenant_id,
            event_id=event.id,
            type=event.type,
            form_id=event.order.checkout_form.id,
            occurred_at=event.occurred_at,
        )
        for event in events
        if event.order.checkout_form
    ]
    known = set(
        JournalEvent.objects.filter(account=account, event_id__in=[row.event_id for row in rows]).values_list(
            "event_id", flat=True
        )
    )
    new = {row.event_id: row for row in rows if row.event_id not in known}
    JournalEvent.objects.bulk_create(new.values(), ignore_conflicts=True)
    hint_forms(account, {row.form_id for row in new.values()}, found_by="journal")
    account.journal_cursor = cursor
    account.save(update_fields=["journal_cursor"])
    return len(new)


def note_drained(account: Account, moment: dt.datetime) -> None:
    """All that the journal had at this moment is stored: an offer seen before it lacks no piece without a reason."""
    account.journal_read_at = moment
    account.save(update_fields=["journal_read_at"])


def note_odd_events(account: Account, odd: Iterable[OddEvent]) -> None:
    """Entries of the journal that we do not understand: shown, passed over, and their orders found by the sweep."""
    for event in odd:
        put(
            instance=None,
            subject_kind="event",
            subject_key=f"{account.pk}:{event.id}",
            code="event_not_understood",
            params={"event_id": event.id, "detail": event.problem},
        )


def hint_forms(account: Account, form_ids: set[str], *, found_by: str) -> None:
    """These forms are to be read (again). A form that was gone or unreadable gets a new chance."""
    InboxForm.objects.bulk_create(
        [
            InboxForm(account=account, tenant_id=account.tenant_id, form_id=form_id, found_by=found_by)
            for form_id in sorted(form_ids)
        ],
        ignore_conflicts=True,
    )
    rows = InboxForm.objects.filter(account=account, form_id__in=form_ids)
    rows.exclude(state=InboxForm.State.TO_READ, missing_since=None).update(
        state=InboxForm.State.TO_READ, reads=0, next_read_at=Now(), missing_since=None
    )


def hint_changed(account: Account, listed: Iterable[tuple[str, str]]) -> int:
    """Sweep: (form id, revision) as listed by Allegro. Hints the unknown and the changed. Returns how many."""
    revisions = dict(listed)
    known = dict(InboxForm.objects.filter(account=account, form_id__in=revisions).values_list("form_id", "revision"))
    missed = {form_id for form_id, revision in revisions.items() if known.get(form_id) != revision}
    waiting = set(
        InboxForm.objects.filter(account=account, form_id__in=missed, state=InboxForm.State.TO_READ).values_list(
            "form_id", flat=True
        )
    )
    hint_forms(account, missed - waiting, found_by="sweep")
    return len(missed - waiting)


def forms_to_read(account: Account, *, limit: int) -> list[InboxForm]:
    return list(
        InboxForm.objects.filter(account=account, state=InboxForm.State.TO_READ, next_read_at__lte=Now()).order_by(
            "first_seen_at", "id"
        )[:limit]
    )


def taken_over_by(inbox: InboxForm, lines: Iterable[LineItem | BoughtLine]) -> str:
    """The id of the joint form that this one was merged into before we got to read it, or ""."""
    ids = frozenset(line.id for line in lines)
    sharing = SoldLine.objects.filter(account=inbox.account, line_id__in=ids).exclude(form=inbox).values("form")
    others: dict[str, set[str]] = {}
    rows = SoldLine.objects.filter(form__in=sharing).values_list("form__form_id", "line_id")
    for form_id, line_id in rows:
        others.setdefault(form_id, set()).add(line_id)
    return joint_form(ids, {form_id: frozenset(lines) for form_id, lines in others.items()})


def close_merged(inbox: InboxForm, *, by: str) -> None:
    inbox.state, inbox.read_at = InboxForm.State.GONE, Now()
    inbox.save(update_fields=["state", "read_at"])
    solve(subject_kind="form", subject_key=f"{inbox.account_id}:{inbox.form_id}")
    record_event(type="form.merged", object_kind="form", object_id=inbox.pk, data={"form": inbox.form_id, "by": by})


def store_form(inbox: InboxForm, form: CheckoutForm, raw: bytes) -> tuple[Payload, bool, tuple[str, ...]]:
    """Stores what was read. → (raw payload, whether the content is new, ids of forms that this one replaces)."""
    payload = store_payload(raw, JSON)
    digest = content_hash(form)
    is_new = digest != inbox.content_sha256
    replaced = superseded_forms(form, _store_lines(inbox, form.line_items))
    inbox.marketplace = form.marketplace.id if form.marketplace else ""
    inbox.status = form.status
    inbox.revision = form.revision or ""
    inbox.content_sha256 = digest
    inbox.state = InboxForm.State.READ
    inbox.raw = payload
    inbox.read_at = Now()
    inbox.missing_since, inbox.has_unknown_pieces = None, False
    inbox.save()
    solve(subject_kind="form", subject_key=f"{inbox.account_id}:{inbox.form_id}", codes=UNREAD)
    if is_new:
        mark_sold(inbox)
    return payload, is_new, replaced


def _store_lines(inbox: InboxForm, lines: Sequence[LineItem | BoughtLine]) -> dict[str, str]:
    """→ the form that each line was known by before."""
    ids = [line.id for line in lines]
    known = dict(
        SoldLine.objects.filter(account=inbox.account, line_id__in=ids).values_list("line_id", "form__form_id")
    )
    for line in lines:
        SoldLine.objects.update_or_create(
            account=inbox.account,
            line_id=line.id,
            defaults={
                "form": inbox,
                "offer_id": line.offer.id,
                "code": line.offer.external_id,
                "quantity": line.quantity,
            },
        )
    return known


def note_missing(inbox: InboxForm) -> None:
    """Allegro answered 404. Three looks in a quarter of an hour, then the form is merged, or shown to a person."""
    if inbox.missing_since is None:
        # Readings that failed before are no looks at a form that is not there.
        inbox.missing_since, inbox.reads = now(), 0
    inbox.reads += 1
    if inbox.reads < LOOKS_BEFORE_GONE:
        inbox.next_read_at = Now() + models.Value(LOOK_AGAIN_AFTER)
        inbox.save(update_fields=["reads", "next_read_at", "missing_since"])
        return
    inbox.state = InboxForm.State.GONE
    inbox.save(update_fields=["reads", "state", "missing_since"])
    mark_sold(inbox)
    merged = inbox.read_at is not None and not SoldLine.objects.filter(form=inbox).exists()
    record_event(
        type="form.merged" if merged else "form.gone",
        object_kind="form",
        object_id=inbox.pk,
        data={"form": inbox.form_id},
    )
    if merged:
        solve(subject_kind="form", subject_key=f"{inbox.account_id}:{inbox.form_id}")
    else:
        put(
            instance=None,
            subject_kind="form",
            subject_key=f"{inbox.account_id}:{inbox.form_id}",
            code="form_not_found",
            params={"form_id": inbox.form_id},
        )


def note_failed(inbox: InboxForm, error: Exception) -> None:
    """Reading this one form failed: later again, ever later, so that the others get their turn; then a person sees."""
    inbox.reads += 1
    wait = min(dt.timedelta(seconds=30 * 2 ** min(inbox.reads, 10)), dt.timedelta(hours=6))
    inbox.next_read_at = Now() + models.Value(wait)
    inbox.save(update_fields=["reads", "next_read_at"])
    if inbox.reads >= LOOKS_BEFORE_GONE:
        put(
            instance=None,
            subject_kind="form",
            subject_key=f"{inbox.account_id}:{inbox.form_id}",
            code="form_not_read",
            params={"form_id": inbox.form_id, "detail": f"{type(error).__name__}: {error}"[:300]},
        )


def note_unreadable(inbox: InboxForm, *, raw: bytes, detail: str) -> None:
    """The form came, and we do not understand it: it waits alone with what Allegro sent.

    Its pieces are taken as sold as far as they can be seen; where they cannot, no offer of the account gets more pieces
    until a person has decided.
    """
    lines, is_whole = _seen_lines(raw)
    # Lines of a joint form stay with that one: this older form will be gone, and they would go with it.
    if not taken_over_by(inbox, lines):
        _store_lines(inbox, lines)
    inbox.state = InboxForm.State.UNREADABLE
    inbox.reads += 1
    inbox.has_unknown_pieces, inbox.missing_since = not is_whole, None
    inbox.save(update_fields=["state", "reads", "has_unknown_pieces", "missing_since"])
    mark_sold(inbox)
    put(
        instance=None,
        subject_kind="form",
        subject_key=f"{inbox.account_id}:{inbox.form_id}",
        code="form_not_understood",
        params={"form_id": inbox.form_id, "detail": detail[:300]},
        payload=store_payload(raw, JSON),
    )


def _seen_lines(raw: bytes) -> tuple[tuple[BoughtLine, ...], bool]:
    """The lines that can be seen in a form that is not understood, and whether these are all of them."""
    try:
        return bought_lines(load(raw))
    except NotJson:
        return (), False
