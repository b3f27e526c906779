from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from connectify.audit.models import AuditEntry, Event
from pohoda_bridge import protocol
from pohoda_bridge.protocol import EnrolAnswer
from pohoda_bridge.server.enrolment import ALPHABET
from pohoda_bridge.server.keys import verify_key
from pohoda_bridge.server.models import Agent, EnrolmentCode
from tests.bridge_server.fake_agent import FakeAgent, code_of
from tests.bridge_server.world import Company


def test_a_code_has_128_bits_in_groups_a_person_can_read_and_only_its_hash_is_kept(company: Company) -> None:
    code = company.code()

    groups = code.split("-")
    plain = "".join(groups)
    assert {len(group) for group in groups} == {4}
    assert len(ALPHABET) ** len(plain) >= 2**128
    assert not set("ILOU") & set(ALPHABET)
    with company.inside():
        row = EnrolmentCode.objects.get()
        assert plain not in row.code_sha256
        assert len(row.code_sha256) == 64
        assert AuditEntry.objects.filter(action="agent.code_issued", object_id=company.unit.pk).count() == 1


def test_an_agent_enrols_with_its_own_key_and_learns_its_unit_and_the_platform_key(new_agent, company: Company) -> None:
    agent = new_agent()

    response = agent.enrol(company.code())

    answer = protocol.decode(response.content, EnrolAnswer)
    assert (answer.unit, answer.ico, answer.platform_key) == (str(company.unit.pk), "12345678", verify_key())
    row = company.agent(answer.agent)
    assert (row.state, row.host, row.version) == ("active", "SERVER-1", "0.1.0")
    assert bytes(row.public_key) == agent.key.public_key().public_bytes_raw()
    with company.inside():
        assert Event.objects.filter(type="agent.enrolled", object_id=row.pk).count() == 1
        assert AuditEntry.objects.filter(action="agent.enrolled", object_id=row.pk).count() == 1


def test_a_code_is_read_with_small_letters_spaces_and_letters_for_digits(new_agent, company: Company) -> None:
    typed = company.code().lower().replace("-", "  ").replace("0", "o").replace("1", "l")

    assert new_agent().enrol(typed).status_code == 200


def test_a_code_works_once(new_agent, company: Company) -> None:
    code = company.code()
    new_agent().enrol(code)

    assert code_of(new_agent().enrol(code)) == (403, "code")
    with company.inside():
        assert Agent.objects.count() == 1


def test_an_agent_whose_first_answer_was_lost_gets_it_again(new_agent, company: Company) -> None:
    code, agent = company.code(), new_agent()

    first, second = agent.enrol(code), agent.enrol(code)

    assert first.content == second.content
    with company.inside():
        assert Agent.objects.count() == 1


@pytest.mark.parametrize("code", ["", "AAAA-AAAA", "\0", "É" * 28])
def test_an_unknown_code_is_refused(new_agent, company: Company, code: str) -> None:
    assert code_of(new_agent().enrol(code)) == (403, "code")


def test_an_expired_code_is_refused(new_agent, company: Company) -> None:
    code = company.code()
    with company.inside():
        EnrolmentCode.objects.update(expires_at=Now())

    assert code_of(new_agent().enrol(code)) == (403, "code")


def test_a_newer_code_ends_the_unused_one_before_it(new_agent, company: Company) -> None:
    first, second = company.code(), company.code()

    assert code_of(new_agent().enrol(first)) == (403, "code")
    assert new_agent().enrol(second).status_code == 200


def test_a_key_that_is_none_is_refused_and_the_code_stays_good(new_agent, company: Company) -> None:
    code, agent = company.code(), new_agent()
    bad = protocol.encode(protocol.EnrolRequest(code=code, public_key=b"short", host="X", agent_version="1"))

    assert code_of(agent.http.post("/bridge/v1/enrol", content=bad)) == (400, "public_key")
    assert agent.enrol(code).status_code == 200


def test_a_units_second_agent_is_standby(enrolled, company: Company) -> None:
    first, second = enrolled(company), enrolled(company)

    assert company.agent(first.id).state == Agent.State.ACTIVE
    assert company.agent(second.id).state == Agent.State.STANDBY


def test_a_command_prints_a_code_and_the_line_for_the_agent(new_agent, company: Company, settings) -> None:
    settings.PUBLIC_URL = "https://app.example.cz"
    out = StringIO()

    call_command("bridge_code", str(company.unit.pk), stdout=out)

    code, line = out.getvalue().splitlines()
    assert line == f"connectify-agent enroll --server https://app.example.cz --code {code}"
    assert new_agent().enrol(code).status_code == 200


def test_the_command_knows_no_unit_that_is_not_there(company: Company) -> None:
    with pytest.raises(CommandError, match="no such unit"):
        call_command("bridge_code", str(company.tenant_id))


def test_text_from_the_machine_is_cut_and_cleaned(new_agent, company: Company) -> None:
    agent: FakeAgent = new_agent()
    request = protocol.EnrolRequest(
        code=company.code(),
        public_key=agent.key.public_key().public_bytes_raw(),
        host="A\0\n" + "B" * 300,
        agent_version="9" * 300,
    )

    response = agent.http.post("/bridge/v1/enrol", content=protocol.encode(request))

    row = company.agent(protocol.decode(response.content, EnrolAnswer).agent)
    assert (row.host, row.version) == ("A" + "B" * 119, "9" * 40)
