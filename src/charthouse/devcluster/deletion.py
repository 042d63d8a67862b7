"""What a deletion asks for: preconditions, propagation, the time a pod has to end.

Rules: apiserver/pkg/registry/rest/delete.go and pkg/registry/generic/registry/store.go v0.37.2; job and pod strategies
of k8s.io/kubernetes v1.37.2.
"""

from __future__ import annotations

from charthouse.devcluster.failures import conflict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.objects import Options
    from charthouse.devcluster.resources import Kind

    Object = dict[str, Any]

__all__ = ["check_preconditions", "deletion_finalizers", "grace_period"]

DEFAULT_ORPHANS = {("batch", "Job"), ("", "ReplicationController")}


def check_preconditions(kind: Kind, old: Object, wanted: Object) -> None:
    meta = old["metadata"]
    if wanted.get("uid") and wanted["uid"] != meta["uid"]:
        text = (
            f"the UID in the precondition ({wanted['uid']}) does not match the UID in record ({meta['uid']}). "
            "The object might have been deleted and then recreated"
        )
        raise conflict(kind.group, kind.kind, meta["name"], text)
    if wanted.get("resourceVersion") and wanted["resourceVersion"] != meta["resourceVersion"]:
        text = (
            f"the ResourceVersion in the precondition ({wanted['resourceVersion']}) does not match the "
            f"ResourceVersion in record ({meta['resourceVersion']}). The object might have been modified"
        )
        raise conflict(kind.group, kind.kind, meta["name"], text)


def deletion_finalizers(kind: Kind, meta: Object, asked: Object, options: Options) -> list[str]:
    policy = asked.get("propagationPolicy")
    if policy is None and asked.get("orphanDependents") is not None:
        policy = "Orphan" if asked["orphanDependents"] else "Background"
    if policy is None and (kind.group, kind.kind) in DEFAULT_ORPHANS:
        policy = "Orphan"
        if kind.kind == "Job":
            options.warnings.append(
                "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to "
                "remove them or set propagationPolicy=Orphan to suppress this warning"
            )
    special = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}
    kept = [f for f in meta.get("finalizers") or () if policy is None or f not in special.values()]
    if policy in special:
        kept.append(special[policy])
    return kept


def grace_period(kind: Kind, old: Object, asked: Object) -> int:
    """Seconds a pod has to end; other kinds go at once."""
    if (kind.group, kind.kind) != ("", "Pod"):
        return 0
    spec, status = old["spec"], old.get("status") or {}
    if not spec.get("nodeName") or status.get("phase") in ("Succeeded", "Failed"):
        return 0
    grace = asked.get("gracePeriodSeconds")
    if grace is None:
        grace = spec.get("terminationGracePeriodSeconds", 30)
    return max(int(grace), 0)
