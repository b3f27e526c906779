"""Asking people into the company, and looking after the invitations that are open."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from connectify.counters import may_go_on
from connectify.dashboard.access import KEEPERS, open_to
from connectify.dashboard.context import OFFERED
from connectify.dashboard.mails import send_invitation
from connectify.dashboard.people_words import MAY, said
from connectify.domain.errors import Rejected
from connectify.tenants.context import tenant_scope
from connectify.tenants.invitations import invite, resend, withdraw
from connectify.tenants.middleware import opens_own_scope
from connectify.tenants.models import Invitation, Role
from connectify.users.models import User

# Mails that one company may have sent in an hour.
MAILS_AN_HOUR: Final = 60
_LANGUAGES: Final = {"cs": gettext_lazy("Czech"), "en": gettext_lazy("English")}


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off", "autofocus": True}),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), widget=forms.RadioSelect)
    language = forms.ChoiceField(label=gettext_lazy("Language of the mail and of the pages"))

    def __init__(self, *args: Any, roles: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(value, f"{Role(value).label}: {MAY[value]}") for value in roles]  # type: ignore[attr-defined]
        self.fields["language"].choices = [(code, _LANGUAGES[code]) for code in OFFERED]  # type: ignore[attr-defined]


@opens_own_scope
@open_to(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def invite_person(request: HttpRequest) -> HttpResponse:
    """The form, and after it the page that shows the link once."""
    with _company(request):
        found = _asked(request)
    return found if isinstance(found, HttpResponse) else _sent(request, *found)


def _asked(request: HttpRequest) -> HttpResponse | tuple[Invitation, str]:
    """The form; or the invitation that it made, which is mailed after the commit."""
    own = request.membership.role  # type: ignore[attr-defined]
    roles = [role.value for role in reversed(Role) if role != Role.OWNER or own == Role.OWNER]
    language = (get_language() or "cs")[:2]
    initial = {"role": Role.VIEWER, "language": language if language in OFFERED else "cs"}
    form = InvitationForm(request.POST or None, roles=roles, initial=initial)
    if request.method == "POST" and form.is_valid():
        if not _may_mail(request):
            return render(request, "429.html", status=429)
        try:
            with transaction.atomic():
                return invite(actor=cast(User, request.user), **form.cleaned_data)
        except Rejected as error:
            form.add_error("email" if error.code.startswith("already") else None, said(error))
    return render(request, "company/invite.html", {"form": form})


@opens_own_scope
@open_to(*KEEPERS)
@require_POST
def invitation(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """Sends an invitation again with a new link, or withdraws it."""
    with _company(request):
        found = _looked_after(request, invitation_id)
    return found if isinstance(found, HttpResponse) else _sent(request, *found)


def _looked_after(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse | tuple[Invitation, str]:
    act, actor = request.POST.get("act", ""), cast(User, request.user)
    if act not in ("resend", "withdraw") or not Invitation.objects.filter(pk=invitation_id).exists():
        raise Http404
    try:
        if act == "withdraw":
            gone = withdraw(invitation_id=invitation_id, actor=actor)
            said_so = _("The invitation of %(email)s is withdrawn; its link no longer works.") % {"email": gone.email}
            messages.success(request, said_so)
            return redirect("company")
        if not _may_mail(request):
            return render(request, "429.html", status=429)
        with transaction.atomic():
            return resend(invitation_id=invitation_id, actor=actor)
    except Rejected as error:
        messages.warning(request, said(error))
        return redirect("company")


def _sent(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """The link stands on this answer and in the mail and nowhere else. The mail failing takes nothing back."""
    link = request.build_absolute_uri(reverse("invitation_link", args=[token]))
    is_mailed = send_invitation(
        email=invitation.email,
        language=invitation.language,
        company=request.membership.tenant_name,  # type: ignore[attr-defined]
        invited_by=str(request.user),
        role=invitation.role,
        link=link,
        until=invitation.expires_at,
    )
    with _company(request):  # the page's frame reads rows
        context = {"invitation": invitation, "link": link, "is_mailed": is_mailed}
        return render(request, "company/invited.html", context)


def _company(request: HttpRequest) -> AbstractContextManager[None]:
    return tenant_scope(request.membership.tenant_id)  # type: ignore[attr-defined]


def _may_mail(request: HttpRequest) -> bool:
    tenant_id = str(request.membership.tenant_id)  # type: ignore[attr-defined]
    return may_go_on(what="invitation_mail", who=tenant_id, times=MAILS_AN_HOUR, seconds=3600)
