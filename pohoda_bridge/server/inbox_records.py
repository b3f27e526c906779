"""Records of the mirror that could not be read, in the inbox, and how they are tried again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from connectify.dashboard.inbox_quarantined import Kind, LookUp, named, register_kind_of_record
from connectify.sync.models import Quarantined
from connectify.sync.quarantine import on_retry
from connectify.users.models import User
from pohoda_bridge.server.mirror.absorbing import QUARANTINED
from pohoda_bridge.server.mirror.subscriptions import read_whole
from pohoda_bridge.server.models import Unit

AGENDAS: Final = {
    "stock": pgettext_lazy("record in Pohoda", "Stock card"),
    "orders": pgettext_lazy("record in Pohoda", "Received order"),
    "invoices": pgettext_lazy("record in Pohoda", "Invoice"),
}


def register() -> None:
    """Idempotent."""
    register_kind_of_record(QUARANTINED, Kind(direction="", label=_label, words=_words, owners=_OWNERS))
    on_retry(QUARANTINED, read_record_again)


def read_record_again(row: Quarantined, actor: User | None) -> None:
    """The agenda's next export is a whole one, and each of its records is looked at."""
    unit_id, agenda, _record = row.subject_key.split(":", 2)
    read_whole(unit=Unit.objects.get(pk=unit_id), agendas=[agenda])  # type: ignore[list-item]


def _label(key: str) -> str:
    agenda, record = key.split(":", 2)[1:]
    return _("%(kind)s with the id %(id)s") % {"kind": AGENDAS.get(agenda, agenda), "id": record}


def _words(params: Mapping[str, Any]) -> dict[str, Any]:
    agenda = str(params.get("agenda", ""))
    return {**params, "agenda": str(AGENDAS.get(agenda, agenda))}


def _units(unit_ids: Collection[str]) -> QuerySet[Any]:
    return named(Unit.objects.filter(pk__in=unit_ids), key="pk", name="connection__name", page="pk")


_OWNERS: Final = LookUp(_units)
