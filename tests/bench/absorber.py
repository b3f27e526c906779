"""Absorbs the export that waits, in a process of its own, and prints how many megabytes it took above idle.

python -m tests.bench.absorber TENANT UNIT EPOCH
"""

from __future__ import annotations

import re
import sys
import uuid
from pathlib import Path


def main(tenant: str, unit: str, epoch: str) -> None:
    import django

    django.setup()
    from connectify.clock import now
    from connectify.sync.leases import Lease
    from pohoda_bridge.server.mirror import absorbing
    from pohoda_bridge.server.mirror.models import MirrorRead
    from pohoda_bridge.server.units import RESOURCE_KIND

    lease = Lease(RESOURCE_KIND, uuid.UUID(unit), uuid.UUID(tenant), int(epoch), "bench", now(), 300)
    with lease.transaction():
        read = MirrorRead.objects.get()
    idle = _kilobytes("VmRSS")
    with lease.transaction():
        absorbing.absorb(read)
    print((_kilobytes("VmHWM") - idle) / 1000)


def _kilobytes(name: str) -> int:
    """Of this process now (VmRSS) or at the most so far (VmHWM). Linux only."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
