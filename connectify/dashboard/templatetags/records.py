"""The badge of a record's state."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from connectify.dashboard.record_states import TONES, WORDS

register = template.Library()


@register.simple_tag
def state_badge(state: str, size: str = "") -> SafeString:
    """One of the five words in its colour; a state without a word is shown as it is."""
    tone = TONES.get(state, "idle")
    names = " ".join(name for name in ("badge", size, tone) if name)
    return format_html('<span class="{}">{}</span>', names, WORDS.get(state, state))
