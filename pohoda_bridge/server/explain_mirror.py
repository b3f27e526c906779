"""What can be wrong with reading the mirror, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectify.dashboard.explanations import Explanation

_KEEPS: Final = _(
    "We have stored nothing of it and go on reading. As soon as an export is as usual, we go on by ourselves."
)
_AGAIN: Final = _("We read it again and decide nothing until it is whole.")

SENTENCES: Final[Mapping[str, Explanation]] = {
    "export_empty": Explanation(
        _("Pohoda exported nothing; last time there were %(previous)s records."),
        _KEEPS,
        _("Check in Pohoda that the records are there and that the agent's user may see them; then approve it."),
    ),
    "export_shorter": Explanation(
        _("Pohoda exported %(records)s records; last time there were %(previous)s."),
        _KEEPS,
        _("Check in Pohoda that nothing is missing and that the agent's user may see everything; then approve it."),
    ),
    "export_other_unit": Explanation(
        _("The export is from other books (%(found)s) than before (%(expected)s)."),
        _KEEPS,
        _("If you have started a new year or moved the books, approve the export; otherwise set mServer right."),
    ),
    "export_incomplete": Explanation(
        _("The export came damaged: %(detail)s."),
        _AGAIN,
        _("If it stays so, write to support."),
    ),
    "record_unreadable": Explanation(
        _("One record of the export cannot be read: %(detail)s."),
        _("We keep what we knew of it and go on with all others."),
        _("Open the record in Pohoda, correct it and save it; its number in the database is %(record)s."),
    ),
    "list_unreadable": Explanation(_("Pohoda's export cannot be read: %(detail)s."), _AGAIN),
    "list_refused": Explanation(
        _("Pohoda refused to export: %(detail)s."),
        _AGAIN,
        _("Check in Pohoda that the agent's user may read the agenda and export data."),
    ),
    "list_cut": Explanation(_("Pohoda's export ended in the middle."), _AGAIN),
    "lookup_too_big": Explanation(_("An export of Pohoda's is too big at once."), _("We read it in smaller parts.")),
    "lookup_encoded": Explanation(
        _("Pohoda's export came in an encoding that was not asked for."), _AGAIN, _("If it stays so, write to support.")
    ),
    "lookup_deadline": Explanation(_("Pohoda did not finish an export in time."), _AGAIN),
    "lookup_broken": Explanation(_("The connection to Pohoda broke during an export."), _AGAIN),
}
