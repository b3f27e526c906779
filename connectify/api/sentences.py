"""Codes of the API in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectify.dashboard.explanations import Explanation

SENTENCES: Final[Mapping[str, Explanation]] = {
    "key_without_name": Explanation(_("The key has no name."), "", _("Say which program it is for.")),
    "key_without_scope": Explanation(_("The key may do nothing."), "", _("Choose what the program may do.")),
    "unknown_scope": Explanation(_("There is nothing called %(scope)s that a key may do.")),
    "key_expired": Explanation(_("The key would have expired already."), "", _("Choose a later day.")),
    "key_lives_too_long": Explanation(
        _("A key works for %(days)s days at most."), "", _("Choose an earlier day; make a new key before it ends.")
    ),
}
