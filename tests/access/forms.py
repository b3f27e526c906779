"""Valid input for the pages that change something, so that a refusal is one of the person and not of the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from allegro_integration.models import Account
from connectify.instances.models import Instance
from pohoda_bridge.server.models import Unit
from tests.access.actors import Visitor
from tests.access.world import COMPANY, DELIVERY, PASSWORD, Filled
from tests.setup_pages.offer_shop import fields_of

Form = Callable[[Filled, Visitor], Mapping[str, Any]]


def nothing(_filled: Filled, _owner: Visitor) -> Mapping[str, Any]:
    return {}


def of(**values: str) -> Form:
    """`{id}` in a value is an id of the company."""

    def form(filled: Filled, _owner: Visitor) -> Mapping[str, Any]:
        return {name: value.format(**filled.ids) for name, value in values.items()}

    return form


def saved(page: str, **typed: str) -> Form:
    """What the page of settings posts when the effect of what was typed is on the screen."""

    def form(filled: Filled, owner: Visitor) -> Mapping[str, Any]:
        address = f"/setup/instances/{filled.ids['instance_id']}/{page}/"
        values = {name: value.format(**filled.ids) for name, value in typed.items()}
        first = fields_of(owner.send("GET", address))
        second = fields_of(owner.send("POST", address, {**first, **values, "step": "preview"}))
        assert "shown" in second, f"{page}: the preview shows no effect"
        return {**second, **values, "step": "save"}

    return form


def general(filled: Filled, owner: Visitor) -> Mapping[str, Any]:
    """As `saved`, of the form on the instance's own page."""
    with filled.inside():
        instance = Instance.objects.get(pk=filled.ids["instance_id"])
    values = {"name": "Přejmenovaná", "interval_s": str(instance.interval_s)}
    seen = fields_of(owner.send("POST", f"/setup/instances/{instance.pk}/save/", {**values, "step": "preview"}))
    assert "shown" in seen, "the general form shows no effect"
    return {**seen, "step": "save"}


def another_instance(filled: Filled, _owner: Visitor) -> Mapping[str, Any]:
    with filled.inside():
        account, unit = Account.objects.get(), Unit.objects.get()
    place = f"{account.pk}:allegro-hu"
    return {"place": place, "unit": str(unit.pk), "name": "Maďarsko", "store": "", "orders_since": ""}


MAPPED = {f"delivery-carrier-{DELIVERY}": "DPD", f"delivery-text-{DELIVERY}": "Doprava"}
NEW_PASSWORD = {"oldpassword": PASSWORD, "password1": "zelena-lampa-na-stole", "password2": "zelena-lampa-na-stole"}
TYPED_NAME = f"{COMPANY} nově"
