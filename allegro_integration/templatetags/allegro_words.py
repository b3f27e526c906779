"""Filters of templates: names from Allegro as a person says them."""

from __future__ import annotations

from django import template

from allegro_integration.explain_words import marketplace_in_words

register = template.Library()


@register.filter
def marketplace_name(marketplace: str) -> str:
    """`allegro-cz` → Allegro.cz"""
    return marketplace_in_words(marketplace)
