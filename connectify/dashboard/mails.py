"""Mails of the dashboard, in the language of whoever reads them: text, and the same as small HTML."""

from __future__ import annotations

import datetime as dt
import logging

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from connectify.dashboard.templatetags.show import written_day
from connectify.tenants.models import Role

logger = logging.getLogger(__name__)


def send_invitation(
    *, email: str, language: str, company: str, invited_by: str, role: str, link: str, until: dt.datetime
) -> bool:
    """Whether the mail server took it; the link stands on the page as well. Call after the commit: a transaction does
    not wait for a mail server, and what it took back was never invited to. Raises nothing: the invitation is there, and
    without the page its link would be lost.
    """
    try:
        with translation.override(language):
            mail = _invitation(email, company, invited_by, role, link, until)
        mail.send()
    except OSError as error:  # the server is away or refuses; SMTPException is one
        logger.warning("an invitation was not mailed: %s", type(error).__name__)
        return False
    except Exception:
        logger.exception("an invitation was not mailed")
        return False
    return True


def _invitation(
    email: str, company: str, invited_by: str, role: str, link: str, until: dt.datetime
) -> EmailMultiAlternatives:
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
    return mail
