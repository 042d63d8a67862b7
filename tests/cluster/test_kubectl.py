"""The real kubectl on both clusters: what a user does by hand beside a release."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.cluster.interop import Tool

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: "example.org/web:1", ports: [{containerPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""


def _described(kubectl: Tool, space: tuple[str, ...]) -> str:
    """The deployment with its events, which controllers write some time after they have acted."""
    for _ in range(60):
        text = kubectl.run("describe", "deployment/web", *space).stdout
        if "Events:          <none>" not in text:
            return text
        time.sleep(0.5)
    return text


def test_a_deployment_by_hand(kubectl: Tool, tmp_path: Path) -> None:
    space = ("-n", "by-hand")
    kubectl.run("create", "namespace", "by-hand")
    kubectl.run("wait", "serviceaccount/default", "--for=create", *space, "--timeout=30s")
    manifest = tmp_path / "web.yaml"
    manifest.write_text(WEB.replace("REPLICAS", "2"))
    assert kubectl.run("apply", "-f", str(manifest), *space).stdout.splitlines() == [
        "deployment.apps/web created",
        "service/web created",
    ]
    done = kubectl.run("rollout", "status", "deployment/web", *space, "--timeout=60s").stdout
    assert 'deployment "web" successfully rolled out' in done
    kubectl.run("wait", "deployment/web", "--for=condition=Available", *space, "--timeout=30s")
    rows = kubectl.run("get", "deployments", *space).stdout.splitlines()
    assert rows[0].split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert rows[1].split()[:4] == ["web", "2/2", "2", "2"]
    described = _described(kubectl, space)
    assert "Replicas:               2 desired | 2 updated | 2 total | 2 available | 0 unavailable" in described
    assert "Scaled up replica set" in described
    pods = json.loads(kubectl.run("get", "pods", "-l", "app=web", "-o", "json", *space).stdout)["items"]
    assert "Node:" in kubectl.run("describe", "pod", pods[0]["metadata"]["name"], *space).stdout

    manifest.write_text(WEB.replace("REPLICAS", "3"))
    assert kubectl.run("apply", "-f", str(manifest), *space).stdout.splitlines() == [
        "deployment.apps/web configured",
        "service/web unchanged",
    ]
    kubectl.run("rollout", "status", "deployment/web", *space, "--timeout=60s")
    assert kubectl.run("get", "deployment/web", "-o", "jsonpath={.status.readyReplicas}", *space).stdout == "3"
    assert "deleted" in kubectl.run("delete", "-f", str(manifest), *space, "--wait").stdout
    kubectl.run("wait", "pods", "--all", "--for=delete", *space, "--timeout=60s")
    assert kubectl.run("get", "deployments,services,pods", *space).stdout == ""
    kubectl.run("delete", "namespace", "by-hand", "--timeout=60s")
