"""`kubectl get`: objects as Tables, with the columns the real server has for each kind.

Rules: pkg/printers/internalversion/printers.go of k8s.io/kubernetes v1.37.2; CRDs by `additionalPrinterColumns`. A
column is (name, type, priority, cell); a priority above 0 shows with `-o wide`.
"""

from __future__ import annotations

import datetime

from charthouse.devcluster.table_cells import CELLS
from charthouse.devcluster.versions import convert
from charthouse.k8s.tabletext import human_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.resources import Kind

    Object = dict[str, Any]

__all__ = ["age", "document", "partial"]

NAME = ("Name", "string", "name", 0)


def document(kind: Kind, objs: list[Object], include: str, meta: Object | None = None) -> Object:
    """A Table of `objs`; include: "None", "Metadata" or "Object" in its rows."""
    objs = [convert(obj, kind.api_version) for obj in objs]
    if kind.custom is not None:
        columns, rows = _custom(kind, objs)
    else:
        columns, rows = _builtin(kind, objs)
    definitions = [{"name": n, "type": t, "format": f, "description": "", "priority": p} for n, t, f, p in columns]
    out: Object = {"kind": "Table", "apiVersion": "meta.k8s.io/v1"}
    out["metadata"] = meta or {"resourceVersion": objs[0]["metadata"].get("resourceVersion", "") if objs else ""}
    out["columnDefinitions"] = definitions
    out["rows"] = [{"cells": cells, **_row_object(obj, include)} for obj, cells in zip(objs, rows, strict=True)]
    return out


def _row_object(obj: Object, include: str) -> Object:
    if include == "None":
        return {}
    return {"object": obj if include == "Object" else partial(obj)}


def partial(obj: Object) -> Object:
    """PartialObjectMetadata."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def _builtin(kind: Kind, objs: list[Object]) -> tuple[list[tuple[str, str, str, int]], list[list[Any]]]:
    columns = CELLS.get((kind.group, kind.kind))
    if columns is None:
        created = ("Created At", "date", "", 0)
        return [NAME, created], [[o["metadata"]["name"], o["metadata"]["creationTimestamp"]] for o in objs]
    heads = [(n, t, "name" if n == "Name" else "", p) for n, t, p, _ in columns]
    return heads, [[cell(obj) for _, _, _, cell in columns] for obj in objs]


def _custom(kind: Kind, objs: list[Object]) -> tuple[list[tuple[str, str, str, int]], list[list[Any]]]:
    assert kind.custom is not None
    given = kind.custom.columns or [{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}]
    heads = [NAME, *((c["name"], c["type"], c.get("format", ""), c.get("priority", 0)) for c in given)]
    rows = []
    for obj in objs:
        cells: list[Any] = [obj["metadata"]["name"]]
        for column in given:
            value = json_path(obj, column["jsonPath"])
            cells.append(age(value) if column["type"] == "date" and isinstance(value, str) else value)
        rows.append(cells)
    return heads, rows


def json_path(obj: Object, path: str) -> Any:
    """A simple JSON path (`.spec.a[0].b`, `.status.conditions[?(@.type=="Ready")].status`); None when absent."""
    import re

    node: Any = obj
    for name, index, key, value in re.findall(r"\.([\w/-]+)|\[(\d+)\]|\[\?\(@\.(\w+)==[\"'](.*?)[\"']\)\]", path):
        if name:
            node = node.get(name) if isinstance(node, dict) else None
        elif index:
            node = node[int(index)] if isinstance(node, list) and int(index) < len(node) else None
        else:
            rows = node if isinstance(node, list) else []
            node = next((row for row in rows if isinstance(row, dict) and str(row.get(key)) == value), None)
    return node


def age(stamp: str | None) -> str:
    """A time as kubectl shows it: `5s`, `3m10s`, `2d`."""
    if not stamp:
        return "<unknown>"
    then = datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    seconds = int((datetime.datetime.now(datetime.UTC) - then).total_seconds())
    return human_duration(max(seconds, 0))


def seconds_between(start: str, end: str | None) -> int:
    """Seconds from one RFC 3339 time to another (None: now)."""
    first = datetime.datetime.fromisoformat(start.replace("Z", "+00:00"))
    last = datetime.datetime.fromisoformat(end.replace("Z", "+00:00")) if end else datetime.datetime.now(datetime.UTC)
    return max(int((last - first).total_seconds()), 0)
