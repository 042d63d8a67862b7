"""Damage to templates, CRDs and hooks: what they render to, what they are called, what is in them."""

from __future__ import annotations

import random

from tests.conformance.odd_charts.bases import Files
from tests.conformance.odd_charts.pools import pool

__all__ = ["MUTATIONS"]

_NAMES = pool("templates.names")
_BODIES = pool("templates.bodies")
_KINDS = pool("templates.kinds")
_APIS = pool("templates.apis")
_OBJECT_NAMES = pool("templates.object_names")
_HOOKS = pool("templates.hooks")
_WEIGHTS = pool("templates.weights")
_POLICIES = pool("templates.policies")


def _place(rng: random.Random, name: str) -> str:
    return f"odd/{rng.choice(('templates', 'templates', 'templates', 'templates', 'charts/sub/templates'))}/{name}"


def _path(rng: random.Random, files: Files, name: str) -> str:
    path = _place(rng, name)
    return path if "sub/templates" not in path or "odd/charts/sub/Chart.yaml" in files else f"odd/templates/{name}"


def _added(rng: random.Random, files: Files) -> str:
    path = _path(rng, files, rng.choice(_NAMES))
    files[path] = rng.choice(_BODIES)
    return f"{path} {files[path]!r}"


def _object(rng: random.Random, files: Files) -> str:
    lines = []
    if rng.random() < 0.9:
        lines.append(f"apiVersion: {rng.choice(_APIS)}\n")
    if rng.random() < 0.9:
        lines.append(f"kind: {rng.choice(_KINDS)}\n")
    if rng.random() < 0.9:
        extra = rng.choice(
            (
                "",
                "",
                "  namespace: other\n",
                "  labels: {a: 1}\n",
                "  annotations: x\n",
                "  annotations: null\n",
                "  annotations: {a: 1}\n",
                "  annotations: {1: b}\n",
                "  labels: null\n",
                "  generateName: g-\n",
                "  name: twice\n",
            )
        )
        lines.append(f"metadata:\n  name: {rng.choice(_OBJECT_NAMES)}\n{extra}")
    else:
        lines.append(rng.choice(("", "metadata: null\n", "metadata: []\n", "metadata: x\n", "metadata: {}\n")))
    lines.append(
        rng.choice(
            (
                "",
                "",
                "spec: {}\n",
                "spec: null\n",
                "spec: {selector: {matchLabels: null}}\n",
                "spec: {template: {}}\n",
                "items: []\n",
                "items: [{kind: ConfigMap}]\n",
                "items: x\n",
                "items: [{apiVersion: v1, kind: Secret, metadata: {name: in}}]\n",
                "data: {a: 1}\n",
                "status: {}\n",
            )
        )
    )
    rng.shuffle(lines)
    body = "".join(lines)
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        body += rng.choice(
            (
                "---\n",
                "--- \n",
                "---   # x\n",
                "\n---\n\n",
                "---\n# c\n---\n",
                "----\n",
                "---x\n",
                " ---\n",
                "---\r\n",
                "...\n",
            )
        ) + rng.choice((body, "kind: Secret\napiVersion: v1\nmetadata: {name: s}\n", "# c\n", "", "a: {\n"))
    path = _path(rng, files, rng.choice(_NAMES[:3] if rng.random() < 0.8 else _NAMES))
    files[path] = body
    return f"{path} {body!r}"


def _hook(rng: random.Random, files: Files) -> str:
    lines = []
    for key, words in (
        ("hook", _HOOKS),
        ("hook-weight", _WEIGHTS),
        ("hook-delete-policy", _POLICIES),
        ("hook-output-log-policy", _POLICIES),
        ("resource-policy", ("keep", "nope", "1", "delete")),
    ):
        if key == "hook" or rng.random() < 0.3:
            lines.append(f'    "helm.sh/{key}": {rng.choice(words)}\n')
    kind, name = rng.choice(("Job", "Job", "Pod", "ConfigMap", "Nope")), rng.choice(("h", "hook", "H", ""))
    head = f"apiVersion: batch/v1\nkind: {kind}\nmetadata:\n  name: {name}\n  annotations:\n"
    body = head + "".join(lines)
    path = _path(
        rng, files, rng.choice(("h.yaml", "hook.yaml", "tests/h.yaml", "h.txt", "_h.yaml", "zh.yml", "NOTES.txt"))
    )
    files[path] = body if rng.random() < 0.7 else f"{body}---\n{body}"
    return f"{path} {body!r}"


def _crd(rng: random.Random, files: Files) -> str:
    path = rng.choice(
        (
            "odd/crds/b.yaml",
            "odd/crds/b.txt",
            "odd/crds/a/b.yaml",
            "odd/crds/_b.yaml",
            "odd/crds/.b.yaml",
            "odd/crds/b.json",
            "odd/crds/README.md",
            "odd/charts/sub/crds/z.yaml",
            "odd/crds/é.yml",
            "odd/crds/b.tpl",
        )
    )
    files[path] = rng.choice(
        (
            *_BODIES[:30],
            "kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1beta1\nmetadata: {name: z}\n",
            "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n",
            "kind: CustomResourceDefinition\n",
            "apiVersion: apiextensions.k8s.io/v1\n",
            "kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\nmetadata: {name: z}\n"
            "---\nkind: Pod\napiVersion: v1\n",
            "kind: [a]\napiVersion: v1\n",
            "---\n# c\n---\nkind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\n",
            "\udcff: 1\n",
            "kind: CustomResourceDefinition\r\napiVersion: apiextensions.k8s.io/v1\r\n",
            "a: " + "x" * 5000 + "\n",
            "no end",
            "kind: customresourcedefinition\napiVersion: apiextensions.k8s.io/v1\nmetadata: {name: z}\n\n\n",
        )
    )
    if rng.random() < 0.05:
        for name in [name for name in files if name.startswith("odd/crds/")]:
            del files[name]
        files["odd/crds"] = rng.choice(("a file\n", {"link": "templates"}, {"link": "nope"}))
        path = "odd/crds"
    return f"{path} {files[path]!r}"[:200]


def _gone(rng: random.Random, files: Files) -> str:
    what = rng.choice(
        ("odd/templates/", "odd/templates/", "odd/charts/", "odd/crds/", "odd/README.md", "odd/templates/_")
    )
    for name in [name for name in files if name.startswith(what)]:
        del files[name]
    if rng.random() < 0.3 and what.endswith("/"):
        files[what.rstrip("/")] = rng.choice((None, "a file\n", {"link": "nope"}, {"link": "values.yaml"}))
    return f"no {what}"


def _notes(rng: random.Random, files: Files) -> str:
    path = _path(rng, files, rng.choice(("NOTES.txt", "NOTES.txt", "sub/NOTES.txt", "xNOTES.txt", "NOTES.txt.tpl")))
    files[path] = rng.choice(
        (
            "",
            "\n\n",
            "  text  ",
            "text",
            "{{ nope }}",
            '{{ fail "n" }}',
            "{{ .Values.q.z }}",
            "a: {\n",
            "kind: Pod\n",
            "---\nx\n",
            "{{ .Release.Namespace }}\n\n\n",
            "\udcff",
            "é {{ .Values.a }}\n",
            "\r\n x\r\n",
            '{{- "" -}}',
            "x" * 300,
        )
    )
    return f"{path} {files[path]!r}"


def _readme(rng: random.Random, files: Files) -> str:
    files.pop("odd/README.md", None)
    path = rng.choice(
        (
            "odd/README.md",
            "odd/readme.txt",
            "odd/Readme.MD",
            "odd/README",
            "odd/readme.md",
            "odd/README.rst",
            "odd/docs/README.md",
            "odd/ReadMe.txt",
        )
    )
    files[path] = rng.choice(("", "text", "# R\n\n", "\udcff\n", "\ufeffx\n", "a\r\nb\r\n", "{{ x }}\n", "---\n"))
    return f"{path} {files[path]!r}"


MUTATIONS = (_added, _added, _added, _object, _object, _object, _hook, _crd, _gone, _notes, _readme)
