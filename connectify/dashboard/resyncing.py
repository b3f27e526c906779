"""What it takes to read and plan an instance again: modules register it for their kind of source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectify.dashboard.explanations import Text
from connectify.instances.models import Instance
from connectify.users.models import User


@dataclass(frozen=True)
class Resync:
    """`flows`: what can be chosen, "" being all of them. `run(instance, flow, actor, reason)`."""

    flows: Mapping[str, Text]
    run: Callable[[Instance, str, User, str], None]


_resyncs: dict[str, Resync] = {}


def register_resync(source_kind: str, resync: Resync) -> None:
    """Idempotent by the kind of an instance's source ("allegro.account")."""
    _resyncs[source_kind] = resync


def resync_of(instance: Instance) -> Resync | None:
    return _resyncs.get(instance.source.kind)
