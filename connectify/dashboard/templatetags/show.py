"""How values look: money, moments, states. Numbers and dates as the reader's language writes them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

from django import template
from django.utils import formats, timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectify import clock

register = template.Library()

NBSP: Final = "\u00a0"
SIGNS: Final = {"CZK": "Kč", "EUR": "€", "PLN": "zł", "HUF": "Ft"}
EXACT: Final = {"cs": "j. n. Y H:i:s", "en": "j M Y, H:i:s"}
DAY: Final = {"cs": "j. n. Y", "en": "j M Y"}
MINUTE: Final = {"cs": "j. n. Y H:i", "en": "j M Y, H:i"}


@register.filter
def money(amount: Decimal | None, currency: str = "") -> str:
    """1 234,50 Kč; in English 1,234.50 CZK. An unknown currency is named by its code."""
    if amount is None:
        return "–"
    number = formats.number_format(Decimal(amount), decimal_pos=2, use_l10n=True, force_grouping=True)
    sign = SIGNS.get(currency, currency) if _language() == "cs" else currency
    return f"{number}{NBSP}{sign}" if sign else number


@register.filter
def number(value: int | Decimal | None) -> str:
    """12 345 in Czech, 12,345 in English; a decimal keeps its places. None is a dash."""
    if value is None or value == "":
        return "–"
    return formats.number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def day(moment: dt.date | None) -> str | SafeString:
    """The day alone, of a date or of a moment in the reader's zone."""
    if isinstance(moment, dt.datetime):
        return _time(moment, _written(moment, DAY))
    if moment is None:
        return "–"
    written = formats.date_format(moment, DAY[_language()])
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), written)


@register.filter
def written_day(date: dt.date) -> str:
    """The day as text alone, where no element may stand."""
    return formats.date_format(date, DAY[_language()])


@register.filter
def ago(moment: dt.datetime | None) -> str | SafeString:
    """How long ago, with the exact time on hover and for machines."""
    return _time(moment, _ago(moment) if moment else "")


@register.filter
def exact(moment: dt.datetime | None) -> str | SafeString:
    """The time to the second in the reader's zone."""
    return _time(moment, _written(moment, EXACT) if moment else "")


@register.filter
def minute(moment: dt.datetime | None) -> str | SafeString:
    """The day and the minute."""
    return _time(moment, _written(moment, MINUTE) if moment else "")


@register.filter
def without_stop(name: str) -> str:
    """A name before the full stop of a sentence: "s.r.o." brings its own."""
    return name.removesuffix(".")


def written_minute(moment: dt.datetime) -> str:
    """The day and the minute as text alone."""
    return _written(moment, MINUTE)


@register.filter
def size(count: int) -> str:
    """Bytes as B, kB or MB."""
    if count < 1000:
        return f"{count}{NBSP}B"
    unit, scale = ("kB", 1000) if count < 1_000_000 else ("MB", 1_000_000)
    return f"{formats.number_format(Decimal(count) / scale, decimal_pos=1, use_l10n=True)}{NBSP}{unit}"


@register.simple_tag(takes_context=True)
def address_with(context: dict[str, Any], **changes: object) -> str:
    """The page's own address with some of its filters changed; an empty value removes one. The list starts anew."""
    query = context["request"].GET.copy()
    for name in ("older", "newer", "after"):
        query.pop(name, None)
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else context["request"].path


def _language() -> str:
    return "cs" if (translation.get_language() or "cs").startswith("cs") else "en"


def _written(moment: dt.datetime, pattern: dict[str, str]) -> str:
    return formats.date_format(timezone.localtime(moment), pattern[_language()])


def _time(moment: dt.datetime | None, text: str) -> str | SafeString:
    if moment is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(timespec="seconds"), _written(moment, EXACT), text
    )


def _ago(moment: dt.datetime) -> str:
    seconds = int((clock.now() - moment).total_seconds())
    if seconds < 0:
        return _written(moment, MINUTE)
    if seconds < 45:
        return _("just now")
    minutes = (seconds + 30) // 60
    if minutes < 60:
        return _("%(count)d min ago") % {"count": minutes}
    hours = minutes // 60
    if hours < 24:
        return _("%(count)d h ago") % {"count": hours}
    days = hours // 24
    if days < 7:
        return ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}
    return _written(moment, DAY)
