"""One order, at most once: what the importer does with each thing Pohoda may answer (RELIABILITY 2.3.1)."""

import socket

import msgspec
import pytest

from pohoda_bridge.agent.importer import Importer
from pohoda_bridge.documents import AlreadyThere, Duplicate, Imported, NotSent, Refused, Unknown
from pohoda_bridge.protocol import JobOrder, OrderImported, SignedJob, encode, sha256
from tests.agent.pohoda import importing
from tests.bridge_xml.answers import FORM


def job_of(operation, document, *, id="job-1", ttl_s=None) -> tuple[SignedJob, JobOrder]:
    order = JobOrder(id=id, unit="u", operation=operation, body_sha256=sha256(document), ttl_s=ttl_s)
    return SignedJob(order=encode(order), signature=b"", body=document), order


class Runs:
    """Runs jobs through importers over one journal and one Pohoda."""

    def __init__(self, pohoda, journal, clock) -> None:
        self.pohoda, self.journal, self.clock = pohoda, journal, clock

    def __call__(self, *, channel=None, id="job-1", ttl_s=None, started=None, form=FORM, **changes):
        operation, document = importing(form, **changes)
        job, order = job_of(operation, document, id=id, ttl_s=ttl_s)
        importer = Importer(mserver=channel or self.pohoda.channel(), journal=self.journal, clock=self.clock)
        self.done = importer.run(job, order, operation, started=self.clock.seconds if started is None else started)
        assert isinstance(self.done.result, OrderImported)
        return self.done.result.outcome

    def posted(self) -> int:
        """How many imports reached mServer."""
        return sum("<ord:order " in str(entry["request_body"]) for entry in self.pohoda.exchanges())

    def intend(self, id="job-1") -> None:
        """As after a kill between intent and result."""
        operation, document = importing()
        job, _ = job_of(operation, document, id=id)
        self.journal.intend(id, sha256(job.order), now=self.clock.now())


@pytest.fixture
def run(pohoda, journal, clock) -> Runs:
    return Runs(pohoda, journal, clock)


def test_an_order_is_imported_and_its_result_kept(run, journal, pohoda):
    outcome = run()
    assert isinstance(outcome, Imported)
    assert (outcome.warnings, outcome.alarm) == ((), "")
    assert [order["number"] for order in pohoda.orders()] == [outcome.number]
    assert run.done.answer.startswith(b"<?xml")
    assert journal.find("job-1").state == "result"
    assert journal.find("job-1").answer == run.done.answer


def test_the_same_job_again_gives_the_kept_result_and_sends_nothing(run):
    first = run()
    sent = len(run.pohoda.exchanges())
    assert run() == first
    assert run.done.kept
    assert len(run.pohoda.exchanges()) == sent


def test_another_job_for_the_same_order_finds_it(run, pohoda):
    first = run()
    second = run(id="job-2")
    assert isinstance(second, AlreadyThere)
    assert (second.record.id, second.record.total) == (first.id, 2549)
    assert run.posted() == 1


def test_the_same_id_with_another_content_is_a_conflict(run):
    run()
    assert run(text="another text") == NotSent("conflict", "this id was another job before")
    assert not run.done.kept
    assert run.posted() == 1


def test_a_document_that_is_not_the_told_order_is_not_sent(run, journal, clock, pohoda):
    operation, document = importing()
    other = msgspec.structs.replace(operation, item_id="other")
    job, order = job_of(other, document)
    done = Importer(mserver=pohoda.channel(), journal=journal, clock=clock).run(job, order, other, started=0)
    assert done.result.outcome.code == "not_allowed"
    assert pohoda.exchanges() == []


def test_without_a_journal_nothing_is_sent(run, pohoda):
    run.journal = None
    assert run() == NotSent("journal_unreadable")
    assert pohoda.exchanges() == []


def test_a_journal_that_cannot_be_written_stops_the_write_before_it_leaves(run, journal, pohoda):
    journal._connection.execute("PRAGMA query_only = ON")
    assert run().code == "journal_unreadable"
    assert pohoda.exchanges() == []


def test_a_result_that_cannot_be_kept_is_unknown(run, journal, pohoda):
    journal._connection.execute("CREATE TRIGGER t BEFORE UPDATE ON job BEGIN SELECT RAISE(ABORT, 'full'); END")
    assert isinstance(run(), Unknown)
    assert run.done.result.outcome.code == "journal_failed"
    assert len(pohoda.orders()) == 1


def test_a_job_that_waited_too_long_is_not_sent(run, clock):
    assert run(ttl_s=10, started=clock.seconds - 11) == NotSent("expired")
    assert run.posted() == 0
    assert isinstance(run(id="job-2", ttl_s=10, started=clock.seconds - 9), Imported)


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"enabled": False}, "mserver_off"),
        ({"password": "x"}, "denied"),
        ({"mserver_right": False}, "denied"),
        ({"year": 2027}, "wrong_unit"),
        ({"database": "StwPh_12345678_2025"}, "wrong_unit"),
        ({"ico": "87654321"}, "wrong_unit"),
        ({"import_right": False}, "denied"),
    ],
)
def test_what_shows_before_the_first_byte_is_not_sent(run, pohoda, config, code):
    pohoda.control("POST", "config", **config)
    outcome = run()
    assert isinstance(outcome, NotSent)
    assert outcome.code == code
    assert run.posted() == 0


def test_a_lookup_that_fails_stops_the_import(run, pohoda):
    pohoda.fault("truncated", target="list")
    assert isinstance(run(), NotSent)
    assert run.posted() == 0


@pytest.mark.parametrize(
    "fault",
    [
        "html_200", "plain_text_200", "http_408", "http_503", "empty_body", "truncated", "not_well_formed",
        "bad_cp1250_byte", "wrong_ico", "wrong_item_id", "pack_ok_item_missing_id",
    ],
)  # fmt: skip
@pytest.mark.parametrize("apply", [True, False])
def test_an_unclear_answer_is_unknown_and_the_next_job_finds_the_truth(run, pohoda, fault, apply):
    pohoda.fault(fault, target="import", apply=apply)
    assert isinstance(run(), Unknown)
    made = len(pohoda.orders())
    following = run(id="job-2")
    assert isinstance(following, AlreadyThere if made else Imported)
    assert len(pohoda.orders()) == 1


@pytest.mark.parametrize("fault", ["apply_then_timeout", "truncated"])
def test_an_answer_that_never_comes_is_unknown(run, pohoda, fault):
    pohoda.fault(fault, target="import", seconds=30, cut=True)
    outcome = run(channel=pohoda.channel(write_s=1.0))
    assert isinstance(outcome, Unknown)
    assert len(pohoda.orders()) == 1
    assert isinstance(run(id="job-2"), AlreadyThere)


def test_a_good_item_in_a_failed_pack_is_imported_with_an_alarm(run, pohoda):
    pohoda.fault("item_ok_pack_error", target="import")
    outcome = run()
    assert isinstance(outcome, Imported)
    assert outcome.alarm


def test_a_changed_total_comes_as_a_warning(run, pohoda):
    pohoda.fault("warning_changed_total", target="import")
    outcome = run()
    assert isinstance(outcome, Imported)
    assert outcome.warnings


def test_a_refusal_says_why_and_a_corrected_order_goes_in(run, pohoda):
    from decimal import Decimal

    from pohoda_bridge.documents import OrderLine, StockRef

    missing = (OrderLine("?", Decimal(1), Decimal(1), "high", stock=StockRef("ZBOZI", "NENI")),)
    outcome = run(lines=missing)
    assert isinstance(outcome, Refused)
    assert outcome.note
    assert pohoda.orders() == []
    assert isinstance(run(id="job-2"), Imported)


def test_a_user_without_the_right_to_import_is_no_fault_of_the_order(run, pohoda):
    pohoda.fault("denied", target="import")
    outcome = run()
    assert isinstance(outcome, NotSent)
    assert outcome.code == "denied"
    assert "právo" in outcome.detail


def test_a_pair_of_ids_imported_before_and_deleted_since_is_a_duplicate(run, pohoda):
    first = run()
    pohoda.control("DELETE", f"rows/OBJ/{first.id}")
    assert isinstance(run(id="job-2"), Duplicate)
    assert pohoda.orders() == []


def test_an_intent_without_result_is_looked_up_and_found(run, pohoda):
    made = run(id="job-0")
    run.intend()
    outcome = run()
    assert isinstance(outcome, AlreadyThere)
    assert outcome.record.id == made.id
    assert run.posted() == 1


def test_an_intent_without_result_that_is_not_there_is_sent_again_with_the_same_ids(run, pohoda):
    run.intend()
    assert isinstance(run(), Imported)
    assert len(pohoda.orders()) == 1


def test_an_intent_without_result_stays_unknown_while_nothing_can_be_looked_up(run, pohoda):
    run.intend()
    pohoda.control("POST", "config", enabled=False)
    outcome = run()
    assert isinstance(outcome, Unknown)
    assert outcome.code == "mserver_off"


def test_a_connection_refused_between_lookup_and_import_is_not_sent(run, pohoda):
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    channel = pohoda.channel()
    lookup = channel.find_orders

    def then_off(*arguments):
        found = lookup(*arguments)
        channel._url = f"http://127.0.0.1:{port}"
        return found

    channel.find_orders = then_off
    outcome = run(channel=channel)
    assert isinstance(outcome, NotSent)
    assert outcome.code == "mserver_off"
