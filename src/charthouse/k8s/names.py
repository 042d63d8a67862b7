"""What names, labels and annotations may look like, with apimachinery's texts. Pure.

Rules: apimachinery v0.37.1 ``pkg/util/validation/validation.go`` (``IsQualifiedName``, ``IsDNS1123Subdomain``,
``IsDNS1123Label``, ``IsValidLabelValue``). Each function gives the problems found, none for a good name.
"""

from __future__ import annotations

__all__ = [
    "dns_label_problems",
    "dns_subdomain_problems",
    "is_dns_label",
    "is_dns_subdomain",
    "label_value_problems",
    "qualified_name_problems",
]

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_ALNUM = _LOWER | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_NAME = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


def _too_long(limit: int) -> str:
    return f"must be no more than {limit} bytes"


def _shaped(text: str, ends: frozenset[str], middle: str) -> bool:
    if not text or text[0] not in ends or text[-1] not in ends:
        return False
    return all(letter in ends or letter in middle for letter in text)


def is_dns_label(text: str) -> bool:
    return len(text) <= 63 and _shaped(text, _LOWER, "-")


def is_dns_subdomain(text: str) -> bool:
    return len(text) <= 253 and all(_shaped(part, _LOWER, "-") for part in text.split("."))


def dns_label_problems(text: str) -> list[str]:
    problems = [_too_long(63)] if len(text) > 63 else []
    if not _shaped(text, _LOWER, "-"):
        problems.append(_LABEL)
    return problems


def dns_subdomain_problems(text: str) -> list[str]:
    problems = [_too_long(253)] if len(text) > 253 else []
    if not all(_shaped(part, _LOWER, "-") for part in text.split(".")):
        problems.append(_SUBDOMAIN)
    return problems


def qualified_name_problems(text: str) -> list[str]:
    """Of the keys of labels and annotations: `name` or `prefix/name`."""
    parts = text.split("/")
    if len(parts) > 2:
        return [
            "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with "
            "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
            "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' "
            "(e.g. 'example.com/MyName')"
        ]
    problems = []
    if len(parts) == 2:
        if not parts[0]:
            problems.append("prefix part must be non-empty")
        else:
            problems += [f"prefix part {problem}" for problem in dns_subdomain_problems(parts[0])]
    name = parts[-1]
    if not name:
        problems.append("name part must be non-empty")
    elif len(name) > 63:
        problems.append(f"name part {_too_long(63)}")
    if not _shaped(name, _ALNUM, "-_."):
        problems.append(_NAME)
    return problems


def label_value_problems(text: str) -> list[str]:
    problems = [_too_long(63)] if len(text) > 63 else []
    if text and not _shaped(text, _ALNUM, "-_."):
        problems.append(_VALUE)
    return problems
