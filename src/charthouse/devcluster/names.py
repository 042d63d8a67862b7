"""Names, labels and annotations: what the API server accepts, and its words when it does not.

Rules: apimachinery/pkg/util/validation/validation.go and pkg/api/validation v0.37.2. Which kinds must have DNS labels,
subdomains or only path-safe names: the `Validate*Name` functions of k8s.io/kubernetes v1.37.2.
"""

from __future__ import annotations

import json
import re

from charthouse.devcluster.failures import Cause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["check_meta", "dns_label", "dns_subdomain", "label_value", "qualified_name", "quoted"]

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
LABEL_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
LABEL_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with"
    " an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is"
    " '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
LABEL_1035_TEXT = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character,"
    " and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is"
    " '[a-z]([-a-z0-9]*[a-z0-9])?')"
)
SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and"
    " end with an alphanumeric character (e.g. 'example.com', regex used for validation is"
    " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
QUALIFIED_TEXT = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
    " (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is"
    " '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
LABEL_VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and"
    " end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is"
    " '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
NAME_RULES = {
    "Namespace": "label",
    "Service": "label",
    "Role": "path",
    "ClusterRole": "path",
    "RoleBinding": "path",
    "ClusterRoleBinding": "path",
}
MAX_ANNOTATIONS = 256 * 1024


def quoted(value: Any) -> str:
    """A value as field errors show it: strings quoted as Go does, the rest as JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _too_long(limit: int) -> str:
    return f"must be no more than {limit} bytes"


def dns_label(name: str) -> list[str]:
    found = [_too_long(63)] if len(name) > 63 else []
    return found if LABEL.fullmatch(name) else [*found, LABEL_TEXT]


def dns_label_1035(name: str) -> list[str]:
    found = [_too_long(63)] if len(name) > 63 else []
    return found if LABEL_1035.fullmatch(name) else [*found, LABEL_1035_TEXT]


def dns_subdomain(name: str) -> list[str]:
    found = [_too_long(253)] if len(name) > 253 else []
    return found if SUBDOMAIN.fullmatch(name) else [*found, SUBDOMAIN_TEXT]


def path_segment(name: str) -> list[str]:
    if name in (".", ".."):
        return [f"may not be '{name}'"]
    return [f"may not contain '{c}'" for c in "/%" if c in name]


def qualified_name(key: str) -> list[str]:
    """Findings about a label or annotation key."""
    prefix, slash, name = key.rpartition("/")
    found: list[str] = []
    if slash:
        if not prefix:
            found.append("prefix part must be non-empty")
        else:
            found += ["prefix part " + text for text in dns_subdomain(prefix)]
        if "/" in prefix:
            return [
                f"a qualified name {QUALIFIED_TEXT} with an optional DNS subdomain prefix and '/' "
                "(e.g. 'example.com/MyName')"
            ]
    if not name:
        found.append("name part must be non-empty")
    elif len(name) > 63:
        found.append("name part " + _too_long(63))
    if not QUALIFIED.fullmatch(name):
        found.append("name part " + QUALIFIED_TEXT)
    return found


def label_value(value: str) -> list[str]:
    found = [_too_long(63)] if len(value) > 63 else []
    return found if LABEL_VALUE.fullmatch(value) else [*found, LABEL_VALUE_TEXT]


def check_meta(obj: dict[str, Any], kind: str) -> list[Cause]:
    """Findings about metadata: name, generateName, labels, annotations, finalizers."""
    meta = obj["metadata"]
    causes: list[Cause] = []
    name = meta.get("name", "")
    if not name:
        causes.append(Cause("FieldValueRequired", "metadata.name", "Required value: name or generateName is required"))
    else:
        rule = {"label": dns_label, "path": path_segment}.get(NAME_RULES.get(kind, ""), dns_subdomain)
        causes += [_invalid("metadata.name", name, text) for text in rule(name)]
    causes += check_labels(meta.get("labels") or {}, "metadata.labels")
    size = 0
    for key, value in (meta.get("annotations") or {}).items():
        causes += [_invalid("metadata.annotations", key, text) for text in qualified_name(key.lower())]
        size += len(key) + len(value)
    if size > MAX_ANNOTATIONS:
        text = f"Too long: may not be more than {MAX_ANNOTATIONS} bytes"
        causes.append(Cause("FieldValueTooLong", "metadata.annotations", text))
    for index, finalizer in enumerate(meta.get("finalizers") or ()):
        causes += [_invalid(f"metadata.finalizers[{index}]", finalizer, text) for text in qualified_name(finalizer)]
    return causes


def check_labels(labels: dict[str, str], path: str) -> list[Cause]:
    """Findings about a map of labels."""
    causes: list[Cause] = []
    for key, value in labels.items():
        causes += [_invalid(path, key, text) for text in qualified_name(key)]
        causes += [_invalid(path, value, text) for text in label_value(value)]
    return causes


def _invalid(path: str, value: Any, text: str) -> Cause:
    return Cause("FieldValueInvalid", path, f"Invalid value: {quoted(value)}: {text}")
