"""The names of objects, by the rule of their kind.

Whose rules: helm v4.3.1 rules/template.go validateMetadataName over k8s.io/apimachinery v0.37 `util/validation`.
"""

from __future__ import annotations

__all__ = ["name_complaint"]

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = _LABEL + "(\\." + _LABEL + ")*"
_DNS1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_ALNUM = _LOWER | frozenset("0123456789")
_INSIDE = _ALNUM | frozenset("-")


def name_complaint(kind: str, name: str) -> str:
    """What is wrong with an object's name, "" when nothing is."""
    folded = kind.lower()
    if folded == "service":
        problems = _dns1035(name)
    elif folded == "namespace":
        problems = _label(name)
    elif folded == "certificatesigningrequest":
        problems = []
    elif folded in ("role", "clusterrole", "rolebinding", "clusterrolebinding"):
        problems = _path_segment(name)
    else:
        problems = _subdomain(name)
    if not problems:
        return ""
    from charthouse.golang.strconv import quote

    shown = [f"metadata.name: Invalid value: {quote(name)}: {problem}" for problem in problems]
    joined = shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"
    return f"object name does not conform to Kubernetes naming requirements: {quote(name)}: {joined}"


def _too_long(name: str, limit: int) -> list[str]:
    size = len(name.encode("utf-8", "surrogateescape"))
    return [f"must be no more than {limit} characters"] if size > limit else []


def _expected(words: str, expression: str, *examples: str) -> str:
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{words} (e.g. {shown}regex used for validation is '{expression}')"


def _is_label(text: str) -> bool:
    return bool(text) and text[0] in _ALNUM and text[-1] in _ALNUM and _INSIDE.issuperset(text)


def _subdomain(name: str) -> list[str]:
    out = _too_long(name, 253)
    if not all(_is_label(part) for part in name.split(".")):
        words = (
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
            "start and end with an alphanumeric character"
        )
        out.append(_expected(words, _SUBDOMAIN, "example.com"))
    return out


def _label(name: str) -> list[str]:
    out = _too_long(name, 63)
    if not _is_label(name):
        if all(_is_label(part) for part in name.split(".")):
            out.append("must not contain dots")
        else:
            words = (
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
                "and end with an alphanumeric character"
            )
            out.append(_expected(words, _LABEL, "my-name", "123-abc"))
    return out


def _dns1035(name: str) -> list[str]:
    out = _too_long(name, 63)
    if not _is_label(name) or name[0] not in _LOWER:
        words = (
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
            "character, and end with an alphanumeric character"
        )
        out.append(_expected(words, _DNS1035, "my-name", "abc-123"))
    return out


def _path_segment(name: str) -> list[str]:
    if name in (".", ".."):
        return [f"may not be '{name}'"]
    return [f"may not contain '{mark}'" for mark in "/%" if mark in name]
