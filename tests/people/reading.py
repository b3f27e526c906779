"""Reading answers and the audit in tests about people."""

import html
import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectify.audit.models import AuditEntry


def text_of(answer) -> str:
    """What stands between the tags, in one line."""
    body = re.sub(r"(?s)<(head|script)\b.*?</\1>", "", answer.content.decode())
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def invitation_link(answer) -> str:
    """The path of the link that the page shows."""
    return re.search(r"http://testserver(/invitation/[\w-]{43}/)", answer.content.decode())[1]


def audited(company, *actions: str) -> list[tuple]:
    """(action, the actor's e-mail, before, after) of these actions, oldest first; all without naming any."""
    with company.scope():
        rows = AuditEntry.objects.select_related("actor").order_by("at", "id")
        rows = rows.filter(action__in=actions) if actions else rows
        return [(row.action, row.actor and row.actor.email, row.before, row.after) for row in rows]


def questions(act) -> int:
    """How many queries a page costs; the savepoints that only a test's own transaction needs are not counted."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return sum(not row["sql"].startswith(("SAVEPOINT", "RELEASE")) for row in captured.captured_queries)
