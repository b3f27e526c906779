"""The registry of pipelines. Modules register theirs when Django starts; the engine knows none by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectify.sync.leases import Lease


@dataclass(frozen=True)
class Pipeline:
    """One flow of work on resources of one kind.

    `run` gets the lease and returns counts for the run's row. One count steers the engine and is not kept:
    `again_in_s` asks for the next run in so many seconds instead of at the next slot (the earliest of several wins).
    `lease_s` shortens the lease of the kind where a vanished worker must be followed sooner than usual.
    `crash_points` are reached right after the lease was taken and right after it was released.
    """

    name: str
    resource_kind: str
    run: Callable[[Lease], dict[str, int]]
    crash_points: tuple[str, str] | None = None
    lease_s: float | None = None


_pipelines: dict[str, Pipeline] = {}


def register(pipeline: Pipeline) -> None:
    """Registering again under the same name replaces."""
    _pipelines[pipeline.name] = pipeline


def pipelines_of(kind: str) -> list[Pipeline]:
    """In the order they were registered."""
    return [pipeline for pipeline in _pipelines.values() if pipeline.resource_kind == kind]
