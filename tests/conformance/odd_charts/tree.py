"""Damage to the directory: charts/, .helmignore, links, files where directories belong and the other way round."""

from __future__ import annotations

import random

from tests.conformance.odd_charts.archives import archive, damaged_archive, plain_members
from tests.conformance.odd_charts.bases import Files
from tests.conformance.odd_charts.pools import pool

__all__ = ["MUTATIONS"]

_IGNORE = pool("tree.ignore")
_LINKS = pool("tree.links")
_PATHS = pool("tree.paths")


def _drop(files: Files, path: str) -> None:
    for name in [name for name in files if name == path or name.startswith(path + "/")]:
        del files[name]


def _parts_are_directories(files: Files, path: str) -> bool:
    parts = path.split("/")
    return all("/".join(parts[:i]) not in files or files["/".join(parts[:i])] is None for i in range(1, len(parts)))


def _ignore(rng: random.Random, files: Files) -> str:
    path = rng.choice(("odd/.helmignore", "odd/.helmignore", "odd/.helmignore", "odd/charts/sub/.helmignore"))
    files[path] = "".join(rng.choice(_IGNORE) for _ in range(rng.choice((1, 1, 2))))
    return f"{path} {files[path][:60]!r}"


def _link(rng: random.Random, files: Files) -> str:
    path = "odd/" + rng.choice(_PATHS)
    if not _parts_are_directories(files, path):
        return "no link"
    target = rng.choice(_LINKS) or "nope"
    _drop(files, path)
    files[path] = {"link": target if target != "self" else path.rpartition("/")[2]}
    if "other" in target:
        files["other.yaml"] = "a: 9\n"
    return f"{path} -> {target}"


def _directory(rng: random.Random, files: Files) -> str:
    path = "odd/" + rng.choice(_PATHS)
    if not _parts_are_directories(files, path):
        return "no directory"
    _drop(files, path)
    files[path] = None
    if rng.random() < 0.4:
        del files[path]
        files[f"{path}/x.yaml"] = "a: b\n"
    return f"{path}/"


def _file(rng: random.Random, files: Files) -> str:
    path = rng.choice(("odd/templates", "odd/charts", "odd/crds", "odd/charts/sub", "odd/templates/tests", "odd"))
    _drop(files, path)
    files[path] = rng.choice(("", "text\n", "apiVersion: v2\nname: odd\nversion: 0.1.0\n"))
    return f"{path} is a file"


def _inner(rng: random.Random, files: Files) -> str:
    name = rng.choice(
        (
            "sub2",
            "_x",
            ".x",
            "x",
            "sub-0.2.0",
            "sub",
            "Sub",
            "a b",
            "é",
            "x.tgz",
            "x.prov",
            "x.txt",
            "README.md",
            "templates",
            "charts",
        )
    )
    prefix = f"odd/charts/{name}"
    _drop(files, prefix)
    if not _parts_are_directories(files, prefix + "/x"):
        return "no inner chart"
    how = rng.randrange(7)
    inner = rng.choice((name, "sub", "other", "odd", "packed", ""))
    if how == 0:
        files[prefix] = rng.choice(("", "text\n", "\udcff"))
    elif how == 1:
        files[f"{prefix}/templates/x.yaml"] = "a: b\n"
    elif how == 2:
        files[f"{prefix}/Chart.yaml"] = rng.choice(
            (
                "",
                "name: x\n",
                "a: {",
                "apiVersion: v2\nname: a/b\nversion: 1\n",
                "apiVersion: v3\nname: x\nversion: 1.0.0\n",
                "apiVersion: v2\nname: x\nversion: x\n",
            )
        )
    elif how == 3:
        files[prefix] = None
    else:
        files[f"{prefix}/Chart.yaml"] = (
            f"apiVersion: {rng.choice(('v1', 'v2', 'v2'))}\nname: {inner}\nversion: 0.{how}.0\n"
            f"type: {rng.choice(('library', 'application', 'nope', ''))}\n"
        )
        files[f"{prefix}/values.yaml"] = rng.choice(
            ("i: 1\n", "global: {z: 1}\n", "[]\n", "exports: {data: {x: 1}}\n", "")
        )
        files[f"{prefix}/templates/i.yaml"] = rng.choice(
            (
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: i}\n",
                "{{ nope }}",
                "x: {{ .Values.i }}\n",
                "{{ .Values.q.z }}",
                '{{ include "odd.name" . }}: 1\n',
                "a: {\n",
            )
        )
        if how == 6:
            files[f"{prefix}/charts/deep/Chart.yaml"] = rng.choice(
                ("apiVersion: v2\nname: deep\nversion: 0.1.0\n", "bad: {", "")
            )
    return f"{prefix} ({how})"


def _inner_archive(rng: random.Random, files: Files) -> str:
    name = rng.choice(
        (
            "packed-0.3.0.tgz",
            "sub-0.2.0.tgz",
            "x.tgz",
            "sub-9.0.0.tgz",
            "sub-x.tgz",
            "packed-0.4.0.tgz",
            "sub.tar.gz",
            "_x.tgz",
            ".x.tgz",
            "x.TGZ",
            "sub-0.2.0.tgz.prov",
            "sub-0.2.0-rc.1.tgz",
            "packed-sub-0.3.0.tgz",
        )
    )
    path = f"odd/charts/{name}"
    if not _parts_are_directories(files, path):
        return "no inner archive"
    if rng.random() < 0.4:
        files[path], told = damaged_archive(rng, plain_members("packed", "0.3.0"))
    else:
        chart, version = rng.choice(("packed", "sub", "other", "x")), rng.choice(("0.3.0", "0.2.0", "9.0.0", "x", ""))
        files[path], told = archive(plain_members(chart, version)), f"{chart} {version}"
    return f"{path} {told}"


def _odd_file(rng: random.Random, files: Files) -> str:
    path = "odd/" + rng.choice(
        (
            "x y.txt",
            "é.txt",
            ".hidden",
            "a\nb",
            "templates.txt",
            "files/a.bin",
            "CHART.YAML",
            "Values.yaml",
            "templates/charts/x.yaml",
            "charts.txt",
            "-x",
            "*.txt",
            "[x].yaml",
            "\\x",
            "a:b",
            "values.schema.yaml",
            "tests/t.yaml",
            "ci/v.yaml",
            "requirements.yaml",
            "odd-0.1.0.tgz",
            "sub/Chart.yaml",
        )
    )
    if not _parts_are_directories(files, path):
        return "no odd file"
    files[path] = rng.choice(("", "text\n", "\0\1\2\udcff", "a: {{ nope }}\n", "\ufefftext", "x" * 3000))
    return path


MUTATIONS = (_ignore, _ignore, _link, _link, _directory, _file, _inner, _inner, _inner_archive, _odd_file)
