"""Two lanes: the same steps by Helm in one namespace and by charthouse in another, looked at after every step.

A story is text, one command a line. The first word says who acts: ``it`` (helm 4.3.1 in the first lane, charthouse in
the second), ``helm3`` or ``helm4`` (the real one in both lanes), ``kubectl``. ``@NS`` is the lane's namespace,
``@CHARTS`` the folder of charts, ``@TMP`` a folder of the lane; what ``kubectl`` does must succeed. After each
step three things must be equal: what was said, the decoded records, the live objects with their managed fields.
"""

from __future__ import annotations

import base64
import difflib
import gzip
import json
import re
import shlex
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.cluster.interop import Tool
from tests.cluster.sameness import MASKS, Said, said

CHARTS = Path(__file__).parent / "charts"
PATHS = {
    "/api/v1": ["configmaps", "secrets", "services", "serviceaccounts", "persistentvolumeclaims", "pods"],
    "/apis/apps/v1": ["deployments", "statefulsets", "daemonsets"],
    "/apis/batch/v1": ["jobs", "cronjobs"],
    "/apis/autoscaling/v2": ["horizontalpodautoscalers"],
    "/apis/policy/v1": ["poddisruptionbudgets"],
    "/apis/networking.k8s.io/v1": ["ingresses", "networkpolicies"],
    "/apis/rbac.authorization.k8s.io/v1": ["roles", "rolebindings"],
    "/apis/estuary.example.org/v1": ["reeds"],
}
WIDE = [
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "/apis/scheduling.k8s.io/v1/priorityclasses",
    "/apis/estuary.example.org/v1alpha1/marshes",
]
READS = ("list", "status", "get", "history")
VOLATILE = ("uid", "resourceVersion", "creationTimestamp", "selfLink", "deletionTimestamp")
OF_SERVER = ("kube-root-ca.crt", "default")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
KUBE_TOKEN = re.compile(r"kube-api-access-\w{5}")

MORE = (
    (re.compile(r"(?m)^[IWE]\d{4} \d\d:.*\n"), ""),  # client-go's own log of a watch that Helm ends
    (re.compile(r"(resourceVersion\W+)\d+"), r"\1<n>"),
    (re.compile(r"(?m)^NAME  CREATED AT\n"), ""),  # left out by Helm where two kinds that follow each other share it
    (KUBE_TOKEN, "kube-api-access"),
    (re.compile(r"(-tides)-[a-z0-9]{5}\b"), r"\1-<pod>"),
    (re.compile(r"(?m)(HorizontalPodAutoscaler/|StatefulSet/|cpu: <unknown>/70%.*)  \d+  <age>"), r"\1 <n> <age>"),
)


@dataclass
class Lane:
    """One lane: who `it` is there, the namespace, and what was said and seen at each step."""

    it: Tool
    namespace: str
    peers: dict[str, Tool]
    folder: Path
    connection: HTTPConnection
    saw: list[tuple[Said, Any]] = field(default_factory=list)

    def step(self, line: str) -> None:
        who, *arguments = shlex.split(line)
        arguments = [a.replace("@CHARTS", str(CHARTS)).replace("@TMP", str(self.folder)) for a in arguments]
        if who == "kubectl":
            done = said(self.peers["kubectl"], arguments, self.namespace)
            assert done.status == 0, (line, done)
            self.saw.append((Said(0, "", ""), self.look()))
            return
        tool = self.it if who == "it" else self.peers[who]
        heard = said(tool, [*arguments], self.namespace)
        assert "Traceback" not in heard.error, (line, heard.error)
        heard = Said(heard.status, self.masked(heard.out), self.masked(heard.error))
        self.saw.append((heard, self.saw[-1][1] if arguments[0] in READS and self.saw else self.look()))

    def masked(self, text: str) -> str:
        text = UUID.sub("<uuid>", text.replace(str(self.folder), "<tmp>"))
        for pattern, instead in MORE:
            text = pattern.sub(instead, text)
        return text

    def look(self) -> dict[str, Any]:
        """Every object of the lane by kind and name, records decoded."""
        seen = {}
        for group, plurals in PATHS.items():
            for plural in plurals:
                for namespace in (self.namespace, f"{self.namespace}-far"):
                    for item in self.items(f"{group}/namespaces/{namespace}/{plural}"):
                        if ours(item):
                            seen[self.label(item)] = self.strip(item)
        for path in WIDE:
            for item in self.items(path):
                if item["metadata"]["name"].startswith(f"{self.namespace}-"):
                    seen[self.label(item)] = self.strip(item)
        return seen

    def items(self, path: str) -> list[dict[str, Any]]:
        """The objects of one kind, kind and apiVersion written into each as `kubectl get` does."""
        for _ in range(50):
            self.connection.request("GET", path)
            answer = self.connection.getresponse()
            text = answer.read()
            if answer.status in (200, 404):
                break
            time.sleep(0.2)  # the store of a new custom kind is being made
        if answer.status == 404:
            return []
        document = json.loads(text)
        head = {"apiVersion": document["apiVersion"], "kind": document["kind"].removesuffix("List")}
        return [{**head, **item} for item in document["items"]]

    def label(self, item: dict[str, Any]) -> str:
        where = item["metadata"].get("namespace", "")
        name = item["metadata"]["name"]
        if "generateName" in item["metadata"]:
            name = item["metadata"]["generateName"] + "*"
        return f"{item['kind']} {where}/{name}".replace(self.namespace, "<ns>")

    def strip(self, item: dict[str, Any]) -> Any:
        metadata = item["metadata"]
        if (metadata.get("labels") or {}).get("owner") == "helm":
            raw = item["data"]["release"]
            raw = base64.b64decode(raw) if item["kind"] == "Secret" else raw.encode()
            item["data"] = json.loads(gzip.decompress(base64.b64decode(raw)))
        item.pop("status", None)
        for key in VOLATILE:
            metadata.pop(key, None)
        if "charthouse.dev/findings" in (metadata.get("annotations") or {}):
            del metadata["annotations"], metadata["managedFields"][0]["fieldsV1"]["f:metadata"]["f:annotations"]
        if "generateName" in metadata:
            metadata.pop("name")
        fields = metadata.pop("managedFields", [])
        metadata["managedFields"] = sorted(
            [{k: v for k, v in f.items() if k != "time"} for f in fields if f.get("subresource") != "status"],
            key=lambda f: (
                f["manager"],
                f["operation"],
                f.get("subresource", ""),
                json.dumps(f.get("fieldsV1"), sort_keys=True),
            ),
        )
        text = (
            UUID.sub("<uuid>", KUBE_TOKEN.sub("kube-api-access", json.dumps(item)))
            .replace(self.namespace, "<ns>")
            .replace(str(self.folder), "<tmp>")
        )
        for pattern, instead in MASKS[:-2]:
            text = pattern.sub(instead, text)
        return json.loads(text)


def ours(item: dict[str, Any]) -> bool:
    metadata = item["metadata"]
    if metadata.get("ownerReferences") and item["kind"] in ("Pod", "Job"):
        return False
    return metadata["name"] not in OF_SERVER


def differences(path: str, theirs: Any, ours_: Any) -> list[str]:
    """Where two documents differ, a line each."""
    if type(theirs) is type(ours_) and isinstance(theirs, dict):
        out = []
        for key in sorted({*theirs, *ours_}):
            if key not in theirs:
                out.append(f"{path}.{key}: only charthouse: {str(ours_[key])[:300]}")
            elif key not in ours_:
                out.append(f"{path}.{key}: only helm: {str(theirs[key])[:300]}")
            else:
                out.extend(differences(f"{path}.{key}", theirs[key], ours_[key]))
        return out
    if isinstance(theirs, list) and isinstance(ours_, list) and len(theirs) == len(ours_):
        return [
            d for i, (a, b) in enumerate(zip(theirs, ours_, strict=True)) for d in differences(f"{path}[{i}]", a, b)
        ]
    return (
        []
        if theirs == ours_
        else [f"{path}:\n    helm       {str(theirs)[:700]!r}\n    charthouse {str(ours_)[:700]!r}"]
    )


def compare(first: Lane, second: Lane, lines: list[str]) -> list[str]:
    """Plays the story in both lanes; returns each step that differed, and how."""
    out = []
    seen: set[str] = set()
    for number, line in enumerate(lines):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Lane.step, (first, second), (line, line)))
        (theirs, before), (ours_, after) = first.saw[-1], second.saw[-1]
        found = []
        for part in ("status", "out", "error"):
            a, b = getattr(theirs, part), getattr(ours_, part)
            if a != b:
                rows = difflib.unified_diff(
                    str(a).split("\n"), str(b).split("\n"), "helm", "charthouse", lineterm="", n=2
                )
                found.append(f"{part}:\n" + "\n".join(rows))
        news = [d for d in differences("", before, after) if d not in seen]
        seen.update(news)
        found += news
        if found:
            out.append(f"$ [{number}] {line}\n" + "\n".join(found))
    return out


__all__ = ["CHARTS", "Lane", "compare"]
