"""Label and field selectors, as list and watch requests carry them.

Rules: apimachinery/pkg/labels/selector.go (grammar) and pkg/fields/selector.go v0.37.2; which fields a kind can be
selected by: metadata.name and metadata.namespace for all, and those in FIELDS.
"""

from __future__ import annotations

import re

from charthouse.devcluster.failures import bad_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Match = Callable[[dict[str, Any]], bool]

__all__ = ["field_match", "label_match", "matches_selector"]

FIELDS = {
    "Pod": ("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
            "status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName"),
    "Event": ("involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
              "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
              "reportingComponent", "source", "type"),
    "Secret": ("type",),
    "Namespace": ("status.phase",),
    "Node": ("spec.unschedulable",),
    "Service": ("spec.clusterIP", "spec.type"),
    "Job": ("status.successful",),
    "ReplicaSet": ("status.replicas",),
    "ReplicationController": ("status.replicas",),
    "CustomResourceDefinition": (),
}  # fmt: skip
TERM = re.compile(
    r"\s*(?:(?P<not>!)\s*)?(?P<key>[\w./-]+)\s*(?:(?P<set>in|notin)\s*\((?P<values>[^)]*)\)|(?P<op>==|!=|=|>|<)\s*"
    r"(?P<value>[\w./-]*))?\s*(?:,|$)"
)


def label_match(text: str) -> Match | None:
    """A test of an object's labels; None when everything matches. Raises ApiFailure (400)."""
    if not text.strip():
        return None
    tests: list[Callable[[dict[str, str]], bool]] = []
    at = 0
    while at < len(text):
        term = TERM.match(text, at)
        if term is None or term.end() == at:
            found = re.match(r"[=!<>]+|[^\s=!<>]+|", text[at:].strip())
            raise bad_request(f"found '{found[0] if found else ''}', expected: !, identifier, or 'end of string'")
        tests.append(_term(term))
        at = term.end()
    return lambda obj: all(test(obj["metadata"].get("labels") or {}) for test in tests)


def _term(term: re.Match[str]) -> Callable[[dict[str, str]], bool]:
    key, op = term["key"], term["op"]
    if term["not"]:
        return lambda labels: key not in labels
    if term["set"]:
        values = {v.strip() for v in term["values"].split(",")}
        if term["set"] == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    value = term["value"]
    if op in ("=", "=="):
        return lambda labels: labels.get(key) == value
    if op == "!=":
        return lambda labels: labels.get(key) != value
    if op in (">", "<"):
        return lambda labels: _ordered(labels.get(key), op, value)
    return lambda labels: key in labels


def _ordered(have: str | None, op: str, value: str) -> bool:
    if have is None or not have.lstrip("-").isdigit() or not value.lstrip("-").isdigit():
        return False
    return int(have) > int(value) if op == ">" else int(have) < int(value)


def field_match(text: str, kind: str) -> Match | None:
    """A test of an object's fields; None when everything matches. Raises ApiFailure (400)."""
    tests: list[Match] = []
    for term in filter(None, text.split(",")):
        match = re.fullmatch(r"([^=!]+)(==|!=|=)(.*)", term)
        if match is None:
            raise bad_request(f'invalid selector: "{text}"; can\'t understand "{term}"')
        path, op, value = match.groups()
        if path not in ("metadata.name", "metadata.namespace") and path not in FIELDS.get(kind, ()):
            raise bad_request(f"field label not supported: {path}")
        tests.append(_field_test(path.split("."), op, value.replace("\\", "")))
    return (lambda obj: all(test(obj) for test in tests)) if tests else None


def _field_test(path: list[str], op: str, value: str) -> Match:
    def test(obj: dict[str, Any]) -> bool:
        node: Any = obj
        for step in path:
            node = node.get(step) if isinstance(node, dict) else None
        text = "" if node is None else str(node).lower() if isinstance(node, bool) else str(node)
        return (text == value) == (op != "!=")

    return test


def matches_selector(selector: dict[str, Any] | None, labels: dict[str, str]) -> bool:
    """A LabelSelector object against labels; None matches nothing, {} everything."""
    if selector is None:
        return False
    if any(labels.get(k) != v for k, v in (selector.get("matchLabels") or {}).items()):
        return False
    for need in selector.get("matchExpressions") or ():
        have, values, operator = labels.get(need["key"]), need.get("values") or (), need["operator"]
        if operator == "In":
            good = have in values
        elif operator == "NotIn":
            good = have not in values
        else:
            good = (have is not None) == (operator == "Exists")
        if not good:
            return False
    return True
