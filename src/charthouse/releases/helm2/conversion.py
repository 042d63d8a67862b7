"""Releases as hapi messages and as ours.

Whose rules: helm v2.17.0 pkg/proto/hapi/release, and what Helm 3 calls the same things (helm v3 pkg/release):

    status      DELETED is uninstalled, DELETING uninstalling, PENDING_INSTALL pending-install …
    hooks       RELEASE_TEST_SUCCESS is the event test; RELEASE_TEST_FAILURE and CRD_INSTALL keep their Helm 2 names
                (test-failure, crd-install), which later Helms pass over
    last_run    of a hook: it began and ended then, and succeeded (Helm 2 notes no other)
    config.raw  the user's values, parsed

Both directions together lose nothing: what ours has no place for goes into the release's ``companion``.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.moment import from_nanoseconds
from charthouse.hapi import messages
from charthouse.hapi.errors import Malformed
from charthouse.manifests.hooks import Hook, HookRun
from charthouse.records import replace
from charthouse.releases.errors import CodecError
from charthouse.releases.helm2.charts import chart_from_message, chart_to_message, values_text
from charthouse.releases.helm2.companion import difference
from charthouse.releases.release import Info, Release

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

__all__ = ["EVENTS", "STATUSES", "derived", "release_from_message", "release_to_message", "status_name", "timestamp"]

# Ours → the name of Status.Code.
STATUSES: dict[str, str] = {
    "unknown": "UNKNOWN",
    "deployed": "DEPLOYED",
    "uninstalled": "DELETED",
    "superseded": "SUPERSEDED",
    "failed": "FAILED",
    "uninstalling": "DELETING",
    "pending-install": "PENDING_INSTALL",
    "pending-upgrade": "PENDING_UPGRADE",
    "pending-rollback": "PENDING_ROLLBACK",
}
_CODES = tuple(STATUSES)  # by number
# Hook.Event by its number, as later Helms write them.
EVENTS = (
    "unknown",
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
    "test-failure",
    "crd-install",
)
_POLICIES = ("hook-succeeded", "hook-failed", "before-hook-creation")
_DELETE_TIMEOUT = 60


def status_name(status: str) -> str:
    """What Helm 2 calls a status: the label STATUS."""
    return STATUSES.get(status, "UNKNOWN")


def release_from_message(message: messages.Release) -> Release:
    """Our release, what it has no place for in its ``companion``. Raises CodecError: a release without a name."""
    if not message.name:
        raise CodecError("the record names no release")
    plain = _plain(message)
    return replace(plain, companion=difference(derived(plain), message))


def release_to_message(release: Release) -> messages.Release:
    """The hapi message of a release, its companion worked in. Raises Malformed: texts that are not UTF-8."""
    message = derived(release)
    if release.companion is not None:
        release.companion.apply(message)
    return message


def derived(release: Release) -> messages.Release:
    """The hapi message of what our release itself holds. Raises Malformed."""
    try:
        return _derived(release)
    except UnicodeEncodeError as error:
        raise Malformed(f'release "{release.name}" holds text that is not UTF-8, which Helm 2 refuses') from error


def _derived(release: Release) -> messages.Release:
    info = release.info
    message = messages.Release(
        name=release.name,
        chart=chart_to_message(release.chart),
        config=messages.Config(raw=values_text(release.config)),
        manifest=release.manifest,
        hooks=[_hook_message(hook) for hook in release.hooks],
        version=release.version,
        namespace=release.namespace,
        info=messages.Info(Description=info.description),
    )
    code = _CODES.index(info.status) if info.status in _CODES else 0
    message.info.status.CopyFrom(messages.Status(code=code, notes=info.notes))
    for field in ("first_deployed", "last_deployed", "deleted"):
        moment = getattr(info, field)
        if moment is not None:
            getattr(message.info, field).CopyFrom(timestamp(moment))
    return message


def _plain(message: messages.Release) -> Release:
    info = message.info
    return Release(
        name=message.name,
        namespace=message.namespace,
        version=message.version,
        info=Info(
            first_deployed=_moment(info, "first_deployed"),
            last_deployed=_moment(info, "last_deployed"),
            deleted=_moment(info, "deleted"),
            description=info.Description,
            status=_CODES[info.status.code] if 0 <= info.status.code < len(_CODES) else "unknown",
            notes=info.status.notes,
        ),
        chart=chart_from_message(message.chart),
        config=_values(message.config.raw),
        manifest=message.manifest,
        hooks=tuple(_hook(hook) for hook in message.hooks),
    )


def _values(raw: str) -> dict[str, Any]:
    from charthouse.formats.yaml import load_map

    try:
        return load_map(raw) or {}
    except CharthouseError as error:
        raise CodecError(f"the values of the record cannot be read: {error.message}") from error


def _moment(info: Any, field: str) -> Any:
    if not info.HasField(field):
        return None
    value = getattr(info, field)
    return from_nanoseconds(value.seconds * 10**9 + value.nanos)


def timestamp(moment: datetime) -> messages.Timestamp:
    """The message of a time."""
    from datetime import UTC, datetime

    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    nanos = getattr(moment, "nanosecond", moment.microsecond * 1000)
    return messages.Timestamp(seconds=since.days * 86400 + since.seconds, nanos=nanos)


def _hook(message: messages.Hook) -> Hook:
    ran = _moment(message, "last_run")
    return Hook(
        name=message.name,
        kind=message.kind,
        path=message.path,
        manifest=message.manifest,
        events=tuple(EVENTS[number] for number in message.events if number < len(EVENTS)),
        weight=message.weight,
        delete_policies=tuple(_POLICIES[n] for n in message.delete_policies if n < len(_POLICIES)),
        last_run=HookRun() if ran is None else HookRun(ran, ran, "Succeeded"),
    )


def _hook_message(hook: Hook) -> messages.Hook:
    policies = [_POLICIES.index(policy) for policy in hook.delete_policies if policy in _POLICIES]
    message = messages.Hook(
        name=hook.name,
        kind=hook.kind,
        path=hook.path,
        manifest=hook.manifest,
        events=[EVENTS.index(event) for event in hook.events if event in EVENTS],
        weight=hook.weight,
        delete_policies=policies,
        delete_timeout=_DELETE_TIMEOUT if policies else 0,
    )
    if hook.last_run.completed is not None and hook.last_run.phase == "Succeeded":
        message.last_run.CopyFrom(timestamp(hook.last_run.completed))
    return message
