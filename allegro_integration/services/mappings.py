"""What a person maps in an instance: delivery methods and payment types. Waiting orders are planned anew at once."""

from __future__ import annotations

from typing import Any, Final

from allegro_integration.models import DeliveryMapping, Market, PaymentMapping
from connectify.audit.services import record_audit
from connectify.domain.errors import Rejected
from connectify.instances.models import Instance
from connectify.sync import due
from connectify.users.models import User
from pohoda_bridge.xml.limits import CARRIER_IDS, LINE_TEXT, PAYMENT_IDS

LONGEST: Final = {"carrier": CARRIER_IDS, "line_text": LINE_TEXT, "form_of_payment": PAYMENT_IDS}


def folded(typed: str) -> str:
    """A name as Pohoda's lists have it: one line, no blanks around it."""
    return " ".join(typed.split())


def line_text_of(line_text: str, method_name: str) -> str:
    """What the line says: the method's name where nobody wrote a text."""
    return line_text or folded(method_name)[:LINE_TEXT].rstrip()


def problems_of_delivery(*, carrier: str, line_text: str) -> list[Rejected]:
    """Why these folded names cannot be stored: "name_too_long", "delivery_name_missing". A text alone will do."""
    if not (carrier or line_text):
        return [Rejected("delivery_name_missing", field="carrier")]
    return _too_long(carrier=carrier, line_text=line_text)


def problems_of_payment(*, form_of_payment: str) -> list[Rejected]:
    """Why this folded name cannot be stored: "name_too_long", "payment_name_missing"."""
    if not form_of_payment:
        return [Rejected("payment_name_missing", field="form_of_payment")]
    return _too_long(form_of_payment=form_of_payment)


def _too_long(**names: str) -> list[Rejected]:
    return [
        Rejected("name_too_long", field=field, text=name[:40], limit=LONGEST[field])
        for field, name in names.items()
        if len(name) > LONGEST[field]
    ]


def _check(problems: list[Rejected]) -> None:
    if problems:
        raise problems[0]


def map_delivery(
    *,
    instance: Instance,
    method_id: str,
    method_name: str,
    carrier: str,
    line_text: str = "",
    actor: User | None = None,
) -> DeliveryMapping:
    """From now on this Allegro delivery method goes with `carrier` of Pohoda; the line's text defaults to its name.

    Raises Rejected as `problems_of_delivery` says; its parameter `field` names the value.
    """
    method_name, carrier, line_text = folded(method_name), folded(carrier), folded(line_text)
    _check(problems_of_delivery(carrier=carrier, line_text=line_text))
    facts = {"method_name": method_name[:200], "carrier": carrier, "line_text": line_text_of(line_text, method_name)}
    before = DeliveryMapping.objects.filter(instance=instance, method_id=method_id).values(*facts).first()
    if before == facts:
        return DeliveryMapping.objects.get(instance=instance, method_id=method_id)
    row, _ = DeliveryMapping.objects.update_or_create(instance=instance, method_id=method_id, defaults=facts)
    _changed(instance, "mapping.delivery_saved", actor, before=before, after={"method_id": method_id, **facts})
    return row


def map_payment(
    *, instance: Instance, payment_type: str, form_of_payment: str, actor: User | None = None
) -> PaymentMapping:
    """From now on this Allegro payment type is `form_of_payment` in Pohoda.

    Raises Rejected as `problems_of_payment` says; its parameter `field` names the value.
    """
    form_of_payment = folded(form_of_payment)
    _check(problems_of_payment(form_of_payment=form_of_payment))
    facts = {"form_of_payment": form_of_payment}
    before = PaymentMapping.objects.filter(instance=instance, payment_type=payment_type).values(*facts).first()
    if before == facts:
        return PaymentMapping.objects.get(instance=instance, payment_type=payment_type)
    row, _ = PaymentMapping.objects.update_or_create(instance=instance, payment_type=payment_type, defaults=facts)
    _changed(instance, "mapping.payment_saved", actor, before=before, after={"payment_type": payment_type, **facts})
    return row


def unmap_delivery(*, instance: Instance, method_id: str, actor: User | None = None) -> None:
    """From now on orders with this method wait for a person. Harmless where nothing is mapped."""
    row = DeliveryMapping.objects.filter(instance=instance, method_id=method_id).first()
    if row is None:
        return
    before = {
        "method_id": method_id,
        "method_name": row.method_name,
        "carrier": row.carrier,
        "line_text": row.line_text,
    }
    row.delete()
    _changed(instance, "mapping.delivery_removed", actor, before=before, after=None)


def unmap_payment(*, instance: Instance, payment_type: str, actor: User | None = None) -> None:
    """From now on orders paid like this wait for a person. Harmless where nothing is mapped."""
    row = PaymentMapping.objects.filter(instance=instance, payment_type=payment_type).first()
    if row is None:
        return
    before = {"payment_type": payment_type, "form_of_payment": row.form_of_payment}
    row.delete()
    _changed(instance, "mapping.payment_removed", actor, before=before, after=None)


def _changed(
    instance: Instance, action: str, actor: User | None, *, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    """A new version of the settings: what waits was planned with an older one and is planned again (audited)."""
    current = Instance.objects.select_for_update().get(pk=instance.pk)
    current.settings_version += 1
    current.save(update_fields=["settings_version"])
    record_audit(actor=actor, action=action, object_kind="instance", object_id=instance.pk, before=before, after=after)
    market = Market.objects.filter(instance=instance).first()
    if market is not None:
        due.nudge("allegro.account", market.account_id)
