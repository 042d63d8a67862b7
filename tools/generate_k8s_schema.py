"""Generates the Kubernetes tables charthouse ships.

    python tools/generate_k8s_schema.py KUBERNETES API_DIRS...

KUBERNETES is the unpacked module k8s.io/kubernetes (v1.37.2), API_DIRS are the unpacked staging modules whose
``generated.proto`` files describe the wire format (k8s.io/api, apimachinery, apiextensions-apiserver, kube-aggregator).
With Go installed: ``go mod download -json k8s.io/kubernetes@v1.37.2``.

Written are

- ``src/charthouse/k8s/fields.json``: the fields of every built-in kind (grammar: k8s/tables.py),
- ``src/charthouse/devcluster/resources.json``: what discovery says of them,
- ``src/charthouse/devcluster/messages.json``: their protobuf messages (grammar: devcluster/protobuf.py).

Only generally available versions are taken (the others are off in a default API server).
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent / "src" / "charthouse"
PREFIXES = (
    ("io.k8s.api.", ""),
    ("io.k8s.apimachinery.pkg.apis.", ""),
    ("io.k8s.apimachinery.pkg.", ""),
    ("io.k8s.apiextensions-apiserver.pkg.apis.", ""),
    ("io.k8s.kube-aggregator.pkg.apis.", ""),
)
LEAVES = {
    "api.resource.Quantity": "q",
    "util.intstr.IntOrString": "x",
    "meta.v1.Time": "t",
    "meta.v1.MicroTime": "u",
    "meta.v1.FieldsV1": "o",
    "runtime.RawExtension": "o",
    "apiextensions.v1.JSON": "o",
    "apiextensions.v1.JSONSchemaPropsOrArray": "o",
    "apiextensions.v1.JSONSchemaPropsOrBool": "o",
    "apiextensions.v1.JSONSchemaPropsOrStringArray": "o",
}


def short(name: str) -> str:
    for prefix, new in PREFIXES:
        if name.startswith(prefix):
            return new + name[len(prefix) :]
    return name


def ref_name(schema: dict[str, Any]) -> str | None:
    if "$ref" in schema:
        return short(schema["$ref"].rsplit("/", 1)[1])
    if len(schema.get("allOf", ())) == 1:
        return ref_name(schema["allOf"][0])
    return None


def type_code(schema: dict[str, Any]) -> str:
    name = ref_name(schema)
    if name:
        return LEAVES.get(name, name)
    kind = schema.get("type")
    if kind == "array":
        return "[" + type_code(schema["items"])
    if kind == "object":
        extra = schema.get("additionalProperties")
        return "{" + type_code(extra) if extra else "o"
    if kind == "string":
        return {"byte": "y", "date-time": "t", "int-or-string": "x"}.get(schema.get("format", ""), "s")
    if kind == "integer":
        return "l" if schema.get("format") == "int64" else "i"
    return {"boolean": "b", "number": "n"}.get(str(kind), "o")


def field_code(schema: dict[str, Any], required: bool) -> str:
    parts = [type_code(schema)]
    if required:
        parts.append("!")
    list_type = schema.get("x-kubernetes-list-type")
    if list_type == "map":
        parts.append("map=" + ",".join(schema["x-kubernetes-list-map-keys"]))
    elif list_type:
        parts.append(list_type)
    if schema.get("x-kubernetes-map-type") == "atomic":
        parts.append("atomic")
    strategy = schema.get("x-kubernetes-patch-strategy")
    if strategy:
        parts.append(f"patch={strategy}:{schema.get('x-kubernetes-patch-merge-key', '')}")
    if schema.get("enum"):
        parts.append("enum=" + "|".join(schema["enum"]))
    default = schema.get("default")
    if default not in (None, "", 0, False, {}, []):
        parts.append("=" + json.dumps(default))
    return ";".join(parts)


def read_types(spec: Path) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    types: dict[str, dict[str, str]] = {}
    kinds: dict[str, str] = {}
    for file in sorted(spec.glob("v3/*_openapi.json")):
        stem = file.name.removesuffix("_openapi.json")
        version = stem.rsplit("__", 1)[-1]
        if not re.fullmatch(r"v\d+", version):
            continue
        group_version = version if stem == "api__v1" else f"{stem.split('__')[1]}/{version}"
        for name, schema in json.loads(file.read_text())["components"]["schemas"].items():
            key = short(name)
            for gvk in schema.get("x-kubernetes-group-version-kind", ()):
                full = f"{gvk['group']}/{gvk['version']}" if gvk["group"] else gvk["version"]
                if (full == group_version or gvk["kind"] == "Scale") and not key.startswith("meta."):
                    kinds[f"{full}/{gvk['kind']}"] = key
            if key in LEAVES or key in types:
                continue
            required = set(schema.get("required", ()))
            fields = {n: field_code(s, n in required) for n, s in schema.get("properties", {}).items()}
            if schema.get("x-kubernetes-map-type") == "atomic":
                fields[""] = "atomic"
            types[key] = fields
    return types, kinds


def merge_patch_keys(spec: Path, types: dict[str, dict[str, str]]) -> None:
    """The v3 files carry the same extensions as swagger.json; this checks that none is lost."""
    for name, schema in json.loads((spec / "swagger.json").read_text())["definitions"].items():
        for field, sub in schema.get("properties", {}).items():
            code = types.get(short(name), {}).get(field)
            if code is not None and "x-kubernetes-patch-strategy" in sub and ";patch=" not in code:
                sys.exit(f"{name}.{field}: patch strategy lost")


STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.M | re.S)
GO_FIELD = re.compile(r'^\t(?:(\w+)[ \t]+)?([*\[\]\w.]+)[ \t]+`json:"([^"]*)"', re.M)
ENUM = re.compile(r"^// \+enum\n(?:// .*\n)*type (\w+) string", re.M)
SCALAR_CODES = ("s", "b", "i", "l", "n")


def go_package(file: Path) -> str:
    """core/v1/types.go of k8s.io/api → core.v1; pkg/apis/apiextensions/v1/types.go → apiextensions.v1."""
    parts = file.parent.parts
    return ".".join(parts[-2:])


def read_go(dirs: list[Path], types: dict[str, dict[str, str]]) -> None:
    """Adds what OpenAPI does not tell: `~` a scalar dropped when zero, `+` a field that is always written; enums."""
    for file in sorted(f for d in dirs for f in d.rglob("types*.go") if re.fullmatch(r"v\d+", f.parent.name)):
        if file.name.endswith(("_test.go", "swagger_doc_generated.go")):
            continue
        text, package = file.read_text(), go_package(file)
        enums = {name: re.findall(rf'^\s+\w+\s+{name}\s+= "([^"]*)"', text, re.M) for name in ENUM.findall(text)}
        structs = {name: GO_FIELD.findall(body) for name, body in STRUCT.findall(text)}
        for name in structs:
            fields = types.get(f"{package}.{name}")
            if fields is not None:
                mark_fields(fields, flatten(structs, name), enums, types)


def flatten(structs: dict[str, list[tuple[str, str, str]]], name: str) -> list[tuple[str, str, str]]:
    out: list[tuple[str, str, str]] = []
    for entry in structs.get(name, ()):
        if entry[2] == ",inline" or (entry[2].startswith(",") and not entry[0]):
            out += flatten(structs, entry[1])
        else:
            out.append(entry)
    return out


def mark_fields(
    fields: dict[str, str], entries: list[tuple[str, str, str]], enums: dict[str, list[str]], types: dict[str, Any]
) -> None:
    for _, go_type, tag in entries:
        name, *options = tag.split(",")
        code = fields.get(name)
        if code is None:
            continue
        head, semicolon, default = code.partition(";=")
        kind = head.split(";", 1)[0]
        values = enums.get(go_type.lstrip("*"))
        if values and kind == "s":
            head += ";enum=" + "|".join(sorted(set(values)))
        omits = "omitempty" in options or "omitzero" in options
        if not go_type.startswith("*"):
            if kind in SCALAR_CODES:
                head += ";~" if omits else ";+"
            elif (kind in (*types, "t", "u") and "omitzero" not in options) or not omits:
                head += ";+"
        fields[name] = head + semicolon + default


def reachable(types: dict[str, dict[str, str]], roots: set[str]) -> dict[str, dict[str, str]]:
    keep: dict[str, dict[str, str]] = {}
    todo = sorted(roots)
    while todo:
        name = todo.pop()
        if name in keep or name not in types:
            continue
        keep[name] = types[name]
        for code in types[name].values():
            todo.append(code.split(";", 1)[0].lstrip("[{"))
    return dict(sorted(keep.items()))


def read_resources(discovery: Path) -> list[dict[str, Any]]:
    """Aggregated discovery: core first, then the groups in the server's order."""
    core = json.loads((discovery / "api__v1.json").read_text())
    groups = [{"group": "", "versions": [{"version": "v1", "resources": legacy_resources(core)}]}]
    for item in json.loads((discovery / "aggregated_v2.json").read_text())["items"]:
        versions = [
            {"version": v["version"], "resources": v["resources"]}
            for v in item["versions"]
            if re.fullmatch(r"v\d+", v["version"]) and item["metadata"].get("name")
        ]
        if versions:
            groups.append({"group": item["metadata"]["name"], "versions": versions})
    return groups


def legacy_resources(listing: dict[str, Any]) -> list[dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for r in sorted(listing["resources"], key=lambda r: r["name"]):
        name, _, sub = r["name"].partition("/")
        kind = {"group": r.get("group", ""), "version": r.get("version", ""), "kind": r["kind"]}
        scope = "Namespaced" if r["namespaced"] else "Cluster"
        if not sub:
            out[name] = {"resource": name, "responseKind": kind, "scope": scope, "verbs": r["verbs"]}
            out[name]["singularResource"] = r["singularName"]
            for key in ("shortNames", "categories"):
                if key in r:
                    out[name][key] = r[key]
            continue
        parent = out.setdefault(name, {"resource": name, "scope": scope, "verbs": []})
        parent.setdefault("subresources", []).append({"subresource": sub, "responseKind": kind, "verbs": r["verbs"]})
    return list(out.values())


MESSAGE = re.compile(r"^message (\w+) \{(.*?)^\}", re.M | re.S)
FIELD = re.compile(r"^\s*(?:optional|repeated|required)?\s*(map<[^>]*>|[\w.]+) (\w+) = (\d+);", re.M)
SCALARS = {
    "string": "s",
    "bool": "b",
    "int32": "i",
    "int64": "i",
    "bytes": "y",
    "double": "d",
    "uint32": "i",
    "uint64": "i",
}


def proto_name(package: str, name: str) -> str:
    if name in SCALARS:
        return SCALARS[name]
    full = name if name.startswith(".") or "." in name else f"{package}.{name}"
    full = full.lstrip(".")
    return short("io.k8s." + full.removeprefix("k8s.io."))


def read_messages(dirs: list[Path], types: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """{message: {number: "name:code"}}; code as in k8s/tables.py, messages by name; name "" = inlined in JSON."""
    out: dict[str, dict[str, str]] = {}
    for file in sorted(f for d in dirs for f in d.rglob("generated.proto")):
        text = re.sub(r"//[^\n]*", "", file.read_text())
        package = re.search(r"^package ([\w.]+);", text, re.M)
        if package is None or not re.search(r"\.(v\d+|resource|intstr|runtime)$", package[1]):
            continue
        for name, body in MESSAGE.findall(text):
            key = proto_name(package[1], name)
            fields: dict[str, str] = {}
            for line in re.finditer(r"(repeated )?(map<\w+, ?[\w.]+>|[\w.]+) (\w+) = (\d+);", body):
                repeated, kind, field, number = line.groups()
                if kind.startswith("map<"):
                    code = "{" + proto_name(package[1], kind[4:-1].split(",")[1].strip())
                else:
                    code = ("[" if repeated else "") + proto_name(package[1], kind)
                if key in types and field not in types[key]:  # a name spelled otherwise than in JSON
                    field = next((n for n in types[key] if n.lower() == field.lower()), field)
                inline = key in types and field not in types[key] and "." in code and code[0] not in "[{"
                fields[number] = ("" if inline else field) + ":" + code
            out[key] = fields
    return dict(sorted(out.items()))


def dump(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n")
    print(path, path.stat().st_size)


def main() -> None:
    kubernetes, dirs = Path(sys.argv[1]), [Path(a) for a in sys.argv[2:]]
    spec, discovery = kubernetes / "api" / "openapi-spec", kubernetes / "api" / "discovery"
    types, kinds = read_types(spec)
    merge_patch_keys(spec, types)
    read_go(dirs, types)
    groups = read_resources(discovery)
    version = re.search(r"@(v[\d.]+)", str(kubernetes))
    everything = types
    types = reachable(types, {*kinds.values(), "meta.v1.DeleteOptions"})
    head = {"kubernetes": version[1] if version else "", "kinds": dict(sorted(kinds.items()))}
    dump(ROOT / "k8s" / "fields.json", {**head, "types": types})
    dump(ROOT / "devcluster" / "resources.json", groups)
    messages = reachable_messages(read_messages(dirs, everything), set(kinds.values()))
    dump(ROOT / "devcluster" / "messages.json", messages)


def reachable_messages(messages: dict[str, dict[str, str]], roots: set[str]) -> dict[str, dict[str, str]]:
    keep: dict[str, dict[str, str]] = {}
    todo = [*sorted(roots), "authentication.v1.TokenRequest", "runtime.Unknown", "meta.v1.DeleteOptions"]
    while todo:
        name = todo.pop()
        if name in keep or name not in messages:
            continue
        keep[name] = messages[name]
        todo += [f.split(":", 1)[1].lstrip("[{") for f in messages[name].values()]
    return dict(sorted(keep.items()))


if __name__ == "__main__":
    main()
