from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from pohoda_bridge import protocol
from pohoda_bridge.protocol import ProtocolError, SignedJob
from pohoda_bridge.server import jobs
from pohoda_bridge.server.keys import make_pair, signing_key, verify_key
from pohoda_bridge.server.models import Job
from tests.bridge_server.world import BODY, Company


def test_a_job_is_signed_by_the_workers_key_for_one_unit(company: Company, other: Company) -> None:
    job = company.queue_import(company.plan("A-1"))
    signed = SignedJob(order=bytes(job.order), signature=bytes(job.signature), body=bytes(job.body))

    order = protocol.open_job(signed, platform_key=verify_key(), unit=str(company.unit.pk))

    assert (order.id, order.body_sha256) == (str(job.pk), protocol.sha256(BODY))
    with pytest.raises(ProtocolError, match="other_unit"):
        protocol.open_job(signed, platform_key=verify_key(), unit=str(other.unit.pk))


def test_a_process_without_the_private_key_queues_nothing(company: Company, bridge_settings) -> None:
    change = company.plan("A-1")
    bridge_settings.JOB_SIGNING_KEY_FILE = ""

    with pytest.raises(ImproperlyConfigured, match="no job signing key"):
        company.queue_import(change)
    with company.inside():
        assert not Job.objects.exists()


def test_the_same_job_again_is_the_same_row(company: Company, other: Company) -> None:
    change = company.plan("A-1")

    first, second = company.queue_import(change), company.queue_import(change)

    assert (first.pk, first.created_now, second.created_now) == (second.pk, True, False)


def test_a_waiting_job_is_replaced_when_its_document_changed(company: Company) -> None:
    change = company.plan("A-1")
    first = company.queue_import(change)

    second = company.queue_import(change, body=b"<new/>")

    assert second.created_now
    with company.inside():
        assert [job.pk for job in jobs.open_jobs(unit=company.unit)] == [second.pk]
    assert company.job(first).state == Job.State.CANCELLED


def test_a_job_on_its_way_is_not_replaced(company: Company) -> None:
    change = company.plan("A-1")
    first = company.queue_import(change)
    with company.inside():
        Job.objects.filter(pk=first.pk).update(state=Job.State.HANDED)

    assert company.queue_import(change, body=b"<new/>").pk == first.pk


def test_a_lookup_does_not_wait_for_the_write_it_looks_for(company: Company) -> None:
    change = company.plan("A-1")

    assert company.queue_import(change).pk != company.queue_lookup(change).pk


def test_jobs_of_another_company_are_not_listed(company: Company, other: Company) -> None:
    company.queue_import(company.plan("A-1"))

    with other.inside():
        assert jobs.open_jobs(unit=company.unit) == []


def test_a_waiting_job_can_be_taken_back(company: Company) -> None:
    change = company.plan("A-1")
    job = company.queue_import(change)

    with company.inside():
        assert jobs.cancel_waiting(change.pk) == 1
    assert company.job(job).state == Job.State.CANCELLED


def test_the_private_key_is_readable_by_its_owner_alone_and_is_made_once(bridge_settings) -> None:
    private, public = (
        bridge_settings.JOB_VERIFY_KEY_FILE.parent / "jobs.key",
        bridge_settings.JOB_VERIFY_KEY_FILE,
    )
    before = private.read_bytes()
    public.unlink()

    make_pair(private, public)

    assert private.stat().st_mode & 0o777 == 0o600
    assert private.read_bytes() == before
    assert signing_key().public_key().public_bytes_raw() == verify_key()


@pytest.mark.parametrize("content", ["", "not base64!", "c2hvcnQ="])
def test_a_key_file_that_is_none_is_named(bridge_settings, content: str) -> None:
    bridge_settings.JOB_VERIFY_KEY_FILE.write_text(content)

    with pytest.raises(ImproperlyConfigured, match=r"jobs\.pub"):
        verify_key()
