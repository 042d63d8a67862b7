"""The digest of a plan: equal as long as the same verb would come to the same objects by the same steps.

A chart may render differently each time (random passwords, certificates, dates). The plan is therefore made twice, and
what differs between the two is left out of the digest and counted, so that it can be approved nonetheless.
"""

from __future__ import annotations

import hashlib
import json

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.actions.plan import ReleasePlan

__all__ = ["content", "digest"]

_VARIES = "\0varies"
_OF_THE_SERVER = ("resourceVersion", "managedFields", "uid", "creationTimestamp", "generation")


def content(plan: ReleasePlan, verb: str) -> Any:
    """What a plan comes to, as JSON values: steps, what is sent, hooks, objects, values."""
    release = plan.release
    return {
        "verb": verb,
        "release": [release.namespace, release.name, release.version, release.apply_method],
        "base": None if plan.base is None else [plan.base.version, plan.base.status],
        "chart": [release.chart.metadata.name, release.chart.metadata.version],
        "config": release.config,
        "labels": dict(release.labels),
        "steps": [
            [step.kind, step.what, [_operation(operation) for operation in step.operations]] for step in plan.steps
        ],
        "hooks": [[hook.name, hook.kind, list(hook.events), hook.weight, _documents(hook.manifest)]
                  for hook in release.hooks],
        "objects": [resource.object for resource in plan.new],
    }  # fmt: skip


def digest(first: Any, second: Any) -> tuple[str, int]:
    """The digest of a content that was made twice, and how many values differed."""
    varying = [0]
    common = _common(first, second, varying)
    text = json.dumps(common, sort_keys=True, separators=(",", ":"), default=str)
    return "sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest(), varying[0]


def _operation(operation: Any) -> list[Any]:
    kind = operation.resource.ref
    body = _without_server_fields(operation.body)
    return [operation.action, kind.type.api_version, kind.type.kind, kind.namespace, kind.name, body]


def _without_server_fields(body: Any) -> Any:
    metadata = body.get("metadata") if isinstance(body, dict) else None
    if not isinstance(metadata, dict):
        return body
    return {**body, "metadata": {key: value for key, value in metadata.items() if key not in _OF_THE_SERVER}}


def _documents(manifest: str) -> Any:
    """A hook's manifest as data, so that one value that varies does not hide the others."""
    from charthouse.formats.yaml import load_map

    try:
        return load_map(manifest)
    except CharthouseError:
        return manifest


def _common(one: Any, other: Any, varying: list[int]) -> Any:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return {key: _common(value, other[key], varying) for key, value in one.items()}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [_common(*pair, varying) for pair in zip(one, other, strict=True)]
    if type(one) is type(other) and one == other:
        return one
    varying[0] += 1
    return _VARIES
