"""Plans and diffs as messages, and back as ``actions.plan.ReleasePlan`` and ``actions.diff.ReleaseDiff``."""

from __future__ import annotations

import json

from charthouse.actions.diff import Change, ReleaseDiff
from charthouse.actions.plan import ReleasePlan, Step
from charthouse.actions.ports import Operation
from charthouse.k8s.objects import ObjectRef, Resource, ResourceType
from charthouse.releases.errors import CodecError
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.releases import from_message, to_message
from charthouse.tiller.v1.structs import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["diff_from_message", "diff_to_message", "plan_from_message", "plan_to_message"]


def plan_to_message(plan: ReleasePlan, verb: str, *, view: int, show_secrets: bool) -> messages.Plan:
    """A plan as `view` tells it (RECORD: all that ``plan_from_message`` needs); the digest is set by ``digests``."""
    record = view == messages.View.RECORD
    out = messages.Plan(verb=verb, base_revision=plan.base.version if plan.base is not None else 0)
    out.release.CopyFrom(to_message(plan.release, view or messages.View.SUMMARY))
    for step in plan.steps:
        made = out.steps.add(kind=step.kind, what=text(step.what))
        made.actions.extend(_action(operation, show_secrets) for operation in step.operations)
    if record:
        if plan.base is not None:
            out.base.CopyFrom(to_message(plan.base, view))
        out.old.extend(_object(entry, show_secrets) for entry in plan.old)
        out.new.extend(_object(entry, show_secrets) for entry in plan.new)
    return out


def plan_from_message(message: messages.Plan) -> ReleasePlan:
    """The plan in a message that was asked for as RECORD. Raises CodecError."""
    try:
        steps = tuple(
            Step(step.kind, step.what, tuple(_operation(action) for action in step.actions)) for step in message.steps
        )
        return ReleasePlan(
            base=from_message(message.base) if message.HasField("base") else None,
            release=from_message(message.release),
            steps=steps,
            old=tuple(map(_resource, message.old)),
            new=tuple(map(_resource, message.new)),
        )
    except (ValueError, RecursionError) as error:
        raise CodecError(f"this is no plan: {error}") from error


def diff_to_message(diff: ReleaseDiff, shown: str, *, view: int, show_secrets: bool) -> messages.Diff:
    """A diff; shown: its text for people."""
    out = messages.Diff(unchanged=diff.unchanged, text=text(shown))
    out.plan.CopyFrom(plan_to_message(diff.plan, "upgrade", view=view, show_secrets=show_secrets))
    for change in diff.changes:
        made = out.changes.add(
            action=change.action,
            api_version=text(change.api_version),
            kind=text(change.kind),
            namespace=text(change.namespace),
            name=text(change.name),
        )
        if change.before is not None:
            made.before = _json(change.before)
        if change.after is not None:
            made.after = _json(change.after)
    return out


def diff_from_message(message: messages.Diff) -> ReleaseDiff:
    """The diff in a message that was asked for as RECORD. Raises CodecError."""
    try:
        changes = tuple(
            Change(
                change.action,
                change.api_version,
                change.kind,
                change.namespace,
                change.name,
                _read(change.before) if change.HasField("before") else None,
                _read(change.after) if change.HasField("after") else None,
            )
            for change in message.changes
        )
        return ReleaseDiff(plan_from_message(message.plan), changes, message.unchanged)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"this is no diff: {error}") from error


def _action(operation: Operation, show_secrets: bool) -> messages.Action:
    out = messages.Action(
        action=operation.action, reason=text(operation.reason), patch_type=str(operation.patch_type or "")
    )
    out.object.CopyFrom(_object(operation.resource, show_secrets))
    if show_secrets or operation.resource.kind != "Secret":
        out.body = _json(operation.body) if operation.body is not None else ""
        out.live = _json(operation.live) if operation.live is not None else ""
    return out


def _operation(message: messages.Action) -> Operation:
    patch: Any = message.patch_type or None
    return Operation(
        message.action,
        _resource(message.object),
        live=_read(message.live) if message.live else None,
        body=_read(message.body) if message.body else None,
        patch_type=patch,
        reason=message.reason,
    )


def _object(resource: Resource, show_secrets: bool) -> messages.Object:
    kind = resource.ref.type
    hidden = resource.kind == "Secret" and not show_secrets
    return messages.Object(
        api_version=text(kind.api_version),
        kind=text(kind.kind),
        plural=text(kind.plural),
        namespaced=kind.namespaced,
        namespace=text(resource.ref.namespace),
        name=text(resource.ref.name),
        object="" if hidden else _json(resource.object),
    )


def _resource(message: messages.Object) -> Resource:
    kind = ResourceType(message.api_version, message.kind, message.plural, message.namespaced)
    value = _read(message.object) if message.object else {}
    return Resource(ObjectRef(kind, message.namespace, message.name), value)


def _json(value: Any) -> str:
    """JSON in ASCII: integers stay integers, floats floats."""
    return json.dumps(value, separators=(",", ":"))


def _read(value: str) -> Any:
    return json.loads(value)
