"""An invitation holds whatever its mail does: it is mailed after the commit, and the page says whether it was."""

from __future__ import annotations

import pytest
from django.core.mail.backends.base import BaseEmailBackend

from connectify.dashboard import mails
from connectify.processes.ports import free_port
from connectify.tenants.context import NoTenant, require_tenant_id
from connectify.tenants.models import Invitation
from tests.people.reading import invitation_link, text_of

ASKED = {"email": "new@example.com", "role": "viewer", "language": "en"}


class Watching(BaseEmailBackend):
    """Knows nothing of the company while it sends: the request's transaction is over."""

    def send_messages(self, messages) -> int:
        with pytest.raises(NoTenant):
            require_tenant_id()
        Watching.sent += [mail.to for mail in messages]
        return len(messages)

    sent: list[list[str]]


class Broken(BaseEmailBackend):
    """Fails as only a fault of the program or an odd address does."""

    def send_messages(self, messages) -> int:
        raise ValueError('Invalid address "x@"')


def resend(owner, alfa):
    with alfa.scope():
        row = Invitation.objects.get()
    return owner.post(f"/company/invitations/{row.pk}/", {"act": "resend"})


def test_mails_are_sent_when_the_invitation_is_committed(alfa, owner, settings):
    settings.EMAIL_BACKEND, Watching.sent = f"{__name__}.Watching", []
    for answer in (owner.post("/company/invite/", ASKED), resend(owner, alfa)):
        assert "The invitation is on its way" in text_of(answer)
    assert Watching.sent == [["new@example.com"]] * 2


def test_while_the_mail_server_is_away_the_page_says_so_and_the_link_works(alfa, owner, guest, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = free_port()  # nobody listens
    asked = owner.post("/company/invite/", ASKED)
    assert asked.status_code == 200
    again = resend(owner, alfa)
    for answer in (asked, again):
        page = text_of(answer)
        assert "The mail was not sent" in page
        assert "hand the link over yourself" in page
        assert "on its way" not in page
    assert guest.get(invitation_link(asked), follow=True).status_code == 410
    assert "Invitation to Alfa" in text_of(guest.get(invitation_link(again), follow=True))
    assert "new@example.com" in text_of(owner.get("/company/"))


def invited_and_told(owner, guest) -> None:
    answer = owner.post("/company/invite/", ASKED)
    assert answer.status_code == 200
    assert "The mail was not sent" in text_of(answer)
    assert "Invitation to Alfa" in text_of(guest.get(invitation_link(answer), follow=True))


def test_a_mail_that_cannot_be_sent_at_all_loses_no_link(owner, guest, settings, caplog):
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    invited_and_told(owner, guest)
    assert [(one.name, one.levelname) for one in caplog.records if one.exc_info] == [(mails.__name__, "ERROR")]


def test_a_mail_that_cannot_be_written_loses_no_link(owner, guest, monkeypatch):
    def unwritten(*_args: object) -> str:
        raise UnicodeError("no such character")

    monkeypatch.setattr(mails, "written_day", unwritten)
    invited_and_told(owner, guest)
