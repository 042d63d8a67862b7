"""Paths to fields of rendered objects: as people write them, and where the field stands in the text.

Grammar::

    path     = [ "." ] step *( "." step / selector )
    step     = name *selector                     a map's key; dots inside a key need no quoting where it is clear
    selector = "[" number "]"                     an item of a list
             / "[" key "=" value "]"              the item whose key has that value, as in containers[name=web]
             / "[" quoted text "]"                a map's key, as in annotations["helm.sh/hook"]
"""

from __future__ import annotations

from bisect import bisect_right

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Path = tuple[str | int, ...]
    # A key, an index, or (key, value) of the item that is meant.
    Step = str | int | tuple[str, str]

__all__ = ["FieldNotFound", "FieldSpans", "WrongPath", "leaves", "parse", "resolve"]

_SHOWN = 30


class WrongPath(CharthouseError):
    """A text that is no path."""


class FieldNotFound(CharthouseError):
    """There is no such field. reached: the path up to where it could be followed; missing: the first step that could
    not; names: what there is instead; near: the path that may have been meant, "" for none.
    """

    def __init__(self, path: str, reached: Path, names: list[str], near: str, missing: Step) -> None:
        from charthouse.charts.origin import path_text

        inside = path_text(reached) or "the object"
        listed = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        hint = f"did you mean {near}?\n" if near else ""
        hint += f"{inside} has {listed}" if names else f"{inside} has no fields"
        super().__init__(f"no field {path}", hint=hint)
        self.reached = reached
        self.missing = missing
        self.names = names
        self.near = near


def parse(text: str) -> list[Step]:
    """The steps of a path. Raises WrongPath."""
    steps: list[Step] = []
    at = 1 if text[:1] == "." else 0
    while at < len(text):
        if text[at] == "[":
            end = _closing(text, at)
            steps.append(_selector(text[at + 1 : end], text))
            at = end + 1
            if text[at : at + 1] == ".":
                at += 1
            continue
        end = at
        while end < len(text) and text[end] not in ".[":
            end += 1
        if end == at:
            raise WrongPath(f"no path: {text}", hint="a dot stands between two names, as in spec.replicas")
        steps.append(text[at:end])
        at = end + 1 if text[end : end + 1] == "." else end
    return steps


def _closing(text: str, start: int) -> int:
    quote = text[start + 1 : start + 2]
    if quote in ("'", '"') and quote:
        end = text.find(quote + "]", start + 2)
        end = end + 1 if end >= 0 else -1
    else:
        end = text.find("]", start)
    if end < 0:
        raise WrongPath(f"no path: {text}", hint="the bracket is not closed; items are written [0] or [name=web]")
    return end


def _selector(inside: str, text: str) -> Step:
    if inside[:1] in ("'", '"') and len(inside) > 1:
        return inside[1:-1]
    if inside.isdecimal() and inside.isascii() and len(inside) < 10:
        return int(inside)
    key, equal, value = inside.partition("=")
    if equal and key:
        return key, value
    raise WrongPath(f"no path: {text}", hint=f'[{inside}] is no item: write [0], [name=web] or ["a.key"]')


def resolve(value: Any, text: str) -> Path:
    """The path `text` means in an object. Raises WrongPath, FieldNotFound."""
    steps = parse(text)
    path: Path = ()
    while steps:
        found, used = _follow(value, steps)
        if not used:
            names = _names(value)
            raise FieldNotFound(text, path, names, _near(path, steps, names), steps[0])
        path = (*path, found)
        value = value[found]
        del steps[:used]
    return path


def _follow(value: Any, steps: list[Step]) -> tuple[Any, int]:
    """The key or index the next steps mean, and how many of them."""
    step = steps[0]
    if isinstance(value, dict):
        key = ""
        for used, part in enumerate(steps, 1):
            if isinstance(part, tuple) or (isinstance(part, int) and used > 1):
                break
            key = f"{key}.{part}" if used > 1 else str(part)
            if key in value:
                return key, used
    elif isinstance(value, list):
        if isinstance(step, tuple):
            for index, item in enumerate(value):
                if isinstance(item, dict) and step[0] in item and _text(item[step[0]]) == step[1]:
                    return index, 1
        elif str(step).isdecimal() and int(step) < len(value):
            return int(step), 1
    return None, 0


def _text(value: Any) -> str:
    from charthouse.charts.scalars import scalar_text

    return value if isinstance(value, str) else "" if isinstance(value, (dict, list)) else scalar_text(value)


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        return list(value)
    if not isinstance(value, list):
        return []
    out = []
    for index, item in enumerate(value):
        name = item.get("name") if isinstance(item, dict) else None
        out.append(f"[name={name}]" if isinstance(name, str) else f"[{index}]")
    return out


def _near(path: Path, steps: list[Step], names: list[str]) -> str:
    from difflib import get_close_matches

    from charthouse.charts.origin import path_text

    step = steps[0]
    wanted = f"[{step[0]}={step[1]}]" if isinstance(step, tuple) else f"[{step}]" if isinstance(step, int) else step
    folded = {name.lower(): name for name in names}
    for found in get_close_matches(wanted.lower(), list(folded), 1, 0.6):
        name = folded[found]
        return path_text(path) + name if name[:1] == "[" else path_text((*path, name))
    return ""


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every scalar below a value, and every empty map and list, with its path."""
    if isinstance(value, dict) and value:
        for key, entry in value.items():
            yield from leaves(entry, (*path, key))
    elif isinstance(value, list) and value:
        for index, entry in enumerate(value):
            yield from leaves(entry, (*path, index))
    else:
        yield path, value


class FieldSpans:
    """Where the fields of a document stand in its text."""

    def __init__(self, text: str) -> None:
        from charthouse.formats.yaml.positions import key_places

        self.text = text
        self.starts = [0]
        at = text.find("\n")
        while at >= 0:
            self.starts.append(at + 1)
            at = text.find("\n", at + 1)
        self.places = {path: self._offset(place) for path, place in key_places(text).items()}
        self.order = sorted(self.places, key=lambda path: (self.places[path], len(path)))
        self.number = {path: number for number, path in enumerate(self.order)}

    def _offset(self, place: tuple[int, int]) -> int:
        line, column = place
        return self.starts[min(line, len(self.starts)) - 1] + column - 1

    def line(self, path: Path) -> int:
        """The line (from 1) of a field's key or item; 0 when it has none."""
        return bisect_right(self.starts, self.places[path]) if path in self.places else 0

    def value(self, path: Path) -> tuple[int, int]:
        """Start and end of a field's value; of its key where the value is empty. (0, 0) for a field that has none."""
        if path not in self.places:
            return 0, 0
        start = self.places[path]
        end = len(self.text)
        for other in self.order[self.number[path] + 1 :]:
            if other[: len(path)] != path:
                end = self.places[other]
                break
        key = start
        if path and isinstance(path[-1], str):
            start = self._behind_key(start, end)
        inside = self.text[start:end]
        if not inside.strip(" \t\n-,}]"):
            stop = self.text.find("\n", max(start - 1, key))
            return key, max(start, key + 1, stop)
        start += len(inside) - len(inside.lstrip())
        return start, start + len(self.text[start:end].rstrip(" \t\n-,?"))

    def _behind_key(self, start: int, end: int) -> int:
        """Behind the colon of the key that begins at `start`."""
        at = self.text.find(":", start, end)
        while at >= 0 and at + 1 < end and self.text[at + 1] not in " \t\n\"'{[":
            at = self.text.find(":", at + 1, end)
        return end if at < 0 else at + 1
