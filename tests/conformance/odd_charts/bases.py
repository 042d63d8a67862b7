"""Sound charts to begin with: small ones, one of every feature, one of Chart API v1, a library, and real ones.

A chart is a dict of paths (below the working directory) and contents: a text, {"base64": …} for bytes,
{"link": target}, None for an empty directory: the form of tests/cli/odd/charts.json.
"""

from __future__ import annotations

import base64
import gzip
import io
import random
import tarfile
from pathlib import Path
from typing import Any

__all__ = ["Files", "base", "content", "data", "unpacked"]

Files = dict[str, Any]

_MINIMAL: Files = {
    "odd/Chart.yaml": "apiVersion: v2\nname: odd\nversion: 0.1.0\n",
    "odd/values.yaml": "a: 1\nb: {c: x}\n",
    "odd/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-x\n"
    "data:\n  v: {{ toJson .Values | quote }}\n  c: {{ toJson .Chart | quote }}\n",
}
_CRD = (
    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\n"
    "spec:\n  group: example.com\n  names: {kind: Thing, plural: things}\n  scope: Namespaced\n"
    "  versions: [{name: v1, served: true, storage: true}]\n"
)
_SUB: Files = {
    "Chart.yaml": "apiVersion: v2\nname: sub\nversion: 0.2.0\ntype: application\n",
    "values.yaml": "own: 1\nglobal: {g: sub}\nexports: {data: {e: 1}}\n",
    "templates/s.yaml": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Chart.Name }}\n"
    "stringData:\n  v: {{ toJson .Values | quote }}\n",
    "templates/NOTES.txt": "sub notes {{ .Values.own }}\n",
    "crds/s.yaml": _CRD.replace("thing", "sub"),
}
_FULL: Files = {
    "odd/Chart.yaml": 'apiVersion: v2\nname: odd\nversion: 1.2.3\nappVersion: "4"\ndescription: all of it\n'
    "type: application\nicon: https://example.com/i.png\nhome: https://example.com\nkubeVersion: '>=1.20.0-0'\n"
    "keywords: [a, b]\nsources: [https://example.com/s]\nmaintainers:\n- name: me\n  email: me@example.com\n"
    "annotations:\n  a/b: c\ndependencies:\n- name: sub\n  version: 0.2.0\n  repository: file://../sub\n"
    "  condition: sub.enabled\n  tags: [t]\n- name: packed\n  version: '>=0'\n  repository: \"\"\n  alias: other\n",
    "odd/Chart.lock": "dependencies:\n- name: sub\n  repository: file://../sub\n  version: 0.2.0\n"
    '- name: packed\n  repository: ""\n  version: 0.3.0\ndigest: sha256:00\n'
    'generated: "2024-01-02T03:04:05.123456789+02:00"\n',
    "odd/values.yaml": "# comment\na: 1\nl: [1, two, 3.5]\nm: {k: v}\ns: text\nn: null\n"
    "sub: {enabled: true}\nglobal: {g: 1}\n",
    "odd/values.schema.json": '{"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}',
    "odd/README.md": "# Odd\n\nA chart.\n",
    "odd/LICENSE": "free\n",
    "odd/.helmignore": "*.bak\n.git/\n",
    "odd/crds/c.yaml": _CRD,
    "odd/templates/_helpers.tpl": '{{- define "odd.name" -}}\n{{ .Release.Name }}-{{ .Chart.Name }}\n{{- end -}}\n',
    "odd/templates/NOTES.txt": "Thanks for {{ .Chart.Name }} {{ .Chart.Version }} as {{ .Release.Name }}.\n",
    "odd/templates/cm.yaml": 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include "odd.name" . }}\n'
    'data:\n  v: {{ toJson .Values | quote }}\n  f: {{ .Files.Get "LICENSE" | quote }}\n',
    "odd/templates/two.yaml": "kind: Service\napiVersion: v1\nmetadata:\n  name: one\n---\napiVersion: apps/v1\n"
    "kind: Deployment\nmetadata:\n  name: two\nspec:\n  selector: {matchLabels: {a: b}}\n"
    "  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}\n",
    "odd/templates/hook.yaml": "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: hook\n  annotations:\n"
    '    "helm.sh/hook": pre-install,post-upgrade\n    "helm.sh/hook-weight": "-5"\nspec: {}\n',
    "odd/templates/tests/t.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\n  annotations:\n"
    '    "helm.sh/hook": test\nspec: {containers: [{name: c, image: i}]}\n',
    **{f"odd/charts/sub/{name}": text for name, text in _SUB.items()},
}
_V1: Files = {
    "odd/Chart.yaml": "apiVersion: v1\nname: odd\nversion: 0.1.0\nappVersion: 1.0\ntillerVersion: '>2'\n"
    "engine: gotpl\n",
    "odd/requirements.yaml": "dependencies:\n- name: sub\n  version: ^0.2\n  repository: https://example.com/r\n"
    "  import-values: [data]\n",
    "odd/requirements.lock": "dependencies:\n- name: sub\n  repository: https://example.com/r\n  version: 0.2.0\n"
    'digest: sha256:11\ngenerated: "2020-01-02T03:04:05Z"\n',
    "odd/values.yaml": "a: 1\n",
    "odd/templates/a.yaml": _MINIMAL["odd/templates/a.yaml"],
    **{f"odd/charts/sub/{name}": text for name, text in _SUB.items() if not name.startswith("crds")},
}
_LIBRARY: Files = {
    "odd/Chart.yaml": "apiVersion: v2\nname: odd\nversion: 0.1.0\ntype: library\n",
    "odd/templates/_lib.tpl": '{{- define "lib" }}x{{ end -}}\n',
}
_UMBRELLA: Files = {
    "odd/Chart.yaml": "apiVersion: v2\nname: odd\nversion: 0.1.0\ndependencies:\n- name: mid\n  version: '*'\n"
    "  repository: file://./charts/mid\n  tags: [front]\n  import-values:\n"
    "  - child: sub.exports.data\n    parent: got\n",
    "odd/values.yaml": "mid: {sub: {own: 7}}\ntags: {front: true}\n",
    "odd/templates/a.yaml": _MINIMAL["odd/templates/a.yaml"],
    "odd/charts/mid/Chart.yaml": "apiVersion: v2\nname: mid\nversion: 1.0.0\ndependencies:\n- name: sub\n"
    "  version: 0.2.0\n  repository: '@none'\n  condition: sub.on,mid.sub.on\n",
    "odd/charts/mid/values.yaml": "m: 1\nsub: {own: 3, on: true}\n",
    "odd/charts/mid/templates/m.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: mid}\n"
    "data: {v: {{ toJson .Values | quote }}}\n",
    **{f"odd/charts/mid/charts/sub/{name}": text for name, text in _SUB.items()},
}


def data(body: bytes) -> Any:
    """Bytes as the content of a file: a text when they are one."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}


def content(value: Any) -> bytes:
    """The bytes of a file's content; none for links and directories."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return base64.b64decode(value["base64"]) if isinstance(value, dict) and "base64" in value else b""


def unpacked(path: Path) -> Files:
    """A chart archive as files below odd/."""
    files: Files = {}
    with tarfile.open(path) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            _, slash, rest = member.name.partition("/")
            if stream is not None and slash:
                files[f"odd/{rest}"] = data(stream.read())
    return files


def _packed() -> bytes:
    """A sound archive of a small chart, as a file of charts/."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, text in (
            ("packed/Chart.yaml", "apiVersion: v2\nname: packed\nversion: 0.3.0\n"),
            ("packed/values.yaml", "p: 1\n"),
            ("packed/templates/p.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: packed-{{ .Values.p }}}\n"),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return gzip.compress(out.getvalue(), mtime=0)


def base(rng: random.Random, created: Files, real: list[Path]) -> Files:
    """One of the charts to begin with. created: what `helm create odd` makes; real: archives of real charts."""
    choice = rng.random()
    if choice < 0.22:
        return dict(_MINIMAL)
    if choice < 0.5:
        return _FULL | {"odd/charts/packed-0.3.0.tgz": data(_packed())}
    if choice < 0.6:
        return dict(_V1)
    if choice < 0.65:
        return dict(_LIBRARY)
    if choice < 0.77:
        return dict(_UMBRELLA)
    if choice < 0.88 or not real:
        return dict(created)
    return unpacked(rng.choice(real))
