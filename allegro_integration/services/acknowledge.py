"""PROCESSING at Allegro, right after Pohoda confirmed an order. Each call is an effect with INTENT before it."""

from __future__ import annotations

from typing import Final

from django.conf import settings

from allegro_integration.client.api import AllegroApi
from allegro_integration.client.errors import NotFound, NotSent, OutcomeUnknown, Refused, RevisionConflict
from allegro_integration.domain.checkout import CheckoutForm
from allegro_integration.services.orders import FULFILMENT, ORDER
from connectify.audit.services import record_event
from connectify.domain.change import Evidence
from connectify.domain.errors import Retryable
from connectify.sync import changes
from connectify.sync.leases import Lease
from connectify.sync.models import Change

BEFORE_PROCESSING: Final = frozenset({"", "NEW"})


def recover(lease: Lease) -> None:
    """An INTENT of an older epoch lost its worker: nobody knows what came of it."""
    changes.strand(resource_kind=lease.kind, resource_id=lease.resource_id, kinds=[FULFILMENT], epoch=lease.epoch)


def apply(lease: Lease, change: Change, api: AllegroApi) -> int:
    """One change. Returns 1 when Allegro has it now."""
    lease.require(2 * settings.ALLEGRO_CALL_S)
    form = _read(api, change)
    if form is None or form.status == "CANCELLED" or _status(form) not in BEFORE_PROCESSING:
        return _settle_without_sending(lease, change, form)
    with lease.transaction():
        changes.begin(change.pk, epoch=lease.epoch)
    try:
        api.set_fulfillment(change.content["form_id"], "PROCESSING", form.revision)
    except (RevisionConflict, Refused) as error:
        with lease.transaction():
            changes.refuse(change.pk, code=error.code, detail=error.detail, proof={})
            if isinstance(error, RevisionConflict):
                _again_with(change, form.revision or "")
        return 0
    except NotSent as error:
        with lease.transaction():
            changes.back_to_planned(
                change.pk, evidence=Evidence.NOT_SENT, code=error.code, detail=error.detail, retry_in_s=30
            )
        raise
    except (OutcomeUnknown, Retryable) as error:
        with lease.transaction():
            changes.mark_unknown(change.pk, code=error.code, detail=error.detail)
        raise
    with lease.transaction():
        changes.confirm(change.pk, evidence=Evidence.ANSWER, proof={"revision": form.revision or ""})
        _note(change)
    return 1


def look_up(lease: Lease, change: Change, api: AllegroApi) -> None:
    """UNKNOWN: the order itself says whether the status arrived."""
    form = _read(api, change)
    with lease.transaction():
        if form is None or form.status == "CANCELLED" or _status(form) not in BEFORE_PROCESSING:
            changes.confirm(change.pk, evidence=Evidence.LOOKUP, proof={"status": _status(form) if form else "gone"})
            _note(change)
        else:
            changes.back_to_planned(change.pk, evidence=Evidence.LOOKUP, code="not_applied", detail="", retry_in_s=0)


def _settle_without_sending(lease: Lease, change: Change, form: CheckoutForm | None) -> int:
    code = "gone" if form is None else "cancelled" if form.status == "CANCELLED" else "further_already"
    with lease.transaction():
        changes.supersede(change.pk, code=code)
    return 0


def _again_with(change: Change, stale_revision: str) -> None:
    """409: the order changed meanwhile. It is read and decided again, with the stale revision kept as new content."""
    rounds = int(change.content.get("round", 0)) + 1
    if rounds > 3:
        return
    changes.plan_change(
        instance=change.instance,
        kind=change.kind,
        key=change.key,
        subject_kind=change.subject_kind,
        subject_id=change.subject_id,
        resource_kind=change.resource_kind,
        resource_id=change.resource_id,
        content={**change.content, "round": rounds, "after_revision": stale_revision},
    )


def _read(api: AllegroApi, change: Change) -> CheckoutForm | None:
    try:
        form, _ = api.checkout_form(change.content["form_id"])
    except NotFound:
        return None
    return form


def _status(form: CheckoutForm) -> str:
    return (form.fulfillment.status or "") if form.fulfillment else ""


def _note(change: Change) -> None:
    record_event(
        type="order.processing_set", object_kind=ORDER, object_id=change.subject_id, data={"status": "PROCESSING"}
    )
