"""What the server serves: built-in resources from ``resources.json`` and those CRDs add, and the discovery documents of
both (legacy lists and aggregated discovery, k8s.io/api/apidiscovery/v2).
"""

from __future__ import annotations

import json

from charthouse.k8s import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from charthouse.devcluster.custom import CustomVersion

__all__ = ["Kind", "Resources", "aggregated", "group_document", "groups_document", "resource_list"]

SHARED_TABLES = {("events.k8s.io", "events"): "events"}


class Kind:
    """One resource in one version: what discovery says of it and where its objects are kept.

    table: the store's name of the collection (versions share it). type_name: of a built-in (k8s/tables.py), else "".
    custom: the CRD's version, None for built-ins. subresources: name → (group, version, kind, verbs).
    """

    __slots__ = (
        "categories", "custom", "group", "kind", "namespaced", "plural", "short_names", "singular", "subresources",
        "table", "type_name", "verbs", "version",
    )  # fmt: skip

    def __init__(self, group: str, version: str, entry: dict[str, Any], custom: CustomVersion | None = None) -> None:
        self.group = group
        self.version = version
        self.plural = entry["resource"]
        self.kind = entry.get("responseKind", {}).get("kind", "")
        self.singular = entry.get("singularResource", "")
        self.namespaced = entry["scope"] == "Namespaced"
        self.verbs = tuple(entry.get("verbs") or ())
        self.short_names = tuple(entry.get("shortNames") or ())
        self.categories = tuple(entry.get("categories") or ())
        self.subresources: dict[str, dict[str, Any]] = {s["subresource"]: s for s in entry.get("subresources") or ()}
        self.custom = custom
        self.type_name = "" if custom else tables.kind_type(self.api_version, self.kind) or ""
        self.table = SHARED_TABLES.get((group, self.plural)) or (f"{self.plural}.{group}" if group else self.plural)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def document(self) -> dict[str, Any]:
        """The entry of aggregated discovery."""
        out: dict[str, Any] = {"resource": self.plural}
        out["responseKind"] = {"group": self.group, "version": self.version, "kind": self.kind}
        out["scope"] = "Namespaced" if self.namespaced else "Cluster"
        out["singularResource"] = self.singular
        out["verbs"] = list(self.verbs)
        if self.short_names:
            out["shortNames"] = list(self.short_names)
        if self.categories:
            out["categories"] = list(self.categories)
        if self.subresources:
            out["subresources"] = [self._subresource(s) for s in self.subresources.values()]
        return out

    def _subresource(self, entry: dict[str, Any]) -> dict[str, Any]:
        kind = entry.get("responseKind") or {}
        full = {
            "group": kind.get("group") or ("" if kind.get("version") else self.group),
            "version": kind.get("version") or self.version,
            "kind": kind.get("kind", self.kind),
        }
        return {"subresource": entry["subresource"], "responseKind": full, "verbs": entry["verbs"]}


class Resources:
    """The registry. Reading needs no lock: CRDs replace the maps as a whole."""

    def __init__(self) -> None:
        with open(__file__.rpartition("resources.py")[0] + "resources.json", encoding="utf-8") as file:
            groups = json.load(file)
        self.groups: dict[str, dict[str, list[Kind]]] = {}
        for group in groups:
            versions = self.groups.setdefault(group["group"], {})
            for version in group["versions"]:
                name = version["version"]
                versions[name] = [Kind(group["group"], name, entry) for entry in version["resources"]]
        self.by_path: dict[tuple[str, str, str], Kind] = {}
        self.by_kind: dict[tuple[str, str], Kind] = {}
        self.custom: dict[str, list[Kind]] = {}
        self._index()

    def _index(self) -> None:
        by_path: dict[tuple[str, str, str], Kind] = {}
        by_kind: dict[tuple[str, str], Kind] = {}
        for kind in self.all():
            by_path[kind.group, kind.version, kind.plural] = kind
            if kind.verbs:
                by_kind.setdefault((kind.api_version, kind.kind), kind)
        self.by_path, self.by_kind = by_path, by_kind

    def all(self) -> Iterable[Kind]:
        for versions in self.groups.values():
            for kinds in versions.values():
                yield from kinds

    def find(self, group: str, version: str, plural: str) -> Kind | None:
        return self.by_path.get((group, version, plural))

    def of_kind(self, api_version: str, kind: str) -> Kind | None:
        return self.by_kind.get((api_version, kind))

    def has_version(self, group: str, version: str) -> bool:
        return version in self.groups.get(group, {})

    def set_custom(self, name: str, kinds: list[Kind]) -> None:
        """Replace what the CRD `name` adds (empty: remove it)."""
        groups = {g: {v: [k for k in ks if not (k.custom and k.custom.crd == name)] for v, ks in versions.items()}
                  for g, versions in self.groups.items()}  # fmt: skip
        for kind in kinds:
            rows = groups.setdefault(kind.group, {}).setdefault(kind.version, [])
            rows.append(kind)
            rows.sort(key=lambda k: k.plural)
        self.groups = {
            group: dict(sorted(left.items(), key=lambda item: version_rank(item[0])))
            for group, versions in groups.items()
            if (left := {v: ks for v, ks in versions.items() if ks})
        }
        self._index()


def version_rank(version: str) -> tuple[int, int, int, str]:
    """Sorts versions as Kubernetes prefers them: v2, v1, v1beta2, v1alpha1, others by name."""
    import re

    match = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if match is None:
        return (3, 0, 0, version)
    stage = {None: 0, "beta": 1, "alpha": 2}[match[2]]
    return (stage, -int(match[1]), -int(match[3] or 0), "")


def aggregated(resources: Resources, *, core: bool) -> dict[str, Any]:
    """APIGroupDiscoveryList for /api (core) or /apis."""
    items = []
    for group, versions in resources.groups.items():
        if (group == "") != core:
            continue
        metadata = {"name": group, "creationTimestamp": None} if group else {"creationTimestamp": None}
        rows = [
            {"version": v, "resources": [k.document() for k in kinds], "freshness": "Current"}
            for v, kinds in versions.items()
        ]
        items.append({"metadata": metadata, "versions": rows})
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _versions(group: str, versions: Iterable[str]) -> list[dict[str, str]]:
    return [{"groupVersion": f"{group}/{v}", "version": v} for v in versions]


def group_document(resources: Resources, group: str) -> dict[str, Any] | None:
    """APIGroup for /apis/GROUP."""
    if group not in resources.groups or not group:
        return None
    versions = _versions(group, resources.groups[group])
    return {
        "kind": "APIGroup",
        "apiVersion": "v1",
        "name": group,
        "versions": versions,
        "preferredVersion": versions[0],
    }


def groups_document(resources: Resources) -> dict[str, Any]:
    """APIGroupList for /apis."""
    groups = []
    for group in resources.groups:
        document = group_document(resources, group)
        if document is not None:
            groups.append({k: v for k, v in document.items() if k not in ("kind", "apiVersion")})
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def resource_list(resources: Resources, group: str, version: str) -> dict[str, Any] | None:
    """APIResourceList for /api/v1 and /apis/GROUP/VERSION."""
    kinds = resources.groups.get(group, {}).get(version)
    if kinds is None:
        return None
    rows: list[dict[str, Any]] = []
    for kind in kinds:
        if kind.verbs:
            rows.append(_resource(kind))
        for sub in kind.subresources.values():
            rows.append(_legacy_subresource(kind, sub))
    full = f"{group}/{version}" if group else version
    out: dict[str, Any] = {"kind": "APIResourceList"}
    if group:
        out["apiVersion"] = "v1"
    return {**out, "groupVersion": full, "resources": rows}


def _resource(kind: Kind) -> dict[str, Any]:
    row: dict[str, Any] = {"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced}
    row.update(kind=kind.kind, verbs=list(kind.verbs))
    if kind.short_names:
        row["shortNames"] = list(kind.short_names)
    if kind.categories:
        row["categories"] = list(kind.categories)
    return row


def _legacy_subresource(kind: Kind, sub: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"name": f"{kind.plural}/{sub['subresource']}", "singularName": ""}
    row["namespaced"] = kind.namespaced
    answer = sub.get("responseKind") or {}
    if answer.get("version") and (answer.get("group", ""), answer["version"]) != (kind.group, kind.version):
        row.update(group=answer.get("group", ""), version=answer["version"])
    row.update(kind=answer.get("kind", kind.kind), verbs=sub["verbs"])
    return row
