"""Damage to Chart.yaml, lock files and requirements: every field with what it cannot have."""

from __future__ import annotations

import random
import re

from tests.conformance.odd_charts.bases import Files, content
from tests.conformance.odd_charts.pools import pool

__all__ = ["MUTATIONS", "SCALARS", "set_field"]

SCALARS = pool("chart_file.scalars")
_FIELDS = (
    "apiVersion",
    "name",
    "version",
    "kubeVersion",
    "description",
    "type",
    "keywords",
    "home",
    "sources",
    "dependencies",
    "maintainers",
    "icon",
    "appVersion",
    "deprecated",
    "annotations",
    "condition",
    "tags",
)
_MORE_FIELDS = pool("chart_file.more_fields")
_VERSIONS = pool("chart_file.versions")
_KUBE = pool("chart_file.kube")
_NAMES = pool("chart_file.names")
_DEPENDENCIES = pool("chart_file.dependencies")
_MAINTAINERS = pool("chart_file.maintainers")
_ANNOTATIONS = pool("chart_file.annotations")
_WHOLE = pool("chart_file.whole")
_LOCKS = pool("chart_file.locks")
_REQUIREMENTS = pool("chart_file.requirements")


def _chart_yaml(rng: random.Random, files: Files) -> str:
    """The Chart.yaml to damage: mostly the chart's own."""
    inner = [path for path in files if path.endswith("/Chart.yaml") and path != "odd/Chart.yaml"]
    return rng.choice(inner) if inner and rng.random() < 0.2 else "odd/Chart.yaml"


def _text(files: Files, path: str) -> str:
    return content(files.get(path, "")).decode("utf-8", "surrogateescape")


def set_field(text: str, field: str, value: str | None, *, twice: bool = False) -> str:
    """Chart.yaml with a top field set anew at its end, or taken out (None)."""
    blocks = re.split(r"(?m)^(?=\S)(?!- )", text)
    kept = [block for block in blocks if twice or not block.startswith(f"{field}:")]
    out = "".join(kept)
    if value is None:
        return out
    return f"{out}\n{field}: {value}\n" if out and not out.endswith("\n") else f"{out}{field}: {value}\n"


def _field(rng: random.Random, files: Files) -> str:
    path = _chart_yaml(rng, files)
    field = rng.choice(_FIELDS)
    pool = {
        "version": _VERSIONS,
        "appVersion": _VERSIONS,
        "kubeVersion": _KUBE,
        "name": _NAMES,
        "dependencies": _DEPENDENCIES,
        "maintainers": _MAINTAINERS,
        "annotations": _ANNOTATIONS,
    }.get(field, SCALARS)
    value = rng.choice(pool if rng.random() < 0.6 else SCALARS)
    files[path] = set_field(_text(files, path), field, value, twice=rng.random() < 0.1)
    return f"{path} {field}={value}"


def _dependencies(rng: random.Random, files: Files) -> str:
    path = _chart_yaml(rng, files)
    value = rng.choice(_DEPENDENCIES)
    files[path] = set_field(_text(files, path), "dependencies", value)
    return f"{path} dependencies={value}"


def _without(rng: random.Random, files: Files) -> str:
    path = _chart_yaml(rng, files)
    field = rng.choice(_FIELDS[:3] + _FIELDS)
    files[path] = set_field(_text(files, path), field, None)
    return f"{path} without {field}"


def _extra(rng: random.Random, files: Files) -> str:
    path = _chart_yaml(rng, files)
    field, value = rng.choice(_MORE_FIELDS), rng.choice(SCALARS)
    files[path] = set_field(_text(files, path), field, value)
    return f"{path} {field}={value}"


def _whole(rng: random.Random, files: Files) -> str:
    path = _chart_yaml(rng, files)
    files[path] = rng.choice(_WHOLE)
    return f"{path} whole {files[path]!r}"


def _v1(rng: random.Random, files: Files) -> str:
    version = rng.choice(("v1", "v1", "v2", "v3", "v0", '""'))
    files["odd/Chart.yaml"] = set_field(_text(files, "odd/Chart.yaml"), "apiVersion", version)
    return f"apiVersion {version}"


def _lock(rng: random.Random, files: Files) -> str:
    path = rng.choice(("odd/Chart.lock", "odd/Chart.lock", "odd/requirements.lock", "odd/charts/sub/Chart.lock"))
    files[path] = rng.choice(_LOCKS)
    return f"{path} {files[path]!r}"


def _requirements(rng: random.Random, files: Files) -> str:
    path = rng.choice(("odd/requirements.yaml", "odd/requirements.yaml", "odd/charts/sub/requirements.yaml"))
    files[path] = rng.choice(_REQUIREMENTS)
    return f"{path} {files[path]!r}"


def _missing(rng: random.Random, files: Files) -> str:
    path = _chart_yaml(rng, files)
    files.pop(path, None)
    if rng.random() < 0.3:
        files[path.replace("Chart.yaml", rng.choice(("chart.yaml", "Chart.yml", "CHART.YAML", "Chart.yaml.bak")))] = (
            _WHOLE[17]
        )
    return f"no {path}"


MUTATIONS = (
    _field,
    _field,
    _field,
    _field,
    _dependencies,
    _dependencies,
    _without,
    _extra,
    _whole,
    _v1,
    _lock,
    _requirements,
    _missing,
)
