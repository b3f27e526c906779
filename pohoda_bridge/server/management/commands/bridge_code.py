"""`manage.py bridge_code UNIT`: a code for an agent, and the line to run beside Pohoda."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectify.sync.leases import tenant_of
from connectify.tenants.context import tenant_scope
from pohoda_bridge.server.enrolment import issue_code
from pohoda_bridge.server.models import Unit
from pohoda_bridge.server.units import RESOURCE_KIND


class Command(BaseCommand):
    help = "Print an enrolment code for one agent of a unit (15 minutes, one use)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("unit", type=uuid.UUID, help="the unit's id")
        parser.add_argument("--code-only", action="store_true", help="print nothing but the code")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant_id = tenant_of(RESOURCE_KIND, options["unit"])
        if tenant_id is None:
            raise CommandError("no such unit")
        with tenant_scope(tenant_id):
            code = issue_code(unit=Unit.objects.get(pk=options["unit"]))
        self.stdout.write(code)
        if options["code_only"]:
            return
        self.stdout.write(f"connectify-agent enroll --server {settings.PUBLIC_URL} --code {code}")
