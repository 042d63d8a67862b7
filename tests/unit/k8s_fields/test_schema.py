"""Patch strategies and merge keys of built-in kinds, against the struct tags of k8s.io/api v0.37.2."""

from __future__ import annotations

import pytest

from charthouse.k8s import schema, tables

POD = ("spec", "template", "spec")


@pytest.mark.parametrize(
    ("api_version", "kind", "path", "expected"),
    [
        ("apps/v1", "Deployment", (*POD, "containers"), ("merge", "name")),
        ("apps/v1", "Deployment", (*POD, "containers", "env"), ("merge", "name")),
        ("apps/v1", "Deployment", (*POD, "containers", "ports"), ("merge", "containerPort")),
        ("apps/v1", "Deployment", (*POD, "containers", "volumeMounts"), ("merge", "mountPath")),
        ("apps/v1", "Deployment", (*POD, "volumes"), ("merge,retainKeys", "name")),
        ("apps/v1", "Deployment", (*POD, "tolerations"), None),
        ("apps/v1", "Deployment", ("spec", "strategy"), ("retainKeys", "")),
        ("apps/v1", "Deployment", ("metadata", "labels", "a"), None),
        ("apps/v1", "Deployment", ("metadata", "finalizers"), ("merge", "")),
        ("apps/v1", "Deployment", ("nonsense",), None),
        ("v1", "Service", ("spec", "ports"), ("merge", "port")),
        ("v1", "ServiceAccount", ("secrets",), ("merge", "name")),
        ("rbac.authorization.k8s.io/v1", "Role", ("rules",), None),
        ("example.com/v1", "Thing", ("spec",), None),
        ("v1", "Pod", (), None),
    ],
)
def test_strategy(api_version: str, kind: str, path: tuple[str, ...], expected: tuple[str, str] | None) -> None:
    assert schema.strategy(api_version, kind, path) == expected


def test_field_grammar() -> None:
    ports = schema.field_at("v1", "Service", ("spec", "ports"))
    assert ports is not None
    assert (ports.type, ports.element, ports.list_type, ports.keys) == (
        "[core.v1.ServicePort",
        "core.v1.ServicePort",
        "map",
        ("port", "protocol"),
    )
    protocol = tables.field("core.v1.ServicePort", "protocol")
    assert protocol is not None and protocol.default == "TCP"
    assert tables.type_attribute("meta.v1.LabelSelector") == "atomic"
    assert tables.kubernetes_version() == "v1.37.2"
    assert tables.fields("core.v1.Nothing") is None
    assert tables.field("core.v1.Nothing", "x") is None
    assert schema.is_builtin("v1", "Pod") and not schema.is_builtin("v1", "Nothing")


def test_every_type_parses_and_points_at_known_types() -> None:
    known = set(tables.type_names())
    assert set(tables.kinds().values()) <= known
    for name in known:
        for field in (tables.fields(name) or {}).values():
            inner = field.type.lstrip("[{")
            assert inner in known or "." not in inner, (name, field.type)
