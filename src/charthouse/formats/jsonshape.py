"""How much a JSON text would become, found out before it is read: values, and how deeply they are nested.

A few bytes of JSON make objects of fifty times their size, and a deep nesting overflows the stack of a decoder written
in C. Texts from people one does not trust are looked at first, at the speed of `bytes.count` and one pass of a regular
expression that never goes back.
"""

from __future__ import annotations

__all__ = ["nested_too_deeply", "too_many_values"]

# Never gives back what it has read, so that a text without an end is read once.
_TEXT = rb'"(?>[^"\\]*(?:\\.?[^"\\]*)*)(?:"|\Z)'


def too_many_values(raw: bytes, most: int) -> bool:
    """Whether there are more than about `most` values. Signs inside of texts do not count."""
    if _signs(raw) <= most:
        return False
    if raw.count(b'"') - raw.count(b'\\"') > 4 * most:  # at least half of them begin or end a text
        return True
    import re

    return _signs(re.sub(_TEXT, b"", raw, flags=re.DOTALL)) > most


def nested_too_deeply(raw: bytes, most: int) -> bool:
    """Whether arrays and objects lie more than `most` deep in each other. Ask ``too_many_values`` first."""
    if raw.count(b"[") + raw.count(b"{") <= most:
        return False
    import re

    depth = 0
    for match in re.finditer(_TEXT + rb"|[\[{]|[\]}]", raw, re.DOTALL):
        sign = match[0][:1]
        if sign in (b"[", b"{"):
            depth += 1
            if depth > most:
                return True
        elif sign != b'"':
            depth -= 1
    return False


def _signs(raw: bytes) -> int:
    return raw.count(b"[") + raw.count(b"{") + raw.count(b",")
