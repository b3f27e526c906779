"""Keys of partners' programs: made and shown once, listed by their beginning, revoked."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from connectify import clock
from connectify.api.models import ApiKey
from connectify.api.scopes import SCOPES
from connectify.api.services import create_key, revoke_key
from connectify.dashboard.access import KEEPERS, open_to
from connectify.dashboard.people_words import said
from connectify.domain.errors import Rejected
from connectify.users.models import User

# The newest ones; a company has a handful.
MOST: Final = 100


class KeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("Which program uses it, for example “Warehouse”. The audit log names it."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(label=gettext_lazy("What it may do"), widget=forms.CheckboxSelectMultiple)
    life = forms.ChoiceField(label=gettext_lazy("How long it works"), initial="90")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = _scopes(SCOPES)  # type: ignore[attr-defined]
        self.fields["life"].choices = [  # type: ignore[attr-defined]
            ("30", _("30 days")),
            ("90", _("90 days")),
            ("365", _("a year")),
        ]


@open_to(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """The list with the form; the answer to the form shows the key, this once."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        life = dt.timedelta(days=int(form.cleaned_data["life"]))
        try:
            with transaction.atomic():
                key, plain = create_key(
                    name=form.cleaned_data["name"],
                    scopes=form.cleaned_data["scopes"],
                    actor=cast(User, request.user),
                    expires_at=clock.now() + life,
                )
        except Rejected as error:
            form.add_error(None, said(error))
        else:
            base = request.build_absolute_uri("/api/v1/")
            return render(
                request,
                "company/key_made.html",
                {**_row(key), "plain": plain, "base": base, "example": _example(key)},
            )
    keys = ApiKey.objects.select_related("created_by").order_by("revoked_at", "-created_at", "id")
    rows = sorted(keys[:MOST], key=lambda key: (key.revoked_at is not None, -key.created_at.timestamp()))
    return render(request, "company/keys.html", {"form": form, "rows": [_row(key) for key in rows]})


@open_to(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, key_id: uuid.UUID) -> HttpResponse:
    """Says what will stop, then revokes."""
    key = ApiKey.objects.select_related("created_by").filter(pk=key_id).first()
    if key is None:
        raise Http404
    if request.method != "POST":
        if key.revoked_at is not None:
            return redirect("api_keys")
        return render(request, "company/key_revoke.html", _row(key))
    revoke_key(key=key, actor=cast(User, request.user))
    messages.success(request, _("The key %(name)s no longer works.") % {"name": key.name})
    return redirect("api_keys")


def _row(key: ApiKey) -> dict[str, Any]:
    if key.revoked_at is not None:
        tone, state = "idle", _("revoked")
    elif key.expires_at is not None and key.expires_at <= clock.now():
        tone, state = "idle", _("expired")
    else:
        tone, state = "good", _("works")
    return {"key": key, "state": state, "tone": tone, "works": tone == "good", "scopes": _scopes(key.scopes)}


def _scopes(names: Iterable[str]) -> list[tuple[str, SafeString]]:
    """Each name with its sentence, and the name behind it: it is what the API and its documentation speak of."""
    return [(name, format_html('{} <code class="quiet">{}</code>', SCOPES.get(name, ""), name)) for name in names]


def _example(key: ApiKey) -> str:
    """Something this key may read, for the line to try it with."""
    readable = (scope.removesuffix(":read") for scope in key.scopes if scope.endswith(":read"))
    return next((place for place in readable if place in ("instances", "orders", "offers", "inbox")), "instances")
