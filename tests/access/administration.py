"""The table of the administration's routes: its own pages, and what each model's page brings, by the model.

For everybody but staff none of it exists. Staff see a company's rows in a visit in it and nowhere else: outside they
are led to the search for a company; from another company's visit its ids lead to the front page, as unknown ones do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.contrib import admin

from tests.access.forms import Form, nothing, of
from tests.access.pages import STAFF
from tests.access.rows import Row

OUTSIDE: Final = ("support outside", "support member")  # a company of one's own is no visit
VISITED: Final = (
    "sync.due", "sync.run", "sync.change", "sync.quarantined", "instances.instance", "audit.auditentry", "pohoda.unit",
    "pohoda.agent", "pohoda.job", "pohoda.mirrorread", "allegro.account", "allegro.order", "allegro.offer",
)  # fmt: skip
# What support may do to one row, with valid input.
ACTS: Final[dict[tuple[str, str], Form]] = {
    ("sync.due", "nudge"): of(reason="walk"),
    ("instances.instance", "resync"): of(reason="walk", choice="all"),
    ("allegro.order", "resync"): of(reason="walk"),
    ("allegro.offer", "resync"): of(reason="walk"),
}
Status = int | None


def page(get: Status = 200, post: Status = None, *, form: Form = nothing, changes: bool = False, query: str = "",
         elsewhere: tuple[int, int] | None = None, outside: tuple[int, int] | None = None, address: str = "",
         ids: dict[str, str] | None = None, is_public: bool = False, enters: bool = False) -> Row:  # fmt: skip
    """`elsewhere`, `outside`: GET and POST of staff in another company's visit, and in none."""
    also = {}
    for actor, statuses in (("support elsewhere", elsewhere), *((one, outside) for one in OUTSIDE)):
        if statuses is not None:
            also |= {(actor, "GET"): statuses[0], (actor, "HEAD"): statuses[0], (actor, "POST"): statuses[1]}
    return Row(STAFF, get=get, post=post, form=form, changes=changes, query=query, also=also, address=address,
               ids=ids or {}, is_borrowed=True, names_company=is_public, enters=enters)  # fmt: skip


LED_AWAY: Final = (302, 302)
OWN: Final[dict[str, Row]] = {
    "admin/": page(post=200),
    "admin/search/": page(post=200, query="?s=a"),
    "admin/companies/": page(is_public=True),
    "admin/companies/enter/": page(None, 302, form=of(tenant="{tenant}", reason="walk"), enters=True),
    # Nobody is made the first owner of a company that has one; and in a visit the page does not open.
    "admin/companies/open/": page(
        302, 302, form=of(tenant="{tenant}", name="X", email="nova@example.org", language="cs"), outside=(200, 200),
        is_public=True,
    ),
    "admin/switches/": page(),
    "admin/switches/turn/": page(post=302, form=of(scope="direction:orders", turn="off", reason="walk"),
                                 query="?scope=direction:orders", changes=True),
    "admin/login/": page(302, 200),
    "admin/logout/": page(None, 200),
    "admin/password_change/": page(post=200),
    "admin/password_change/done/": page(),
    "admin/autocomplete/": page(403),
    "admin/jsi18n/": page(),
    "admin/r/<path:content_type_id>/<path:object_id>/": page(404, 404, ids={"object_id": "order_id"}),
    r"admin/^(?P<app_label>users|sync|instances|audit|pohoda|allegro)/$": page(
        post=200, address="/admin/allegro/", outside=(404, 404)
    ),
    r"admin/(?P<url>.*)$": page(404, 404, address="/admin/nowhere/"),
}  # fmt: skip


def _of_model(label: str) -> Iterator[tuple[str, Row]]:
    """Every model's own five pages, and the old address of a row."""
    place = f"admin/{label.replace('.', '/')}/"
    one, is_visited = place + "<path:object_id>/", label in VISITED
    ids = {"object_id": label}
    away = LED_AWAY if is_visited else None

    def of_one(get: int, post: int, elsewhere: tuple[int, int] = LED_AWAY) -> Row:
        return page(get, post, ids=ids, elsewhere=elsewhere if is_visited else None, outside=away,
                    is_public=not is_visited)  # fmt: skip

    yield place, page(post=200, outside=away, is_public=not is_visited)
    yield place + "add/", page(403, 403, outside=away)
    yield one, of_one(302, 302)
    yield one + "change/", of_one(200, 403, elsewhere=(302, 403))
    yield one + "delete/", page(403, 403, ids=ids)
    yield one + "history/", of_one(302 if is_visited else 200, 302 if is_visited else 200)
    for (of_label, act), form in ACTS.items():
        if of_label == label:
            yield one + f"{act}/", page(post=302, form=form, changes=True, ids=ids, elsewhere=LED_AWAY, outside=away)


def _of_models() -> dict[str, Row]:
    labels = {found.opts.label_lower for found in admin.site._registry.values()}
    assert labels == {*VISITED, "users.user"}, "a model of the administration is in no table of the walk"
    found = {route: row for label in sorted(labels) for route, row in _of_model(label)}
    switch = "admin/instances/instance/<path:object_id>/switch-off/"
    found[switch] = page(302, 302, ids={"object_id": "instances.instance"})
    return found


ADMINISTRATION: Final = {**OWN, **_of_models()}
