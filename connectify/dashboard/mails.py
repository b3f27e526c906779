"""Mails of the dashboard, in the language of whoever reads them: text, and the same as small HTML."""

from __future__ import annotations

import datetime as dt

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from connectify.dashboard.templatetags.show import written_day
from connectify.tenants.models import Role


def send_invitation(
    *, email: str, language: str, company: str, invited_by: str, role: str, link: str, until: dt.datetime
) -> None:
    """Raises what the mail server raises (OSError, SMTPException): the link stands on the page as well."""
    with translation.override(language):
        # A name is what its company typed: no line of it becomes a header.
        subject = " ".join((_("Invitation to %(company)s at Connectify") % {"company": company}).split())
        context = {
            "subject": subject,
            "company": company,
            "invited_by": invited_by,
            "role": Role(role).label,
            "link": link,
            "day": written_day(timezone.localtime(until)),
        }
        mail = EmailMultiAlternatives(subject, render_to_string("emails/invitation.txt", context), to=[email])
        mail.attach_alternative(render_to_string("emails/invitation.html", context), "text/html")
    mail.send()
