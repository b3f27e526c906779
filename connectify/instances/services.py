"""Connecting things and configuring instances. Each act of a person is audited."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now

from connectify.audit.services import record_audit
from connectify.domain.errors import Rejected
from connectify.instances.models import Arming, Connection, Instance, InstancePeriod
from connectify.instances.selectors import is_armed
from connectify.sync.models import DirectionState
from connectify.sync.states import set_state
from connectify.users.models import User

State = DirectionState.State


def create_connection(
    *, kind: str, name: str, state: Connection.State = Connection.State.NEW, actor: User | None = None
) -> Connection:
    connection = Connection.objects.create(kind=kind, name=name, state=state)
    record_audit(
        actor=actor,
        action="connection.created",
        object_kind="connection",
        object_id=connection.pk,
        after={"kind": kind, "name": name},
    )
    return connection


def rename_connection(*, connection: Connection, name: str, actor: User | None) -> None:
    """What people call it; what it is stays as it is."""
    before = Connection.objects.select_for_update().get(pk=connection.pk).name
    if before == name:
        return
    Connection.objects.filter(pk=connection.pk).update(name=name)
    record_audit(
        actor=actor,
        action="connection.renamed",
        object_kind="connection",
        object_id=connection.pk,
        before={"name": before},
        after={"name": name},
    )


def create_instance(
    *,
    name: str,
    source: Connection,
    target: Connection,
    interval_s: int = 300,
    settings: dict[str, Any] | None = None,
    role: str = "primary",
    actor: User | None = None,
) -> Instance:
    """An instance that plans, shows and writes nothing: each direction is armed on its own. Opens its first period."""
    instance = Instance.objects.create(
        name=name, source=source, target=target, interval_s=interval_s, settings=settings or {}
    )
    set_period(instance=instance, role=role, active=True)
    _audit(actor, "instance.created", instance, after={"name": name, "interval_s": interval_s, "role": role})
    return instance


def arm(*, instance: Instance, direction: str, actor: User | None) -> None:
    """From now on this direction may write."""
    instance = _locked(instance)
    if is_armed(instance, direction):
        return
    Arming.objects.update_or_create(instance=instance, direction=direction, defaults={"armed_at": Now()})
    _audit(actor, "direction.armed", instance, before={direction: False}, after={direction: True})
    set_state(instance=instance, direction=direction, state=State.PAUSED if instance.paused_at else State.OK)


def disarm(*, instance: Instance, direction: str, actor: User | None) -> None:
    """It goes on planning and showing, and writes no more. What is under way is finished."""
    instance = _locked(instance)
    if not is_armed(instance, direction):
        return
    Arming.objects.filter(instance=instance, direction=direction).update(armed_at=None)
    _audit(actor, "direction.disarmed", instance, before={direction: True}, after={direction: False})
    set_state(instance=instance, direction=direction, state=State.NOT_ARMED)


def pause(*, instance: Instance, actor: User | None, reason: str = "") -> None:
    instance = _locked(instance)
    if instance.paused_at is not None:
        return
    Instance.objects.filter(pk=instance.pk).update(paused_at=Now())
    _keep_period(instance, active=False)
    _audit(actor, "instance.paused", instance, reason=reason)
    for row in DirectionState.objects.filter(instance=instance).exclude(state=State.NOT_ARMED):
        set_state(instance=instance, direction=row.direction, state=State.PAUSED)


def resume(*, instance: Instance, actor: User | None) -> None:
    instance = _locked(instance)
    if instance.paused_at is None:
        return
    Instance.objects.filter(pk=instance.pk).update(paused_at=None)
    _keep_period(instance, active=True)
    _audit(actor, "instance.resumed", instance)
    for row in DirectionState.objects.filter(instance=instance, state=State.PAUSED):
        armed = is_armed(instance, row.direction)
        set_state(instance=instance, direction=row.direction, state=State.OK if armed else State.NOT_ARMED)


def change_instance(*, instance: Instance, name: str, interval_s: int, actor: User | None) -> Instance:
    """Its name and its interval. Whoever schedules by the interval of its instances follows it (the module does)."""
    instance = _locked(instance)
    before = {"name": instance.name, "interval_s": instance.interval_s}
    after = {"name": name, "interval_s": interval_s}
    if before != after:
        instance.name, instance.interval_s = name, interval_s
        instance.save(update_fields=["name", "interval_s"])
        _audit(actor, "instance.changed", instance, before=before, after=after)
    return instance


def save_settings(
    *, instance: Instance, settings: dict[str, Any], actor: User | None, read_version: int | None = None
) -> Instance:
    """Stores settings as a new version. Raises Rejected("settings_changed") when they moved on since `read_version`."""
    current = _locked(instance)
    if read_version is not None and current.settings_version != read_version:
        raise Rejected("settings_changed", version=current.settings_version)
    if current.settings == settings:
        return current
    before = {"version": current.settings_version, "settings": current.settings}
    current.settings = settings
    current.settings_version += 1
    current.save(update_fields=["settings", "settings_version"])
    after = {"version": current.settings_version, "settings": settings}
    _audit(actor, "instance.settings_saved", current, before=before, after=after)
    return current


def set_period(*, instance: Instance, role: str, active: bool) -> None:
    """Closes the open period and opens one, when role or activity differ: billing reads the rows."""
    open_period = InstancePeriod.objects.filter(instance=instance, until__isnull=True).first()
    if open_period is not None and (open_period.role, open_period.active) == (role, active):
        return
    InstancePeriod.objects.filter(instance=instance, until__isnull=True).update(until=Now())
    InstancePeriod.objects.create(instance=instance, role=role, active=active, since=Now())


def _keep_period(instance: Instance, *, active: bool) -> None:
    open_period = InstancePeriod.objects.filter(instance=instance, until__isnull=True).first()
    if open_period is not None:
        set_period(instance=instance, role=open_period.role, active=active)


def _locked(instance: Instance) -> Instance:
    return Instance.objects.select_for_update().get(pk=instance.pk)


def _audit(
    actor: User | None,
    action: str,
    instance: Instance,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    record_audit(
        actor=actor,
        action=action,
        object_kind="instance",
        object_id=instance.pk,
        before=before,
        after=after,
        reason=reason,
    )
