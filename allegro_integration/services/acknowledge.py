"""PROCESSING at Allegro, right after Pohoda confirmed an order: it ends the time in which the buyer may change it."""

from __future__ import annotations

from typing import Final

from allegro_integration.client.calls import OnSent
from allegro_integration.models import Order
from allegro_integration.services.form_decisions import Decision, Drop, Go, Seen
from allegro_integration.services.form_effects import FormEffect, ask_person
from allegro_integration.services.orders import FULFILMENT, ORDER
from connectify.sync.models import Change

BEFORE_PROCESSING: Final = frozenset({"", "NEW"})
# A person reads what to do about the order; the words of Allegro's refusal are its detail.
_REFUSALS: Final = frozenset({"refused", "not_found", "revision_conflict", "not_applied"})


class Acknowledger(FormEffect):
    """Sets PROCESSING where the order is still new."""

    kind = FULFILMENT

    def decide(self, change: Change, seen: Seen) -> Decision:
        if seen.form is None:
            return Drop("gone")
        if seen.is_cancelled:
            return Drop("cancelled")
        return Go() if seen.fulfilment in BEFORE_PROCESSING else Drop("further_already")

    def send(self, change: Change, seen: Seen, on_sent: OnSent) -> dict[str, str]:
        revision = (seen.form.revision if seen.form else None) or ""
        self.api.set_fulfillment(change.content["form_id"], "PROCESSING", revision or None, on_sent=on_sent)
        return {"revision": revision}

    def proof_of(self, change: Change, seen: Seen) -> dict[str, str] | None:
        if seen.form is not None and not seen.is_cancelled and seen.fulfilment in BEFORE_PROCESSING:
            return None
        return {"status": seen.fulfilment if seen.form else "gone"}

    def confirmed(self, change: Change, proof: dict[str, str]) -> None:
        status = proof.get("status", "PROCESSING")
        if status == "PROCESSING":
            Order.objects.filter(pk=change.subject_id).update(fulfilment=status, fulfilment_sent=status)
        self.note(change, "order.processing_set", {"status": "PROCESSING"})

    def dropped(self, change: Change, seen: Seen, code: str) -> None:
        if seen.form is not None:
            Order.objects.filter(pk=change.subject_id).update(fulfilment=seen.fulfilment)

    def stopped(self, change: Change, code: str, detail: str) -> None:
        code = "processing_refused" if code in _REFUSALS else code
        ask_person(change, subject_kind=ORDER, subject_key=str(change.subject_id), code=code, detail=detail[:300])
