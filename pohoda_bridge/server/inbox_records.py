"""Records of the mirror that could not be read, in the inbox, and how they are tried again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from connectify.dashboard.inbox_quarantined import Kind, Named, Row, register_kind_of_record
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
    register_kind_of_record(QUARANTINED, Kind(direction="", name=_names, words=_words, owners=_owners))
    on_retry(QUARANTINED, read_record_again)


def read_record_again(row: Quarantined, actor: User | None) -> None:
    """The agenda's next export is a whole one, and each of its records is looked at."""
    unit_id, agenda, _record = row.subject_key.split(":", 2)
    read_whole(unit=Unit.objects.get(pk=unit_id), agendas=[agenda])  # type: ignore[list-item]


def _names(rows: Sequence[Row]) -> Mapping[uuid.UUID, Named]:
    return {row.id: Named(_name(*row.key.split(":", 2)[1:])) for row in rows}


def _name(agenda: str, record: str) -> str:
    return _("%(kind)s with the id %(id)s") % {"kind": AGENDAS.get(agenda, agenda), "id": record}


def _words(params: Mapping[str, Any]) -> dict[str, Any]:
    agenda = str(params.get("agenda", ""))
    return {**params, "agenda": str(AGENDAS.get(agenda, agenda))}


def _owners(unit_ids: Iterable[str]) -> Mapping[str, str]:
    units = Unit.objects.filter(pk__in=list(unit_ids)).select_related("connection")
    return {str(unit.pk): unit.connection.name for unit in units}
