"""The texts of the screens and their translations, without the gettext programs: collecting, reading, writing.

English is in the code; `connectify/locale/<language>/LC_MESSAGES/django.po` holds the translations and `django.mo`
beside it what runs. `manage.py texts` brings both up to date.
"""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

_PLATFORM: Final = "connectify"
TEMPLATES: Final = "templates"
# Calls by name: which argument is the text, its plural, its context.
_CALLS: Final = {
    "_": (0, None, None),
    "_t": (0, None, None),  # where `_` is the lazy one
    "gettext": (0, None, None),
    "gettext_lazy": (0, None, None),
    "gettext_noop": (0, None, None),
    "ngettext": (0, 1, None),
    "ngettext_lazy": (0, 1, None),
    "pgettext": (1, None, 0),
    "pgettext_lazy": (1, None, 0),
    "npgettext": (1, 2, 0),
}
_STRING: Final = r"""\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"""
# Its texts are names of languages, which Django's own catalogue has.
_LEFT_TO_DJANGO: Final = "connectify/settings.py"


@dataclass(frozen=True)
class Text:
    """One text of the code. `plural` and `context` are empty where there is none; `places` are files, sorted."""

    text: str
    plural: str = ""
    context: str = ""
    places: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """As gettext keys it: context, EOT, text."""
        return f"{self.context}\x04{self.text}" if self.context else self.text


def _packages() -> list[str]:
    """The platform and the installed modules of this checkout, as paths below it."""
    installed = {config.name.replace(".", "/") for config in apps.get_app_configs()}
    modules = sorted(path for path in installed if not path.startswith(f"{_PLATFORM}/"))
    return [_PLATFORM, *(path for path in modules if (settings.BASE_DIR / path).is_dir())]


def collect(root: Path) -> list[Text]:
    """Every text of the code and the templates, by key."""
    found: dict[str, Text] = {}
    for path, source in _sources(root):
        for text in _texts_of(source):
            known = found.get(text.key, text)
            places = tuple(sorted({*known.places, path}))
            found[text.key] = replace(known, plural=known.plural or text.plural, places=places)
    return sorted(found.values(), key=lambda text: text.key)


def _sources(root: Path) -> Iterator[tuple[str, str]]:
    for package in _packages():
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if "/migrations/" not in name and name != _LEFT_TO_DJANGO:
                yield name, path.read_text()
    for path in sorted((root / TEMPLATES).rglob("*.*")):
        # Django turns a template into text that the gettext programs read as C; its calls are Python's as well.
        yield path.relative_to(root).as_posix(), _calls_only(templatize(path.read_text()))


def _calls_only(templatized: str) -> str:
    calls = re.findall(rf"\b(?:gettext|ngettext|pgettext|npgettext)\((?:[^\"']|{_STRING})*?\)", templatized)
    calls += [f"_({text})" for text in re.findall(rf"(?<!\w)_\(({_STRING})\)", templatized)]
    return "\n".join(re.sub(r"\bu(?=['\"])", "", call) for call in calls)


def _texts_of(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _CALLS:
            continue
        at, plural_at, context_at = _CALLS[node.func.id]
        text = _constant(node, at)
        if text:
            yield Text(text, _constant(node, plural_at), _constant(node, context_at))


def _constant(call: ast.Call, at: int | None) -> str:
    if at is None or at >= len(call.args):
        return ""
    value = call.args[at]
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


# --- catalogues -----------------------------------------------------------------------------------------------------

Catalogue = dict[str, list[str]]
"""Key → translations (one, or one per plural form). The key "" is the header."""


def read_po(source: str) -> Catalogue:
    """Reads what `write_po` wrote or a translator edited. Raises ValueError with the line for anything else."""
    catalogue: Catalogue = {}
    entry: dict[str, str] = {}
    field = ""
    for number, line in enumerate([*source.splitlines(), ""], 1):
        line = line.strip()
        if line.startswith("#"):
            continue
        if not line:
            _keep(entry, catalogue)
            entry, field = {}, ""
            continue
        match = re.fullmatch(r'(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)?\s*("(?:[^"\\]|\\.)*")', line)
        if match is None or not (match[1] or field):
            raise ValueError(f"line {number}: {line}")
        field = match[1] or field
        entry[field] = entry.get(field, "") + ast.literal_eval(match[2])
    return catalogue


def _keep(entry: dict[str, str], catalogue: Catalogue) -> None:
    if "msgid" not in entry:
        return
    text = Text(entry["msgid"], context=entry.get("msgctxt", ""))
    strings = [value for name, value in sorted(entry.items()) if name.startswith("msgstr")]
    catalogue[text.key] = strings


def write_po(texts: list[Text], catalogue: Catalogue, *, plurals: int) -> str:
    """The catalogue of exactly these texts, with the translations there are."""
    parts = [f'msgid ""\nmsgstr {_quoted(catalogue[""][0])}\n']
    for text in texts:
        lines = [f"#: {place}" for place in text.places]
        if text.context:
            lines.append(f"msgctxt {_quoted(text.context)}")
        lines.append(f"msgid {_quoted(text.text)}")
        known = catalogue.get(text.key, [])
        if text.plural:
            lines.append(f"msgid_plural {_quoted(text.plural)}")
            known = known if len(known) == plurals else [""] * plurals
            lines += [f"msgstr[{form}] {_quoted(value)}" for form, value in enumerate(known)]
        else:
            lines.append(f"msgstr {_quoted(known[0] if known else '')}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def write_mo(texts: list[Text], catalogue: Catalogue) -> bytes:
    """The binary form that gettext reads; what is not translated is left out."""
    pairs = {"": catalogue[""][0]}
    for text in texts:
        strings = catalogue.get(text.key, [])
        if strings and all(strings):
            pairs[f"{text.key}\0{text.plural}" if text.plural else text.key] = "\0".join(strings)
    ordered = sorted((key.encode(), value.encode()) for key, value in pairs.items())
    header = struct.Struct("<7I")
    tables = header.size
    offset = tables + 16 * len(ordered)
    keys, values, data = b"", b"", b""
    for index in (0, 1):
        for pair in ordered:
            entry = struct.pack("<2I", len(pair[index]), offset + len(data))
            keys, values = (keys + entry, values) if index == 0 else (keys, values + entry)
            data += pair[index] + b"\0"
    return header.pack(0x950412DE, 0, len(ordered), tables, tables + 8 * len(ordered), 0, 0) + keys + values + data


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
