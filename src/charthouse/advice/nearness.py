"""Which known name was meant: "did you mean" for functions, templates, variables, keys, flags and kinds."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["listed", "meant", "nearest"]

_MAX_KNOWN = 5000
_MAX_NAME = 200


def nearest(name: str, known: Iterable[str], count: int = 2) -> list[str]:
    """The known names most like `name`, the nearest first; equal but for case, `-` and `_` comes before all."""
    from difflib import get_close_matches

    if not name or len(name) > _MAX_NAME:
        return []
    names = [other for other, _ in zip(dict.fromkeys(known), range(_MAX_KNOWN), strict=False) if other != name]
    folded = _folded(name)
    same = [other for other in names if _folded(other) == folded]
    if same:
        return same[:count]
    # Short names differ by much when they differ at all.
    alike = 0.7 if len(name) > 4 else 0.6
    found = get_close_matches(name, [other for other in names if len(other) < _MAX_NAME], count, alike)
    if not found and len(folded) > 2:
        found = [other for other in names if _folded(other).startswith(folded) or _part(folded, _folded(other))]
    return found[:count]


def _part(name: str, other: str) -> bool:
    return len(other) > 2 and (name.startswith(other) or name.endswith(other) or other.endswith(name))


def _folded(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(".", "")


def meant(name: str, known: Iterable[str], *, shown: str = "{}") -> str:
    """`did you mean X or Y?`, "" when nothing is near. shown: how a name is written, with `{}` for it."""
    found = [shown.format(other) for other in nearest(name, known)]
    return f"did you mean {' or '.join(found)}?" if found else ""


def listed(names: Iterable[str], most: int = 8) -> str:
    """Names as a list in text, cut after some."""
    every = list(names)
    more = f", … ({len(every)} in all)" if len(every) > most else ""
    return ", ".join(every[:most]) + more
