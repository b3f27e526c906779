"""Admin pages over one company's rows: only inside a support visit, to read; what support may do asks for a reason.

Modules register their models with `VisitAdmin`. Outside a visit such a page leads to the search for a company, and it
does not appear in the menu. A member's own company does not count as a visit: there the reason and the record are
missing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from connectify.audit.via import SUPPORT, acting_via
from connectify.dashboard.explanations import Text, explain
from connectify.dashboard.templatetags.show import ago, number
from connectify.dashboard.visit_fields import column_of, field_of, filter_of, name_fields
from connectify.dashboard.visit_words import FIELDS
from connectify.domain.errors import ConnectifyError
from connectify.users.models import User

Act = Callable[[Any, User, str, str], None]


def _once(shown: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A page's template asks for a field several times: what was read for it is kept with the row, which lives as long
    as the request.
    """

    @functools.wraps(shown)
    def of(row: Any) -> Any:
        kept = row.__dict__.setdefault("_shown_once", {})
        if shown.__name__ not in kept:
            kept[shown.__name__] = shown(row)
        return kept[shown.__name__]

    return of


def is_visit(request: HttpRequest) -> bool:
    """Whether a company was entered with a reason, and the half hour is not over."""
    return bool(getattr(request, "is_support_visit", False)) and bool(getattr(request.user, "is_staff", False))


def enter_first(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("Enter a company first: what you asked for belongs to one."))
    return redirect("admin:companies")


class _Titled:
    """A row as the page's header and path name it, where the model's own name is one of codes."""

    def __init__(self, row: Any, title: str) -> None:
        self._row, self._title = row, title

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)

    def __str__(self) -> str:
        return self._title


class VisitAdmin(ModelAdmin):
    """A company's rows, read-only. `place`, `label`: where and how the menu names it; `icon`: a Material symbol.

    `names`: what fields are called here, besides the table of all (`visit_words`). `codes`: fields that hold a code, by
    the sort of its words (`code_words`); they are shown in words, with the code beside.
    """

    place = 50
    icon = "table_rows"
    label: Text = ""
    list_per_page = 50
    show_full_result_count = False
    paginator = InfinitePaginator
    list_fullwidth = True
    actions = ()
    empty_value_display = "–"
    names: Mapping[str, Text] = {}
    codes: Mapping[str, str] = {}

    def __init__(self, model: Any, admin_site: Any) -> None:
        super().__init__(model, admin_site)
        name_fields(model, {**FIELDS, **self.names})
        self._show_codes()
        for name in self.readonly_fields:
            if isinstance(name, str) and callable(shown := getattr(self, name, None)):
                setattr(self, name, _once(shown))

    def _show_codes(self) -> None:
        """In the place of each field that holds a code stands its column in words."""
        for name, what in self.codes.items():
            params = {"code": "params", "held_code": "held_params"}.get(name, "")
            known = params if field_of(self.model, params) else ""
            setattr(self, f"{name}_in_words", column_of(self.model._meta.get_field(name), what, known))
        shown = {name: f"{name}_in_words" for name in self.codes}
        self.list_display = tuple(shown.get(name, name) for name in self.list_display)
        self.fields = tuple(shown.get(name, name) for name in self.fields or ())
        self.readonly_fields = (*self.readonly_fields, *shown.values())
        self.list_filter = tuple(filter_of(self.model, name, self.codes) for name in self.list_filter)

    # --- who ----------------------------------------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_visit(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_visit(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        if not is_visit(request):
            raise PermissionDenied
        beside = self.list_select_related if isinstance(self.list_select_related, tuple) else ()
        rows = super().get_queryset(request)
        return rows.select_related(*beside) if beside else rows

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Read once for a request: a page asks for it for its title and for what it shows."""
        kept = request.__dict__.setdefault("_visited", {})
        place = (self.opts.label, object_id, from_field)
        if place not in kept:
            kept[place] = super().get_object(request, object_id, from_field)
        return kept[place]

    # --- pages --------------------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, extra_context) if is_visit(request) else enter_first(request)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not is_visit(request):
            return enter_first(request)
        found = self.get_object(request, object_id) if object_id else None
        title = self.title_of(found) if found is not None else str(self.opts.verbose_name)
        extra = {"show_save": False, "show_save_and_continue": False, "title": title}
        if found is not None:
            extra["original"] = _Titled(found, title)
        return super().changeform_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What people did stands in the company's own record, not in the administration's."""
        return redirect("admin:audit_auditentry_changelist") if is_visit(request) else enter_first(request)

    def title_of(self, row: Any) -> str:
        """What the page of a row is headed by."""
        return str(row)

    # --- what support may do ------------------------------------------------------------------------------------------

    # Longer than usual: what is asked, and what is done once it was answered.
    def confirm(
        self,
        request: HttpRequest,
        object_id: str,
        act: Act,
        *,
        title: Text,
        does: Sequence[Text],
        done: Text,
        choices: Mapping[str, Text] | None = None,
    ) -> HttpResponse:
        """Says what will happen and asks why; then `act(object, person, reason, choice)` in the company's scope."""
        if not is_visit(request):
            return enter_first(request)
        found = self.get_object(request, object_id)
        if found is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[found.pk])
        reason, choice = request.POST.get("reason", "").strip()[:300], request.POST.get("choice", "")
        problem = ""
        if request.method == "POST":
            if not reason:
                problem = _("Write why: the company sees it in its record.")
            elif choices and choice not in choices:
                problem = _("Choose one.")
            else:
                try:
                    with transaction.atomic(), acting_via(SUPPORT):  # what is refused has written nothing
                        act(found, cast(User, request.user), reason, choice)
                except ConnectifyError as error:
                    messages.error(request, explain(error.code, error.params).title)
                else:
                    messages.success(request, str(done))
                return redirect(back)
        said = self.title_of(found)
        context = {
            **admin.site.each_context(request), "title": title, "subtitle": said, "object": _Titled(found, said),
            "does": does, "choices": choices or {}, "choice": choice, "reason": reason, "problem": problem,
            "back": back, "opts": self.opts,
        }  # fmt: skip
        return TemplateResponse(request, "admin/confirm.html", context)


# --- pieces of a read-only page ---------------------------------------------------------------------------------------


def table(headers: Sequence[Text], lines: Iterable[Sequence[Any]], *, empty: Text = "–") -> SafeString:
    """A small table inside a read-only field. Cells are text unless they are marked safe."""
    return cast(
        SafeString,
        render_to_string("admin/table.html", {"headers": headers, "lines": list(lines), "empty": empty}),
    )


def when(moment: Any) -> Any:
    """How long ago, with the exact time on hover."""
    return ago(moment) if moment else "–"


def amount(value: int | None) -> str:
    return number(value)


def link_to(found: Any, text: Any = "") -> SafeString | str:
    """To the admin page of a row; a dash for none."""
    if found is None:
        return "–"
    meta = found._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[found.pk])
    return format_html('<a class="cfy-link" href="{}">{}</a>', address, text or str(found))
