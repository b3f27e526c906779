"""Support opens a company for a new customer, or sends its first owner another link. A page of the administration."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from connectify.dashboard.languages import offered
from connectify.dashboard.mails import send_invitation
from connectify.dashboard.people_words import said
from connectify.dashboard.visit_admin import is_visit
from connectify.domain.errors import Rejected
from connectify.tenants.context import tenant_scope
from connectify.tenants.models import Invitation, Role, Tenant
from connectify.tenants.opening import has_owner, invite_first_owner, open_company
from connectify.users.models import User


class CompanyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Company"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail of its first owner"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the mail and of the pages"), choices=offered)


@require_http_methods(["GET", "HEAD", "POST"])
def open_new(request: HttpRequest) -> HttpResponse:
    """The form; then the page with the owner's link, this once. `tenant`: the company is there and has no owner yet."""
    if is_visit(request):
        messages.warning(request, _("You are in another company. Leave it first."))
        return redirect("admin:companies")
    known = _known(request)
    if known and request.method != "POST" and has_owner(known.pk):
        messages.warning(request, said(Rejected("has_owner")))
        return redirect("admin:companies")
    form = CompanyForm(request.POST or None, initial={"name": known.name if known else "", "language": "cs"})
    form.fields["name"].disabled = known is not None
    if request.method == "POST" and form.is_valid():
        try:
            return _opened(request, known, **form.cleaned_data)
        except Rejected as error:
            form.add_error(None, said(error))
    context = {
        **admin.site.each_context(request),
        "title": _("Invite the first owner") if known else _("Open a company"),
        "form": form, "known": known,
    }  # fmt: skip
    return TemplateResponse(request, "admin/open_company.html", context)


def _known(request: HttpRequest) -> Tenant | None:
    asked = request.POST.get("tenant", "") if request.method == "POST" else request.GET.get("tenant", "")
    if not asked:
        return None
    try:
        tenant_id = uuid.UUID(asked)
    except ValueError:
        raise Http404 from None
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.first()
    if tenant is None:
        raise Http404
    return tenant


def _opened(request: HttpRequest, known: Tenant | None, *, name: str, **facts: Any) -> HttpResponse:
    actor = cast(User, request.user)
    with transaction.atomic():
        if known is None:
            tenant, invitation, token = open_company(name=name, actor=actor, **facts)
        else:
            tenant = known
            invitation, token = invite_first_owner(tenant_id=known.pk, actor=actor, **facts)
    link = request.build_absolute_uri(reverse("invitation_link", args=[token]))
    context = {
        **admin.site.each_context(request),
        "title": tenant.name, "tenant": tenant, "invitation": invitation, "link": link,
        "is_mailed": _mail(invitation, tenant, actor, link),
    }  # fmt: skip
    return TemplateResponse(request, "admin/company_opened.html", context)


def _mail(invitation: Invitation, tenant: Tenant, actor: User, link: str) -> bool:
    return send_invitation(
        email=invitation.email,
        language=invitation.language,
        company=tenant.name,
        invited_by=str(actor),
        role=Role.OWNER,
        link=link,
        until=invitation.expires_at,
    )
