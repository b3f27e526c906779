"""Lists and prints at the platform: reads like any other, behind the writes, with the one kind of result that fits."""

from __future__ import annotations

import pytest

from pohoda_bridge.documents import ExternalId
from pohoda_bridge.protocol import (
    FindOrder,
    FoundOrders,
    JobFailed,
    JobResult,
    ListRead,
    Operation,
    PrintReport,
    ReadList,
    ReportPrinted,
)
from pohoda_bridge.server import jobs
from pohoda_bridge.server.models import Job
from tests.bridge_server.fake_agent import IMPORTED, FakeAgent, code_of
from tests.bridge_server.world import OPERATIONS, Company, pin

ANSWER = b"<rsp:responsePack/>"


def reads(company: Company) -> dict[str, Operation]:
    books = pin(company.unit)
    return {
        "read_list": ReadList(pin=books, agenda="stock", pack_id="CFL-1", item_id="CFL-1-1"),
        "print_report": PrintReport(
            pin=books, agenda="issued_invoices", record_id=1, report_id=1, pack_id="CFP-1", item_id="CFP-1-1"
        ),
        "find_order": FindOrder(pin=books, ext_id=ExternalId("a", "b")),
    }


RESULTS: dict[str, JobResult] = {
    "read_list": ListRead(records=3, last_id=9, stamp="2026-11-23T10:00:00"),
    "print_report": ReportPrinted(file_name="fv-1.pdf", size=len(ANSWER)),
    "find_order": FoundOrders(records=(), complete=True),
    "import_order": IMPORTED,
}


def queue(company: Company, name: str) -> Job:
    with company.inside():
        return jobs.queue_job(unit=company.unit, operation=reads(company)[name], body=b"<dat:dataPack/>")


@pytest.mark.parametrize("name", ["read_list", "print_report"])
def test_its_answer_is_kept_and_listed_for_who_asked_for_it_alone(
    agent: FakeAgent, company: Company, name: str
) -> None:
    job = queue(company, name)
    _, order = agent.take()
    assert (order.operation, job.is_write) == (reads(company)[name], False)

    assert agent.report(order.id, RESULTS[name], ANSWER).status_code == 200

    with company.inside():
        (done,) = jobs.finished_jobs(unit=company.unit, operations=[name])
        assert (done.pk, bytes(done.answer), jobs.result_of(done)) == (job.pk, ANSWER, RESULTS[name])
        assert jobs.finished_jobs(unit=company.unit, operations=OPERATIONS) == []
        assert jobs.finished_jobs(unit=company.unit, operations=[]) == []


@pytest.mark.parametrize("name", ["read_list", "print_report"])
@pytest.mark.parametrize("other", RESULTS)
def test_a_result_of_another_operation_is_refused(agent: FakeAgent, company: Company, name: str, other: str) -> None:
    queue(company, name)
    _, order = agent.take()

    answered = agent.report(order.id, RESULTS[other], ANSWER)

    assert answered.status_code == 200 if other == name else code_of(answered) == (422, "other_operation")


@pytest.mark.parametrize("name", ["read_list", "print_report"])
def test_it_may_fail_and_it_waits_for_writes(agent: FakeAgent, company: Company, name: str) -> None:
    read = queue(company, name)
    write = company.queue_import(company.plan("A-1"))

    assert [agent.take()[1].id for _ in range(2)] == [str(write.pk), str(read.pk)]
    assert agent.report(str(read.pk), JobFailed(code="list_cut"), b"").status_code == 200
