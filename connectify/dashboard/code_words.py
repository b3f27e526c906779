"""Names of ours and of other systems in words: pipelines, kinds, states. The name itself stays beside, small: whoever
looks for it in a log finds it. Modules register their words; a name without one is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.html import format_html
from django.utils.text import capfirst

from connectify.audit.sentences import sentence_of
from connectify.dashboard.explanations import DIFFERS, Text, explain, registered

# What a code may be of. "cause" and "action" have their sentences elsewhere.
CAUSE: Final = "cause"
ACTION: Final = "action"

_tables: dict[str, dict[str, Text]] = {}
_PARAMETER: Final = re.compile(r"%\((\w+)\)")


def register_words(what: str, table: Mapping[str, Text]) -> None:
    """The words of one sort of names ("pipeline", "change", …). Several modules may add theirs; idempotent."""
    _tables.setdefault(what, {}).update({str(code): word for code, word in table.items()})


def words_of(what: str) -> Mapping[str, Text]:
    return _tables.get(what, {})


def word_of(what: str, code: str, params: Mapping[str, Any] | None = None) -> str:
    """In the reader's language; the code itself where nobody registered a word. `params` fill a cause's sentence."""
    if code == "":
        return "–"
    if known := _SENTENCES.get(what):
        return known(code, params)
    return str(_tables.get(what, {}).get(code, code))


def coded(what: str, code: str, params: Mapping[str, Any] | None = None) -> Any:
    """For a page of support: the word, and the code beside it."""
    word = word_of(what, code, params)
    if word == code:
        return capfirst(word) if code in words_of(what) else word
    if code == "":
        return word
    return format_html('{} <code class="cfy-code">{}</code>', capfirst(word), code)


def _cause(code: str, params: Mapping[str, Any] | None) -> str:
    """Where its parameters are not known, the sentence is the one of several records."""
    if not params:
        params = dict.fromkeys(_parameters(code), DIFFERS)
    return explain(code, params).title


def _parameters(code: str) -> list[str]:
    return [
        name
        for table in registered().values()
        if code in table
        for text in (table[code].title, table[code].of_many)
        for name in _PARAMETER.findall(str(text))
    ]


_SENTENCES: Final[Mapping[str, Callable[[str, Mapping[str, Any] | None], str]]] = {
    CAUSE: _cause,
    ACTION: lambda code, params: sentence_of(code),
}
