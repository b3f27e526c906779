"""What the table of routes says of one of them, and what follows from it for each actor and method."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from tests.access.actors import ROLES, STAFF
from tests.access.forms import Form, nothing
from tests.access.world import Filled

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SAFE: Final = ("GET", "HEAD", "OPTIONS")
LOGIN: Final = "/accounts/login/?next="
SUPPORT: Final = "/support/"
OWNERS_ELSEWHERE: Final = ("neighbour", "support member")
PART: Final = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Row:
    """One route. `who`: roles, or "anyone", "signed in", "staff"; nobody for a page that is closed.

    `get`, `post`: the status for those who may; None: the method is not answered there. `post_by`: the roles that may
    post where others may read. `form` is valid input, `changes` says whether it changes anything: that is looked at.
    `also`: statuses that differ, by actor and method, each for a reason. `ids` replace the parts of the address.
    `signed_in`: the status for whoever is, where a page is for those who are not. `is_borrowed`: a view of another
    library's, which may answer more methods than are named here, and change nothing by them. `names_company`: support
    reads there which companies and people there are. `enters`: support comes in there, which the company has recorded.
    `other`: the status of methods besides GET and POST.
    """

    who: frozenset[str]
    get: int | None = 200
    post: int | None = None
    post_by: frozenset[str] | None = None
    form: Form = nothing
    changes: bool = True
    query: str = ""
    address: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[tuple[str, str], int] = field(default_factory=dict)
    signed_in: int | None = None
    is_borrowed: bool = False
    names_company: bool = False
    enters: bool = False
    other: int = 405

    def address_at(self, route: str, filled: Filled) -> str:
        if self.address:
            return self.address.format(**filled.ids)
        known = {**filled.ids, **{name: filled.ids.get(of, of) for name, of in self.ids.items()}}
        return "/" + PART.sub(lambda part: str(known[part[1]]), route) + self.query.format(**filled.ids)

    def is_about_one(self, route: str) -> bool:
        """Whether the address names a thing of the company."""
        return PART.search(route) is not None

    def status(self, route: str, actor: str, method: str) -> int:
        """What the actor is answered."""
        if (actor, method) in self.also:
            return self.also[actor, method]
        if not self.who:
            return 404
        if "anyone" in self.who:
            return self.signed_in if self.signed_in and actor != "stranger" else self._answered(method)
        if actor == "stranger":
            return 302
        if "signed in" in self.who:
            return self._answered(method)
        if "staff" in self.who:
            return self._answered(method) if actor in STAFF else 404
        return self._of_members(route, actor, method)

    def _of_members(self, route: str, actor: str, method: str) -> int:
        if actor == "former":
            return 403
        if actor == "support outside":
            return 302
        role = "owner" if actor in OWNERS_ELSEWHERE else "viewer" if actor in STAFF else actor
        if role not in self.who:
            return 403
        status = self._answered(method)
        if status == 405:
            return 405
        if self.is_about_one(route) and actor not in (*ROLES, "support"):
            return 404
        return 403 if method == "POST" and self.post_by and role not in self.post_by else status

    def _answered(self, method: str) -> int:
        if method in ("GET", "HEAD"):
            return self.get or 405
        return (self.post or 405) if method == "POST" else self.other

    def may(self, route: str, actor: str, method: str) -> bool:
        """Whether the actor is let in, so that something of the company may be read or changed."""
        status = self.status(route, actor, method)
        return status < 300 if method in SAFE else status in (200, self.post)

    def goes_to(self, actor: str, address: str) -> str:
        """Where a 302 of `who` must lead, "" when anywhere."""
        if "anyone" in self.who or not self.who:
            return ""
        if actor == "stranger":
            return LOGIN + quote(address)
        return SUPPORT if actor == "support outside" and "staff" not in self.who and "signed in" not in self.who else ""
