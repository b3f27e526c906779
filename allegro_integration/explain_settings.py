"""Sentences about settings that cannot be stored as they are: answered at once to whoever sent them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectify.dashboard.explanations import Explanation

SETTINGS: Final[Mapping[str, Explanation]] = {
    "name_too_long": Explanation(_("“%(text)s” is too long: Pohoda takes %(limit)s characters.")),
    "delivery_name_missing": Explanation(_("Fill in the carrier in Pohoda or the text of the line.")),
    "payment_name_missing": Explanation(_("Fill in the form of payment in Pohoda.")),
    "kind_missing": Explanation(_("Choose at least one kind of document.")),
    "kind_unknown": Explanation(_("Documents of this kind are not attached: %(kinds)s.")),
}
