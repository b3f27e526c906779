"""What is decided about an effect on a checkout form, from what Allegro shows just before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allegro_integration.domain.checkout import CheckoutForm


class Go:
    """It is still to be done: send it."""


@dataclass(frozen=True)
class Drop:
    """Nothing is to be sent: it is not wanted any more, or it is there without us."""

    code: str


@dataclass(frozen=True)
class Later:
    """Not yet; decided again in `wait_s` seconds. Nothing has left."""

    code: str
    wait_s: float


@dataclass(frozen=True)
class Ask:
    """A person must look: held until they say so."""

    code: str
    detail: str = ""


Decision = Go | Drop | Later | Ask


@dataclass(frozen=True)
class Points:
    """Names of the crash points around one effect; an empty one is not reached."""

    intent: str = ""
    sent: tuple[str, ...] = ()
    answered: str = ""
    confirmed: str = ""


@dataclass(frozen=True)
class Seen:
    """What Allegro shows before a decision. `form` None: it no longer has the order. `more` is the effect's own."""

    form: CheckoutForm | None
    more: Any = None

    @property
    def is_cancelled(self) -> bool:
        return self.form is not None and self.form.status == "CANCELLED"

    @property
    def fulfilment(self) -> str:
        return fulfilment_of(self.form) if self.form else ""


def fulfilment_of(form: CheckoutForm) -> str:
    """The seller's status, NEW where Allegro names none."""
    return (form.fulfillment.status or "NEW") if form.fulfillment else "NEW"
