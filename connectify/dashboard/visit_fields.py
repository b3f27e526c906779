"""How the administration names fields and shows codes: labels from one table, words beside every code.

Labels live here and not in the models: they are support's words, and need no migration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist

from connectify.dashboard.code_words import coded, word_of
from connectify.dashboard.explanations import Text


def name_fields(model: Any, names: Mapping[str, Text]) -> None:
    """A field that its model does not name is called by the table; its columns, labels and filters follow."""
    for field in model._meta.fields:
        if field.name in names and field._verbose_name is None:
            field.verbose_name = names[field.name]


def column_of(field: Any, what: str, params: str) -> Callable[[Any], Any]:
    """A column of a code in words. `params`: the field with what fills its sentence, if there is one."""

    @admin.display(description=field.verbose_name, ordering=field.name, empty_value="–")
    def shown(row: Any) -> Any:
        return coded(what, getattr(row, field.name), getattr(row, params) if params else None)

    shown.__name__ = f"{field.name}_in_words"
    return shown


class CodesFilter(admin.AllValuesFieldListFilter):
    """A filter whose choices are codes, in words: of what occurs."""

    def __init__(self, field: Any, request: Any, params: Any, model: Any, model_admin: Any, field_path: str) -> None:
        self.what = model_admin.codes[field_path]
        super().__init__(field, request, params, model, model_admin, field_path)

    def choices(self, changelist: Any) -> Any:
        return _in_words(self.what, super().choices(changelist))


class ChoicesFilter(admin.ChoicesFieldListFilter):
    """The same of all that there are."""

    def __init__(self, field: Any, request: Any, params: Any, model: Any, model_admin: Any, field_path: str) -> None:
        self.what = model_admin.codes[field_path]
        super().__init__(field, request, params, model, model_admin, field_path)

    def choices(self, changelist: Any) -> Any:
        return _in_words(self.what, super().choices(changelist))


def _in_words(what: str, choices: Any) -> Iterator[Mapping[str, Any]]:
    for choice in choices:
        shown = choice["display"]
        yield {**choice, "display": word_of(what, shown) if isinstance(shown, str) else shown}


def filter_of(model: Any, name: Any, codes: Mapping[str, str]) -> Any:
    """An entry of `list_filter`, in words where it is a code."""
    if name not in codes:
        return name
    return name, (ChoicesFilter if model._meta.get_field(name).choices else CodesFilter)


def field_of(model: Any, name: str) -> Any:
    """The model's field, or None for what a page shows besides."""
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
