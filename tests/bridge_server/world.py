"""Two companies with a unit each, seen from the platform's side."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from connectify.audit.models import Event
from connectify.instances.services import arm, create_connection, create_instance
from connectify.sync import changes
from connectify.sync.models import Change
from connectify.tenants.context import tenant_scope
from connectify.tenants.services import create_tenant
from pohoda_bridge.documents import ExternalId, UnitPin
from pohoda_bridge.protocol import FindOrder, ImportOrder, ReadHealth
from pohoda_bridge.server.enrolment import issue_code
from pohoda_bridge.server.jobs import queue_job
from pohoda_bridge.server.models import Agent, Job, Unit
from pohoda_bridge.server.units import create_unit

KIND = "bridgetest.create"
DIRECTION = "bridgetest"
OPERATIONS = ("import_order", "find_order")
BODY = '<dat:dataPack xmlns:dat="http://www.stormware.cz/schema/version_2/data.xsd"/>'.encode("cp1250")


def pin(unit: Unit) -> UnitPin:
    return UnitPin(ico=unit.ico, database=f"{unit.ico}_2026.mdb", year=2026)


@dataclass
class Company:
    tenant_id: uuid.UUID
    unit: Unit
    instance: Any

    def inside(self) -> AbstractContextManager[None]:
        return tenant_scope(self.tenant_id)

    def code(self) -> str:
        with self.inside():
            return issue_code(unit=self.unit)

    def plan(self, key: str, content: dict[str, Any] | None = None) -> Change:
        with self.inside():
            return changes.plan_change(
                instance=self.instance,
                kind=KIND,
                key=key,
                subject_kind="order",
                subject_id=uuid.uuid4(),
                resource_kind="pohoda.unit",
                resource_id=self.unit.pk,
                content=content or {"order": key},
            )

    def queue_import(self, change: Change, body: bytes = BODY, **options: Any) -> Job:
        operation = ImportOrder(pin=pin(self.unit), ext_id=ext_id(change.key), pack_id="AB1-1", item_id=change.key)
        with self.inside():
            return queue_job(unit=self.unit, operation=operation, body=body, change=change, **options)

    def queue_lookup(self, change: Change, **options: Any) -> Job:
        operation = FindOrder(pin=pin(self.unit), ext_id=ext_id(change.key))
        with self.inside():
            return queue_job(unit=self.unit, operation=operation, change=change, **options)

    def queue_health(self, **options: Any) -> Job:
        with self.inside():
            return queue_job(unit=self.unit, operation=ReadHealth(), **options)

    def job(self, job: Job) -> Job:
        with self.inside():
            return Job.objects.select_related("change").get(pk=job.pk)

    def change(self, change: Change) -> Change:
        with self.inside():
            return Change.objects.get(pk=change.pk)

    def agent(self, agent_id: str) -> Agent:
        with self.inside():
            return Agent.objects.get(pk=agent_id)

    def epoch(self) -> int:
        with self.inside():
            return Unit.objects.get(pk=self.unit.pk).agent_epoch

    def security_codes(self, agent_id: str) -> list[str]:
        with self.inside():
            events = Event.objects.filter(type="agent.security", object_id=agent_id).order_by("sequence")
            return [event.data["code"] for event in events]


def ext_id(key: str) -> ExternalId:
    return ExternalId(ids=key, system="allegro:sandbox:44")


def found_company(name: str, ico: str, *, armed: bool = True) -> Company:
    tenant = create_tenant(name=name)
    with tenant_scope(tenant.pk):
        unit = create_unit(name=name, ico=ico, year=2026, database=f"{ico}_2026.mdb")
        source = create_connection(kind="marketplace", name=name)
        instance = create_instance(name=name, source=source, target=unit.connection)
        if armed:
            arm(instance=instance, direction=DIRECTION, actor=None)
    return Company(tenant_id=tenant.pk, unit=unit, instance=instance)
