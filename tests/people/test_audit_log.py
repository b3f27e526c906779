"""The audit log: who, when, what in a sentence, what changed, why; found again by its filters."""

import ast
import datetime as dt
import re
from types import SimpleNamespace

import pytest

from connectify import clock
from connectify.audit.differences import Difference, differences
from connectify.audit.models import AuditEntry
from connectify.audit.sentences import is_known
from connectify.audit.services import record_audit
from connectify.audit.via import SUPPORT, acting_via
from connectify.instances.services import save_settings
from connectify.tenants import staff
from connectify.tenants.models import Membership
from connectify.tenants.services import change_role
from tests.architecture.sources import python_files, relative, tree
from tests.factories import InstanceFactory, UserFactory
from tests.people.reading import questions, text_of

AUDIT = "/company/audit/"
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


def rows_of(answer) -> list[str]:
    """The text of each row of the list."""
    body = answer.content.decode().partition('<ol class="card rows audit"')[2].partition("</ol>")[0]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in body.split('<li class="setting">')[1:]]


class TestSentences:
    def test_every_action_in_the_code_has_one(self):
        """Actions are the dotted texts handed to `record_audit`, and to functions that take an `action`."""
        sources = [path for path in python_files() if not relative(path).startswith(("tests/", "tools/"))]
        takers = {"record_audit"} | {
            node.name
            for path in sources
            for node in ast.walk(tree(path))
            if isinstance(node, ast.FunctionDef)
            and any(argument.arg == "action" for argument in (*node.args.args, *node.args.kwonlyargs))
        }
        found = {action for path in sources for action in actions_in(tree(path), takers)}
        assert len(found) > 35
        assert [action for action in sorted(found) if not is_known(action)] == []

    def test_an_action_without_one_is_shown_by_its_code(self, alfa, owner):
        with alfa.scope():
            record_audit(actor=None, action="thing.unheard_of")
        assert any("thing.unheard_of" in row for row in rows_of(owner.get(AUDIT)))


def actions_in(module: ast.Module, takers: set[str]) -> set[str]:
    found = set()
    for call in (node for node in ast.walk(module) if isinstance(node, ast.Call)):
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if name in takers:
            values = [*call.args, *(one.value for one in call.keywords if one.arg == "action")]
            texts = (node.value for value in values for node in ast.walk(value) if isinstance(node, ast.Constant))
            found |= {text for text in texts if isinstance(text, str) and ACTION.fullmatch(text)}
    return found


class TestDifferences:
    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            ({"role": "viewer"}, {"role": "owner"}, [("role", "viewer", "owner")]),
            (None, {"name": "Sklad"}, [("name", "", "Sklad")]),
            ({"name": "Sklad"}, None, [("name", "Sklad", "")]),
            ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [("a.c", "2", "3")]),
            ({"a": 1}, {"a": 1}, []),
            ({"a": None}, {"a": 0}, [("a", "", "0")]),
            ({"a": False}, {"a": 0}, [("a", "false", "0")]),
            ({"a": ["x", "y"]}, {"a": ["y"]}, [("a", "x, y", "y")]),
            ({"r": [{"n": 1}]}, {"r": [{"n": 1}, {"n": 2}]}, [("r.2.n", "", "2")]),
            ({"r": [{"n": 1}, {"n": 2}]}, {"r": [{"n": 9}, {"n": 2}]}, [("r.1.n", "1", "9")]),
            ({"r": [{"n": 1}]}, {"r": []}, [("r", '[{"n": 1}]', "")]),
            ({"a": {"b": 1}}, {"a": "text"}, [("a", '{"b": 1}', "text")]),
            (None, None, []),
        ],
    )
    def test_only_what_changed_is_named_by_its_path(self, before, after, expected):
        found = [(".".join(one.path), one.before, one.after) for one in differences(before, after)]
        assert found == [tuple(str(text) for text in row) for row in expected]

    def test_a_long_value_is_cut(self):
        (one,) = differences({}, {"text": "x" * 5000})
        assert one == Difference(("text",), "", "x" * 299 + "…")

    def test_a_change_of_everything_ends_somewhere(self):
        assert len(differences({}, {str(number): number for number in range(1000)})) == 201


class TestPage:
    def test_a_change_of_a_role_says_who_what_and_from_what_to_what(self, alfa, owner):
        with alfa.scope():
            viewer = Membership.objects.get(user=alfa.people["viewer"])
            change_role(membership=viewer, role="operator", actor=alfa.people["owner"])
        row = rows_of(owner.get(AUDIT))[0]
        assert row.startswith("The role of a member was changed : Viewer Alfa")
        assert "role : viewer → operator" in row
        assert "Owner Alfa" in row

    def test_of_saved_settings_only_the_changed_values_are_shown(self, alfa, owner):
        with alfa.scope():
            settings = {"orders": {"series": "A", "rules": [{"name": "one", "outcome": "import"}]}, "offers": {"x": 1}}
            instance = InstanceFactory(name="Allegro Česko", settings=settings)
            changed = {**settings, "orders": {"series": "B", "rules": [{"name": "one", "outcome": "skip"}]}}
            save_settings(instance=instance, settings=changed, actor=alfa.people["admin"])
        row = rows_of(owner.get(AUDIT))[0]
        assert "Settings of an instance were saved : Allegro Česko" in row
        assert "version : 1 → 2" in row
        assert "Orders › series : A → B" in row
        assert "Orders › Rules › 1 › Outcome : import → skip" in row
        assert "offers" not in row

    def test_support_is_marked_and_its_reason_shown(self, alfa, owner):
        person = UserFactory(full_name="Petra Podpora", is_staff=True)
        staff.enter(SimpleNamespace(user=person, session={}), tenant_id=alfa.tenant.pk, reason="ticket 17")
        row = rows_of(owner.get(AUDIT))[0]
        assert "Support came to look into the company : Alfa Reason: ticket 17" in row
        assert "Petra Podpora support" in row
        assert len(rows_of(owner.get(f"{AUDIT}?who=support"))) == 1

    def test_what_support_did_carries_its_mark_once(self, alfa, owner):
        person = UserFactory(full_name="Petra Pomocná", is_staff=True)
        with alfa.scope(), acting_via(SUPPORT):
            record_audit(actor=person, action="order.resynced", reason="ticket 17")
        row = rows_of(owner.get(AUDIT))[0]
        assert "Petra Pomocná support" in row
        assert row.count("support") == 1

    def test_a_program_is_named_with_whose_key_it_is(self, alfa, owner):
        with alfa.scope(), acting_via("api:Sklad"):
            record_audit(actor=alfa.people["admin"], action="quarantine.ignored")
        row = rows_of(owner.get(f"{AUDIT}?who=programs"))[0]
        assert "program Sklad with a key of Admin Alfa" in row

    def test_what_no_person_did_is_by_connectify(self, alfa, owner):
        with alfa.scope():
            record_audit(actor=None, action="agent.enrolled")
        assert " Connectify " in rows_of(owner.get(AUDIT))[0]

    def test_values_are_shown_as_text(self, alfa, owner):
        with alfa.scope():
            record_audit(
                actor=None, action="tenant.renamed", reason="<b>why</b>", before={"name": "<i>"}, after={"name": "<u>"}
            )
        page = owner.get(AUDIT).content.decode()
        assert not {"<b>why", "<i>", "<u>"} & set(re.findall(r"<b>why|<i>|<u>", page))
        assert "&lt;u&gt;" in page

    def test_nothing_of_another_company_is_there(self, alfa, beta, owner, browser_of):
        page = text_of(owner.get(AUDIT))
        assert "Viewer Alfa" in page
        assert "Beta" not in page
        theirs = beta.people["owner"].pk
        assert rows_of(owner.get(f"{AUDIT}?who={theirs}")) == []
        assert rows_of(owner.get(f"{AUDIT}?object=user:{theirs}")) == []


class TestFinding:
    @pytest.fixture
    def days(self, alfa) -> None:
        """Two acts on the first of the month, one on the second (in Prague)."""
        moments = ("2026-10-31T23:30", "2026-11-01T22:30", "2026-11-01T23:30")
        did = (("owner", "instance.paused"), ("admin", "instance.paused"), ("admin", "instance.resumed"))
        with alfa.scope():
            for moment, (role, action) in zip(moments, did, strict=True):
                AuditEntry.objects.create(
                    at=dt.datetime.fromisoformat(f"{moment}+00:00"), actor=alfa.people[role], action=action
                )

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("day=2026-11-01", 2),
            ("day=2026-11-02", 1),
            ("day=2026-11-03", 0),
            ("day=2026-11-01&action=instance.paused", 2),
            ("action=instance.resumed", 1),
        ],
    )
    def test_by_the_day_in_the_readers_zone_and_by_the_action(self, owner, days, query, count):
        assert len(rows_of(owner.get(f"{AUDIT}?{query}"))) == count

    def test_by_person_and_the_filter_stays_in_the_address(self, alfa, owner, days):
        admin = alfa.people["admin"]
        page = owner.get(f"{AUDIT}?who={admin.pk}&day=2026-11-01")
        assert len(rows_of(page)) == 1
        assert f'<option value="{admin.pk}" selected>' in page.content.decode()
        assert 'value="2026-11-01"' in page.content.decode()

    def test_by_object(self, alfa, owner):
        viewer = alfa.people["viewer"]
        rows = rows_of(owner.get(f"{AUDIT}?object=user:{viewer.pk}"))
        assert len(rows) == 1
        assert "A member joined : Viewer Alfa" in rows[0]

    @pytest.mark.parametrize(
        "query",
        [
            "who=nobody",
            "day=yesterday",
            "day=9999-12-31",
            "object=x:y",
            "older=%00",
            "who=%00",
            "object=user:%00",
            "day=0001-01-01",
        ],
    )
    def test_what_is_no_filter_filters_nothing_and_breaks_nothing(self, alfa, owner, query):
        assert owner.get(f"{AUDIT}?{query}").status_code == 200

    def test_pages_by_key_show_each_entry_once(self, alfa, owner):
        start = clock.now()
        with alfa.scope():
            for number in range(120):
                AuditEntry.objects.create(
                    at=start + dt.timedelta(seconds=number), action="instance.paused", reason=f"entry {number:03}"
                )
        address, seen = f"{AUDIT}?action=instance.paused", []
        while address:
            page = owner.get(address).content.decode()
            seen += re.findall(r"entry \d{3}", page)
            older = re.search(r'href="(\?[^"]*older=[^"]*)"', page)
            address = f"{AUDIT}{older[1].replace('&amp;', '&')}" if older else ""
        assert seen == [f"entry {number:03}" for number in reversed(range(120))]

    def test_a_page_of_many_kinds_costs_few_queries(self, alfa, owner):
        with alfa.scope():
            instance = InstanceFactory()
            kinds = {
                "instance": instance.pk, "connection": instance.source_id, "tenant": alfa.tenant.pk,
                "order": instance.pk, "offer": instance.pk, "agent": instance.pk, "pohoda.unit": instance.pk,
                "account": instance.pk, "api_key": instance.pk, "quarantined": instance.pk, "changes": None,
            }  # fmt: skip
            for kind, object_id in kinds.items():
                record_audit(
                    actor=alfa.people["admin"], action="instance.paused", object_kind=kind, object_id=object_id
                )
        assert questions(lambda: owner.get(AUDIT)) <= 12
