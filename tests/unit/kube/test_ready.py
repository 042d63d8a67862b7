"""When objects are ready: kstatus' rules and Helm 3's. Messages are kstatus' own, Helm prints them."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.kube.errors import KubeError
from charthouse.kube.ready import claim, daemonset, definition, deployment, job, pod, replicaset, service, statefulset
from charthouse.kube.ready.quantity import scaled
from charthouse.kube.ready.status import compute

NOW = 1000.0


def condition(kind: str, status: str, reason: str = "", message: str = "") -> dict[str, str]:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def body(api: str, kind: str, *, spec: Any = None, status: Any = None, **meta: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": meta, "spec": spec or {}, "status": status or {}}


def dep(status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return body("apps/v1", "Deployment", spec={"replicas": 2, **spec}, status=status)


FULL = {"replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
GOOD = [condition("Progressing", "True", "NewReplicaSetAvailable"), condition("Available", "True")]

BALANCER = body("v1", "Service", spec={"type": "LoadBalancer"})


def custom(kind: str, status: str, message: str = "") -> dict[str, Any]:
    return body("x.io/v1", "Foo", status={"conditions": [condition(kind, status, "", message)]})


COMPUTED: list[tuple[dict[str, Any], str, str]] = [
    (dep({}), "InProgress", "Replicas: 0/2"),
    (dep({"replicas": 2}), "InProgress", "Updated: 0/2"),
    (dep({**FULL, "replicas": 3}), "InProgress", "Pending termination: 1"),
    (dep({**FULL, "availableReplicas": 1}), "InProgress", "Available: 1/2"),
    (dep({**FULL, "readyReplicas": 1}), "InProgress", "Ready: 1/2"),
    (dep(FULL, progressDeadlineSeconds=600), "InProgress", "ReplicaSet not Available"),
    (dep(FULL), "InProgress", "Deployment not Available"),
    (dep({**FULL, "conditions": GOOD}), "Current", "Deployment is available. Replicas: 2"),
    (
        dep({"conditions": [condition("Progressing", "False", "ProgressDeadlineExceeded")]}),
        "Failed",
        "Progress deadline exceeded",
    ),
    (
        body("apps/v1", "Deployment", generation=2, status={"observedGeneration": 1}),
        "InProgress",
        "Deployment generation is 2, but latest observed generation is 1",
    ),
    (body("v1", "ConfigMap", deletionTimestamp="x"), "Terminating", "Resource scheduled for deletion"),
    (body("v1", "ConfigMap"), "Current", "Resource is always ready"),
    (body("apps/v1", "StatefulSet", status={"replicas": 1}), "InProgress", "Ready: 0/1"),
    (
        body("apps/v1", "StatefulSet", status={"replicas": 1, "readyReplicas": 1, "currentReplicas": 1}),
        "Current",
        "All replicas scheduled as expected. Replicas: 1",
    ),
    (
        body("apps/v1", "StatefulSet", spec={"updateStrategy": {"type": "OnDelete"}}),
        "Current",
        "StatefulSet is using the ondelete update strategy",
    ),
    (
        body(
            "apps/v1", "StatefulSet", spec={"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 1}}},
            status={"replicas": 3, "readyReplicas": 3, "updatedReplicas": 1},
        ),
        "InProgress",
        "updated: 1/2",
    ),
    (body("apps/v1", "DaemonSet"), "InProgress", "DaemonSet metadata.generation not found"),
    (
        body("apps/v1", "DaemonSet", generation=1, status={"observedGeneration": 1, "desiredNumberScheduled": 2}),
        "InProgress",
        "Current: 0/2",
    ),
    (
        body("apps/v1", "DaemonSet", generation=1, status={"observedGeneration": 1, "desiredNumberScheduled": 0}),
        "Current",
        "All replicas scheduled as expected. Replicas: 0",
    ),
    (body("apps/v1", "ReplicaSet", spec={"replicas": 1}), "InProgress", "Labelled: 0/1"),
    (body("v1", "PersistentVolumeClaim"), "InProgress", "PVC is not Bound. phase: unknown"),
    (body("v1", "PersistentVolumeClaim", status={"phase": "Bound"}), "Current", "PVC is Bound"),
    (BALANCER, "InProgress", "ClusterIP not set. Service type: LoadBalancer"),
    (body("v1", "Service"), "Current", "Service is ready"),
    (body("batch/v1", "Job"), "InProgress", "Job not started"),
    (
        body("batch/v1", "Job", status={"startTime": "x", "active": 1}),
        "Current",
        "Job in progress. success:0, active: 1, failed: 0",
    ),
    (
        body("batch/v1", "Job", status={"failed": 3, "conditions": [condition("Failed", "True")]}),
        "Failed",
        "Job Failed. failed: 3/1",
    ),
    (body("v1", "Pod"), "InProgress", "Pod phase not available"),
    (body("v1", "Pod", status={"phase": "Pending"}), "InProgress", "Pod is in the Pending phase"),
    (body("v1", "Pod", status={"phase": "Failed"}), "Current", "Pod has completed, but not successfully"),
    (
        body(
            "v1", "Pod",
            status={
                "phase": "Running",
                "containerStatuses": [{"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}],
            },
        ),
        "Failed",
        "Containers in CrashLoop state: a",
    ),
    (
        body(
            "v1", "Pod", creationTimestamp="1970-01-01T00:16:30Z",
            status={"phase": "Pending", "conditions": [condition("PodScheduled", "False", "Unschedulable")]},
        ),
        "InProgress",
        "Pod has not been scheduled",
    ),
    (
        body(
            "v1", "Pod", creationTimestamp="1970-01-01T00:16:00Z",
            status={"phase": "Pending", "conditions": [condition("PodScheduled", "False", "Unschedulable")]},
        ),
        "Failed",
        "Pod could not be scheduled",
    ),
    (body("apiextensions.k8s.io/v1", "CustomResourceDefinition"), "InProgress", "Install in progress"),
    (
        body(
            "apiextensions.k8s.io/v1", "CustomResourceDefinition",
            status={"conditions": [condition("NamesAccepted", "False", "C", "names conflict")]},
        ),
        "Failed",
        "names conflict",
    ),
    (body("policy/v1", "PodDisruptionBudget"), "Current", "AllowedDisruptions has been computed."),
    (body("x.io/v1", "Foo"), "Current", "Resource is current"),
    (custom("Ready", "False", "not yet"), "InProgress", "not yet"),
    (custom("Ready", "True"), "Current", "Resource is Ready"),
    (custom("Stalled", "True", "stuck"), "Failed", "stuck"),
    (
        custom("Reconciling", "True", "busy"),
        "InProgress",
        "busy",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("item", "status", "message"), COMPUTED)
def test_kstatus(item: dict[str, Any], status: str, message: str) -> None:
    found = compute(item, NOW)
    assert (found.status, found.message) == (status, message)


def test_an_unknown_phase_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown phase Odd"):
        compute(body("v1", "Pod", status={"phase": "Odd"}), NOW)


def test_hooks_run_to_completion() -> None:
    item = body("v1", "Pod", name="p", status={"phase": "Running"})
    assert pod.hook_status(item).message == "Pod in progress"
    item["status"]["phase"] = "Succeeded"
    assert pod.hook_status(item).message == "pod p succeeded"
    item["status"]["phase"] = "Failed"
    assert (pod.hook_status(item).status, pod.hook_status(item).message) == ("Failed", "pod p failed")
    running = body("batch/v1", "Job", status={"startTime": "x"})
    assert job.completion_status(running).message == "Job in progress"
    done = body("batch/v1", "Job", status={"succeeded": 1, "conditions": [condition("Complete", "True")]})
    assert job.completion_status(done).message == "Job Completed. succeeded: 1/1"


def test_failed_pods_that_say_nothing() -> None:
    assert pod.transient_failure(body("v1", "Pod", deletionTimestamp="x"))
    assert not pod.transient_failure(body("v1", "Pod"))


def test_legacy_deployment() -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {}}
    item = body("apps/v1", "Deployment", spec={"replicas": 3, "template": template}, uid="u", generation=1)
    item["status"] = {"observedGeneration": 1}
    owned = {"metadata": {"labels": {"a": "b", "pod-template-hash": "x"}}, "spec": {}}
    rs = body("apps/v1", "ReplicaSet", spec={"template": owned}, ownerReferences=[{"uid": "u"}], generation=1)
    rs["status"] = {"observedGeneration": 1, "readyReplicas": 2}
    assert deployment.new_replica_set(item, [body("apps/v1", "ReplicaSet", spec={"template": owned}), rs]) is rs
    assert not deployment.legacy_ready(item, None)
    assert not deployment.legacy_ready(item, rs)
    item["spec"]["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "50%", "maxSurge": 1}}
    assert deployment.legacy_ready(item, rs)
    item["status"]["observedGeneration"] = 0
    assert not deployment.legacy_ready(item, rs)
    item["spec"]["paused"] = True
    assert deployment.legacy_ready(item, None)


def test_legacy_others() -> None:
    assert not service.legacy_ready(body("v1", "Service"))
    assert service.legacy_ready(body("v1", "Service", spec={"clusterIP": "None"}))
    assert service.legacy_ready(body("v1", "Service", spec={"type": "ExternalName"}))
    balancer = body("v1", "Service", spec={"type": "LoadBalancer", "clusterIP": "1"})
    assert not service.legacy_ready(balancer)
    assert service.legacy_ready({**balancer, "status": {"loadBalancer": {"ingress": [{}]}}})
    assert claim.legacy_ready(body("v1", "PersistentVolumeClaim", status={"phase": "Bound"}))
    assert job.legacy_ready(body("batch/v1", "Job", spec={"completions": 1}, status={"succeeded": 1}))
    with pytest.raises(KubeError, match="job is failed: n/j"):
        job.legacy_ready(
            body("batch/v1", "Job", spec={"backoffLimit": 0}, status={"failed": 1}, name="j", namespace="n")
        )
    crd = body("x", "CustomResourceDefinition", status={"conditions": [condition("NamesAccepted", "False")]})
    assert definition.legacy_ready(crd)
    ready = body("v1", "Pod", status={"conditions": [condition("Ready", "True")]})
    assert replicaset.legacy_ready(body("apps/v1", "ReplicaSet"), [ready])
    assert not replicaset.legacy_ready(body("apps/v1", "ReplicaSet"), [ready, body("v1", "Pod")])
    rolling = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}}}
    counts = {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberReady": 1}
    assert daemonset.legacy_ready(body("apps/v1", "DaemonSet", spec=rolling, status=counts))
    assert not daemonset.legacy_ready(body("apps/v1", "DaemonSet", spec=rolling, status={**counts, "numberReady": 0}))
    sts = {"updateStrategy": {"type": "RollingUpdate"}, "replicas": 2}
    assert statefulset.legacy_ready(
        body("apps/v1", "StatefulSet", spec=sts, status={"updatedReplicas": 2, "readyReplicas": 2})
    )
    assert not statefulset.legacy_ready(body("apps/v1", "StatefulSet", spec=sts, status={"updatedReplicas": 1}))


def test_scaled() -> None:
    assert [scaled(v, 10, up=True) for v in (3, "25%", "x", None)] == [3, 3, None, None]
    assert scaled("25%", 10, up=False) == 2
