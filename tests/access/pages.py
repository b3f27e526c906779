"""The table of routes that people open, but for the administration: who may, what they get, and what changes.

Roles are written out here once more, so that a changed declaration in the product is a changed line in this table.
"""

from __future__ import annotations

from typing import Any, Final

from tests.access.forms import MAPPED, NEW_PASSWORD, another_instance, general, of, saved
from tests.access.rows import OWNERS_ELSEWHERE, Row
from tests.access.world import PASSWORD

EVERYBODY: Final = frozenset({"owner", "admin", "operator", "accountant", "viewer"})
WORK: Final = frozenset({"owner", "admin", "operator"})
SET: Final = frozenset({"owner", "admin"})
AUDIT: Final = frozenset({"owner", "admin", "accountant"})
OWNER: Final = frozenset({"owner"})
ANYONE: Final = frozenset({"anyone"})
SIGNED_IN: Final = frozenset({"signed in"})
STAFF: Final = frozenset({"staff"})
CLOSED: Final[frozenset[str]] = frozenset()

INSTANCE: Final = "setup/instances/<uuid:instance_id>/"
UNIT: Final = "setup/units/<uuid:unit_id>/"
ACCOUNT: Final = "setup/accounts/<uuid:account_id>/"
ORDER: Final = "orders/<uuid:order_id>/"


def borrowed(who: frozenset[str], **facts: Any) -> Row:
    return Row(who, **{"changes": False, "is_borrowed": True, **facts})


WORKING: Final[dict[str, Row]] = {
    "": Row(EVERYBODY),
    "needs/": Row(EVERYBODY),
    "inbox/": Row(EVERYBODY),
    "inbox/act/": Row(WORK, get=None, post=302, form=of(source="{source}", key="{key}", act="{act}")),
    "held/": Row(EVERYBODY, get=302),
    "orders/": Row(EVERYBODY, query="?instance={instance_id}"),
    ORDER: Row(EVERYBODY),
    ORDER + "documents/<uuid:payload_id>/": Row(EVERYBODY),
    ORDER + "send-again/": Row(WORK, get=None, post=302, ids={"order_id": "refused_order_id"}),
    # Nothing here ended as a duplicate that is not there; tests/allegro_services has such an order.
    ORDER + "recreate/": Row(WORK, get=None, post=302, form=of(reason="it is not there"), changes=False),
    ORDER + "look-again/": Row(WORK, get=None, post=302),
    "offers/": Row(EVERYBODY, query="?account={account_id}"),
    "offers/<uuid:offer_id>/": Row(EVERYBODY),
    "offers/<uuid:offer_id>/look-again/": Row(WORK, get=None, post=302),
}
SETTING: Final[dict[str, Row]] = {
    "setup/": Row(EVERYBODY),
    "setup/accounts/": Row(EVERYBODY),
    "setup/accounts/connect/": Row(SET, get=None, post=200, form=of(environment="sandbox")),
    ACCOUNT: Row(EVERYBODY),
    ACCOUNT + "rename/": Row(SET, get=None, post=302, form=of(name="Jinak")),
    ACCOUNT + "connect/": Row(SET, get=None, post=200),
    # The answer to a round that nobody of these opened.
    "allegro/callback": Row(
        SIGNED_IN, get=302, query="?state=x&code=y",
        # The answer is taken once: whoever only looks ahead must not use it up.
        also={(who, "HEAD"): 405 for who in ("owner", "neighbour", "support")},
    ),
    "setup/units/": Row(EVERYBODY),
    "setup/units/new/": Row(SET, post=302, form=of(name="Druhá", ico="76543218", edition="mdb", key="", year="2026",
                                                   database="76543218_2026.mdb")),
    UNIT: Row(EVERYBODY),
    UNIT + "rename/": Row(SET, get=None, post=302, form=of(name="Jinak")),
    UNIT + "code/": Row(SET, get=None, post=200),
    UNIT + "agents/<uuid:agent_id>/activate/": Row(SET, get=None, post=302),
    UNIT + "agents/<uuid:agent_id>/revoke/": Row(SET, get=None, post=302),
    "setup/instances/": Row(EVERYBODY),
    "setup/instances/new/": Row(
        SET, post=302, form=another_instance, also={(who, "POST"): 200 for who in OWNERS_ELSEWHERE}
    ),
    INSTANCE: Row(EVERYBODY),
    INSTANCE + "save/": Row(SET, get=None, post=302, form=general),
    INSTANCE + "pause/": Row(SET, get=None, post=302, form=of(reason="stocktaking")),
    INSTANCE + "resume/": Row(SET, get=None, post=302, changes=False),  # it runs already
    INSTANCE + "arm/<str:direction>/": Row(SET, post=302, ids={"direction": "offers"}),
    INSTANCE + "disarm/<str:direction>/": Row(SET, get=None, post=302),
    INSTANCE + "pieces/": Row(EVERYBODY, post=302, post_by=SET, form=saved("pieces", most="500")),
    INSTANCE + "prices/": Row(EVERYBODY, post=302, post_by=SET, form=saved("prices", **{"price-floor": "99"})),
    INSTANCE + "orders/": Row(EVERYBODY, post=302, post_by=SET, form=saved("orders", store="ESHOP")),
    INSTANCE + "mappings/": Row(EVERYBODY, post=302, post_by=WORK, form=saved("mappings", **MAPPED)),
    INSTANCE + "mappings/load/": Row(WORK, get=None, post=302, changes=False),  # Allegro's list; it is kept elsewhere
    INSTANCE + "statuses/": Row(EVERYBODY, post=302, post_by=SET, form=saved("statuses", **{"rules-count": "0"})),
    INSTANCE + "statuses/load/": Row(SET, get=None, post=302, changes=False),
    INSTANCE + "invoices/": Row(EVERYBODY, post=302, post_by=SET, form=saved("invoices", only_paid="on")),
}  # fmt: skip
PEOPLE: Final[dict[str, Row]] = {
    "company/": Row(AUDIT),
    "company/name/": Row(SET, get=None, post=302, form=of(name="Jinak")),
    # Without a second factor of their own nobody makes the rule.
    "company/second-factor/": Row(OWNER, post=302, form=of(required="yes"), changes=False),
    "company/members/<uuid:membership_id>/": Row(
        SET, post=302, form=of(act="role", role="operator", confirmed="yes")
    ),
    "company/invite/": Row(SET, post=200, form=of(email="nova@example.org", role="viewer", language="cs")),
    "company/invitations/<uuid:invitation_id>/": Row(SET, get=None, post=302, form=of(act="withdraw")),
    "company/keys/": Row(SET, post=200, form=of(name="Sklad", scopes="orders:read", life="90")),
    "company/keys/<uuid:key_id>/revoke/": Row(SET, post=302),
    "company/audit/": Row(AUDIT, query="?object=order:{order_id}"),
    "company/choose/": Row(
        SIGNED_IN, get=None, post=302, form=of(tenant="{tenant}"), changes=False,
        # Only one's own company can be chosen.
        also={
            (who, "POST"): 404
            for who in (*OWNERS_ELSEWHERE, "former", "support", "support elsewhere", "support outside")
        },
    ),
    # The link puts its hash into the session, whatever it is; the page behind it knows the hash or says it is closed.
    "invitation/<str:token>/": Row(ANYONE, get=302, ids={"token": "not-a-token"}),
    "invitation/": Row(ANYONE, get=410, post=410, changes=False),
    "language/": Row(ANYONE, get=None, post=302, form=of(language="cs")),
    "support/": Row(STAFF, get=302),
    "support/leave/": Row(STAFF, get=None, post=302),
}  # fmt: skip
ACCOUNTS: Final[dict[str, Row]] = {
    "accounts/login/": borrowed(ANYONE, post=200, form=of(login="nikdo@example.org", password="wrong"), signed_in=302),
    "accounts/logout/": borrowed(ANYONE, post=302, also={("stranger", "GET"): 302}),
    "accounts/inactive/": borrowed(ANYONE),
    "accounts/password/reset/": borrowed(ANYONE, post=302, form=of(email="nikdo@example.org")),
    "accounts/password/reset/done/": borrowed(ANYONE),
    "accounts/password/reset/key/done/": borrowed(ANYONE),
    r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": borrowed(
        ANYONE, address="/accounts/password/reset/key/1-abc/", post=200
    ),
    "accounts/reauthenticate/": borrowed(SIGNED_IN, post=302, form=of(password=PASSWORD)),
    "accounts/password/change/": borrowed(SIGNED_IN, post=302, form=of(**NEW_PASSWORD), changes=True),
    "accounts/2fa/": borrowed(SIGNED_IN),
    # Nobody is between password and code, and nobody has confirmed the password or has a second factor.
    "accounts/2fa/authenticate/": borrowed(ANYONE, get=302, post=302),
    "accounts/2fa/reauthenticate/": borrowed(SIGNED_IN, get=302, post=302),
    "accounts/2fa/totp/activate/": borrowed(SIGNED_IN, get=302, post=302),
    "accounts/2fa/totp/deactivate/": borrowed(SIGNED_IN, get=404, post=404),
    "accounts/2fa/recovery-codes/": borrowed(SIGNED_IN, get=404),
    "accounts/2fa/recovery-codes/generate/": borrowed(SIGNED_IN, get=302, post=302),
    "accounts/2fa/recovery-codes/download/": borrowed(SIGNED_IN, get=404, post=404),
    "accounts/signup/": Row(CLOSED),
    "accounts/email/": Row(CLOSED),
    "accounts/confirm-email/": Row(CLOSED),
    "accounts/password/set/": Row(CLOSED),
    "accounts/login/code/confirm/": Row(CLOSED),
    r"accounts/^confirm-email/(?P<key>[-:\w]+)/$": Row(CLOSED, address="/accounts/confirm-email/abc/"),
}  # fmt: skip
DESCRIBED: Final[dict[str, Row]] = {
    "api/docs/": Row(ANYONE),
    "api/v1/schema/": Row(ANYONE),
    r"api/v1/^(?P<rest>[\s\S]*)\Z": Row(
        ANYONE, get=404, post=404, address="/api/v1/nowhere/", changes=False, other=404
    ),
}
PAGES: Final = {**WORKING, **SETTING, **PEOPLE, **ACCOUNTS, **DESCRIBED}
