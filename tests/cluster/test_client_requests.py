"""The requests that change objects: ours are helm 4.3.1's, in its order, byte for byte but for times and versions."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from charthouse.kube.connect import ConnectConfig, resolve
from tests.cluster.conftest import RunningCluster
from tests.cluster.interop import Tool
from tests.cluster.relay import relay

TEMPLATE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: {{ .Values.count }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: a, image: "web:{{ .Values.tag }}", env: [{name: X, value: "{{ .Values.tag }}"}, {name: Z, value: "z"}]}
      {{- if gt (int .Values.count) 2 }}
      - {name: side, image: b}
      {{- end }}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, name: h}{{ if gt (int .Values.count) 2 }}, {port: 81, name: i}{{ end }}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web-{{ .Values.count }}}
data: {tag: "{{ .Values.tag }}"}
"""
STEPS: dict[str, list[list[str]]] = {
    "server-side": [
        ["install", "RELEASE", "CHART"],
        ["upgrade", "RELEASE", "CHART", "--set", "count=3,tag=2"],
        ["upgrade", "RELEASE", "CHART", "--set", "count=1,tag=2"],
        ["rollback", "RELEASE", "2"],
        ["uninstall", "RELEASE"],
    ],
    "client-side": [
        ["install", "RELEASE", "CHART", "--server-side=false"],
        ["upgrade", "RELEASE", "CHART", "--set", "count=3,tag=2"],
        ["upgrade", "RELEASE", "CHART", "--set", "count=1,tag=3", "--force-replace"],
        ["upgrade", "RELEASE", "CHART", "--set", "count=2,tag=4", "--server-side=true"],
        ["rollback", "RELEASE", "2"],
        ["uninstall", "RELEASE"],
    ],
}


@pytest.mark.parametrize("method", list(STEPS))
def test_requests(cluster: RunningCluster, tool: Callable[..., Tool], tmp_path: Path, method: str) -> None:
    if cluster.name == "embedded":
        pytest.skip("a question of the client; asked of the real server")
    chart = tmp_path / "requests"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: requests\nversion: 0.1.0\n")
    (chart / "values.yaml").write_text('count: 2\ntag: "1"\n')
    (chart / "templates" / "all.yaml").write_text(TEMPLATE)
    access = resolve(ConnectConfig(environ={"KUBECONFIG": str(cluster.kubeconfig)}))
    seen = {}
    for name in ("helm4", "charthouse"):
        with relay(access.server, access.token) as between:
            runner = tool(name, HELM_KUBEAPISERVER=between.url)
            for step in STEPS[method]:
                words = [str(chart) if word == "CHART" else "requests" if word == "RELEASE" else word for word in step]
                if step[0] != "install":  # a write that meets a controller's is made again: nobody else may be writing
                    tool("kubectl").run("rollout", "status", "deployment/web", "--timeout=60s")
                runner.run(*words)
            seen[name] = [plain(*request) for request in between.writes if is_object(request[1])]
    assert seen["charthouse"] == seen["helm4"]
    assert len(seen["helm4"]) > 10


def is_object(path: str) -> bool:
    """Records and locks are the tools' own."""
    return "/secrets" not in path and "/leases" not in path


def plain(method: str, path: str, kind: str, body: str) -> tuple[str, str, str, str]:
    """Without what differs between two runs."""
    body = re.sub(r'("resourceVersion":)"\d+"', r'\1"N"', body)
    body = re.sub(r'("path":"/metadata/resourceVersion","value":)"\d+"', r'\1"N"', body)
    return method, path, kind, re.sub(r'"\d{4}-\d\d-\d\dT[\d:]+Z"', '"TIME"', body)
