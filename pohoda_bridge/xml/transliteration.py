"""Letters and signs that Windows-1250 lacks and that have a customary spelling in it."""

from __future__ import annotations

from typing import Final

_CYRILLIC_LOWER: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "jo", "є": "je", "ж": "ž", "з": "z",
    "и": "i", "і": "i", "ї": "ji", "й": "j", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ў": "u", "ф": "f", "х": "ch", "ц": "c", "ч": "č", "ш": "š", "щ": "šč", "ъ": "",
    "ы": "y", "ь": "", "э": "e", "ю": "ju", "я": "ja", "ђ": "đ", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "ć", "џ": "dž",
}  # fmt: skip
_GREEK_LOWER: Final = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
    "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip
_LATIN: Final = {
    "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
    "ı": "i", "ħ": "h", "Ħ": "H", "ŋ": "ng", "ĸ": "k", "ẞ": "SS", "ə": "e", "Ə": "E",
}  # fmt: skip
_SIGNS: Final = {
    "−": "-", "‐": "-", "‑": "-", "‒": "-", "―": "—", "⁄": "/", "∕": "/", "′": "'", "″": '"', "ʼ": "'", "‛": "'",
    "‟": '"', "←": "<-", "→": "->", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "∅": "O", "⌀": "O", "№": "č.",
    "₴": "UAH", "₽": "RUB", "£": "GBP", "¥": "JPY", "¢": "c", "฿": "THB",
}  # fmt: skip


def _with_capitals(table: dict[str, str]) -> dict[str, str]:
    return table | {letter.upper(): text.capitalize() for letter, text in table.items() if letter.upper() != letter}


TABLE: Final = _with_capitals(_CYRILLIC_LOWER) | _with_capitals(_GREEK_LOWER) | _LATIN | _SIGNS
