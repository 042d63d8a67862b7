"""Upgrades by the real Tiller 2.17 and by our cluster of Helm 2's rules, of the same objects edited in the same way:
the same objects come out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.conftest import RunningCluster, peer
from tests.cluster.interop import Tool, fresh
from tests.cluster.tiller2 import helm2_tool, running_tiller

OLD = """
apiVersion: v1
kind: ConfigMap
metadata: {name: kept, annotations: {helm.sh/resource-policy: anything}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: dropped}
data: {a: b}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: same}
data: {a: b}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: edited}
data: {a: '1', b: '1', c: '1'}
---
apiVersion: v1
kind: Service
metadata: {name: service}
spec: {ports: [{port: 80, name: a}, {port: 81, name: b}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: cron}
spec:
  schedule: '0 0 1 1 *'
  jobTemplate:
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}, {name: c, image: d}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec: {containers: [{name: a, image: b, env: [{name: X, value: old}]}]}
"""
NEW = """
apiVersion: v1
kind: ConfigMap
metadata: {name: same}
data: {a: b}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: edited}
data: {a: '1', b: '2'}
---
apiVersion: v1
kind: Service
metadata: {name: service}
spec: {ports: [{port: 90, name: z}, {port: 81, name: b}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: cron}
spec:
  schedule: '0 0 1 1 *'
  jobTemplate:
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}, {name: c, image: e}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec: {containers: [{name: a, image: b, env: [{name: X, value: new}, {name: M, value: more}]}]}
---
apiVersion: v1
kind: Secret
metadata: {name: added}
stringData: {a: b}
"""
HAND = {"spec": {"template": {"spec": {"containers": [{"name": "a", "env": [{"name": "H", "value": "hand"}]}]}}}}
EDITS = (
    ("configmap", "edited", {"data": {"a": "by hand", "d": "by hand"}}),
    ("configmap", "same", {"data": {"a": "by hand"}}),
    ("deployment", "web", HAND),
)


@pytest.fixture(scope="module")
def helm2(cluster: RunningCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tool]:
    if cluster.name == "embedded":
        pytest.skip("the real Tiller is tested on a real cluster")
    home = tmp_path_factory.mktemp("helm2") / "home"
    with running_tiller(peer("tiller2"), cluster.kubeconfig, "kube-system") as address:
        yield helm2_tool(peer("helm2"), address, cluster.kubeconfig, home)


def chart(folder: Path, manifest: str) -> str:
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("name: c\nversion: 0.1.0\n")
    (folder / "templates" / "all.yaml").write_text(manifest)
    return str(folder)


def state(kubectl: Tool, namespace: str) -> dict[str, Any]:
    """The objects of a namespace, what the server adds left out."""
    found = kubectl.json("get", "configmap,secret,service,cronjob,deployment", "-n", namespace)["items"]
    out = {}
    for item in found:
        if item["metadata"]["name"] in ("kube-root-ca.crt", "kubernetes"):
            continue
        metadata = {key: item["metadata"].get(key) for key in ("labels", "annotations", "name")}
        metadata["annotations"] = {
            key: value
            for key, value in (metadata["annotations"] or {}).items()
            if "deployment.kubernetes.io" not in key
        }
        spec = {key: value for key, value in (item.get("spec") or {}).items() if not key.startswith("clusterIP")}
        out[f"{item['kind']}/{item['metadata']['name']}"] = {
            "metadata": metadata,
            "spec": spec,
            "data": item.get("data"),
        }
    return out


def edited(kubectl: Tool, namespace: str) -> None:
    for kind, name, patch in EDITS:
        kubectl.run("patch", kind, name, "-n", namespace, "-p", json.dumps(patch))


def test_the_same_objects_come_out(helm2: Tool, cluster: RunningCluster, kubectl: Tool, tmp_path: Path) -> None:
    from charthouse.actions.ports import ApplyOptions, WaitOptions
    from charthouse.kube.cluster_helm2 import TillerCluster
    from charthouse.kube.connect import ConnectConfig, SystemClock, connect
    from charthouse.logs import silent

    theirs, mine, name = fresh("theirs"), fresh("mine"), fresh("up")
    old, new = chart(tmp_path / "old", OLD), chart(tmp_path / "new", NEW)
    helm2.run("install", old, "--name", name, "--namespace", theirs)
    first = helm2.run("get", "manifest", name).stdout
    edited(kubectl, theirs)
    helm2.run("upgrade", name, new, "--wait", "--timeout", "60")
    second = helm2.run("get", "manifest", name).stdout

    kubectl.run("create", "namespace", mine)
    client = connect(ConnectConfig(environ={}, kubeconfig=str(cluster.kubeconfig)), clock=SystemClock(), log=silent)
    ours, options = TillerCluster(client), ApplyOptions(server_side=False)
    before, after = ours.build(first, mine), ours.build(second, mine)
    ours.execute(ours.plan([], before, options), options, lambda progress: None)
    edited(kubectl, mine)
    ours.execute(ours.plan(before, after, options), options, lambda progress: None)
    ours.wait(after, WaitOptions("legacy", 60), lambda progress: None)
    assert state(kubectl, mine) == state(kubectl, theirs)
    assert {"ConfigMap/kept", "Secret/added"} <= set(state(kubectl, mine))
    assert "ConfigMap/dropped" not in state(kubectl, mine)
