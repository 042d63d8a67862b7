"""What is known of where values lie: the path of every map and list of the root data, and what was made from them.

A *taint* is what a value was made of: (reads, texts), texts being printed text with reads of its own. Maps and lists
are known by identity, so that `.Values.image` handed through `include`, `with` or a variable is still `.Values.image`;
scalars carry their taint along. What a function builds (`dict`, `merge`, `fromYaml`) has a taint for each key where
that is known; otherwise a key of it is looked for, by value, in the maps it was made of. The taint of a map or list
that is known or built is then only its path and what chose it (`index .Values.sizes .Values.size`); ``whole`` is all.
"""

from __future__ import annotations

from charthouse.engine.trace.segments import Segment, Text, united

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.engine.scope import Source
    from charthouse.engine.trace.segments import Read, Reads

    Taint = tuple[Reads, tuple[Text, ...]]

__all__ = ["CLEAN", "Key", "Knowledge", "both", "snapshot"]

CLEAN: Taint = ((), ())
_MISSING = object()
_MAX_TEXTS = 50
_MAX_NESTED = 20


class Key(str):
    """The last step of a read that was of the key itself (`range $key, $value`), not of what lies under it."""

    __slots__ = ()


def both(*taints: Taint) -> Taint:
    """All of several taints; of very many texts the first."""
    dirty = [taint for taint in taints if taint is not CLEAN and (taint[0] or taint[1])]
    if len(dirty) <= 1:
        return dirty[0] if dirty else CLEAN
    texts: dict[Text, None] = {}
    for taint in dirty:
        texts.update(dict.fromkeys(taint[1][: _MAX_TEXTS - len(texts)]))
    return united(*[taint[0] for taint in dirty]), tuple(texts)


class Knowledge:
    """Paths and taints of maps and lists. values: `.Values` as rendering began (never changed)."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self.paths: dict[int, Read] = {}
        self.made: dict[int, dict[Any, Taint]] = {}
        # Identities hold only while the objects live.
        self.alive: list[Any] = []

    def learn(self, source: Source, prefix: tuple[str, ...]) -> None:
        """The root data of one chart's templates. prefix: the chart's path below the root."""
        scope = source.scope
        if id(scope.data) in self.paths:
            return
        above: Read = tuple(part for name in prefix for part in ("Subcharts", name))
        for data in (scope.data, scope.shared):
            self.know(data, above)
        for name in ("Chart", "Files"):
            self.know_all(scope.shared.get(name), (*above, name))
        for name in ("Release", "Capabilities"):
            self.know_all(scope.shared.get(name), (name,))
        self.know_all(scope.values, ("Values", *prefix))
        if scope.block is not None:
            self.know_all(scope.block, ("Values", *prefix))

    def know(self, value: Any, path: Read) -> None:
        self.paths[id(value)] = path
        self.alive.append(value)

    def know_all(self, value: Any, path: Read) -> None:
        """A map or list and all in it."""
        if isinstance(value, dict):
            self.know(value, path)
            for key, entry in value.items():
                if isinstance(entry, (dict, list)):
                    self.know_all(entry, (*path, key))
        elif isinstance(value, list):
            self.know(value, path)
            for at, entry in enumerate(value):
                if isinstance(entry, (dict, list)):
                    self.know_all(entry, (*path, at))
        elif value is not None and not isinstance(value, (str, int, float, bytes)):
            self.know(value, path)

    def child(self, value: Any, taint: Taint, key: Any, found: Any) -> Taint:
        """The taint of `found`, which lies in `value` under a key or index."""
        path = self.paths.get(id(value))
        chosen = taint if path is None or path not in taint[0] else _without(taint, path)
        made = self.made.get(id(value))
        if made is not None and key in made:
            return both(made[key], chosen)
        if path is None:
            return self.refined(taint, key, found)
        below = _scoped((*path, key))
        if found is not None and not isinstance(found, (str, int, float, bytes)) and id(found) not in self.paths:
            self.know(found, below)
        return both(((below,), ()), chosen)

    def whole(self, value: Any, taint: Taint, depth: int = 0) -> Taint:
        """The taint of a value of which all counts."""
        made = self.made.get(id(value)) if isinstance(value, (dict, list)) else None
        if made is None or depth > _MAX_NESTED:
            return taint
        inside = [self.whole(_entry(value, key), entry, depth + 1) for key, entry in made.items()]
        return both(taint, *inside)

    def key_of(self, value: Any, taint: Taint, key: Any, entry: Taint) -> Taint:
        """The taint of a key or index. entry: of what lies under it."""
        if isinstance(key, str):
            return tuple((*path[:-1], Key(key)) if path[-1:] == (key,) else path for path in entry[0]), entry[1]
        path = self.paths.get(id(value))
        return taint if path is None else ((path,), ())

    def refined(self, taint: Taint, key: Any, found: Any) -> Taint:
        """The taint of an entry of something unknown: the paths that have an equal entry, else all of it."""
        if not taint[0]:
            return taint
        exact = []
        for path in taint[0]:
            held = self.value((*path, key))
            if held is not _MISSING and type(held) is type(found) and held == found:
                exact.append((*path, key))
        return (tuple(exact), ()) if exact else taint

    def value(self, path: Read, missing: Any = _MISSING) -> Any:
        """What lay at a path of `.Values` when rendering began; `missing` when nothing did."""
        if not path or path[0] != "Values":
            return missing
        value: Any = self.values
        for step in path[1:]:
            if isinstance(value, dict):
                value = value.get(step, _MISSING) if isinstance(step, str) else _MISSING
            elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
                value = value[step]
            else:
                return missing
            if value is _MISSING:
                return missing
        return value

    def make(self, value: Any, entries: dict[Any, Taint]) -> None:
        """Taints of the entries of a map or list a function built."""
        if id(value) not in self.made:
            self.alive.append(value)
            self.made[id(value)] = {}
        self.made[id(value)].update(entries)

    def merged(self, target: Any, taint: Taint, before: Any, sources: list[tuple[Any, Taint]]) -> None:
        """After `merge`: the entries of `target` that it did not have, from the sources that have them."""
        if not isinstance(target, dict):
            return
        for key, value in target.items():
            old, inner = before.get(key, (_MISSING, None))
            given = [
                (held[key], self.child(held, made_of, key, held[key])) for held, made_of in sources if _has(held, key)
            ]
            if old is value:
                entry = self.child(target, taint, key, value)
                if inner is not None:
                    self.merged(value, entry, inner, given)
                if id(target) not in self.paths:
                    self.make(target, {key: entry})
                continue
            for held, entry in given:
                if held is value or (type(held) is type(value) and held == value):
                    self.make(target, {key: entry})
                    break

    def parsed(self, value: Any, text: Text) -> bool:
        """After `fromYaml`: each entry was made of what its line was made of. Returns whether that can be told."""
        from charthouse.formats.yaml import YamlError, key_lines

        try:
            lines = key_lines(text.text)
        except YamlError:
            return False
        for path, line in lines.items():
            holder: Any = value
            for step in path[:-1]:
                holder = _entry(holder, step)
            if _entry(holder, path[-1]) is not None:
                reads = united(*[segment.reads for segment in text.line(line)])
                self.make(holder, {path[-1]: (reads, ())})
        return True

    def dumped(self, text: str, value: Any, taint: Taint) -> Text | None:
        """After `toYaml`: the text with a segment for each line, None for a scalar."""
        if not isinstance(value, (dict, list)) or not value:
            return None
        from charthouse.formats.yaml import YamlError, key_lines

        try:
            lines = key_lines(text)
        except YamlError:
            return None
        taints: dict[tuple[str | int, ...], tuple[Any, Taint]] = {(): (value, taint)}
        starts: dict[int, Reads] = {}
        for path, line in lines.items():
            holder, above = taints[path[:-1]]
            found = _entry(holder, path[-1])
            below = taint if holder is None else self.child(holder, above, path[-1], found)
            taints[path] = found, below
            starts[line] = below[0]
        segments = []
        offset = 0
        reads = taint[0]
        for number, line_text in enumerate(text.split("\n"), 1):
            reads = starts.get(number, reads)
            end = min(offset + len(line_text) + 1, len(text))
            segments.append(Segment(offset, end, None, reads))
            offset = end
        return Text(text, segments)


def _scoped(path: Read) -> Read:
    """`.Subcharts.db.Values` is the root's `.Values.db`; release and cluster are the same for all."""
    if len(path) > 2 and path[0] == "Subcharts":
        names = []
        rest = path
        while len(rest) > 2 and rest[0] == "Subcharts":
            names.append(rest[1])
            rest = rest[2:]
        if rest[0] == "Values":
            return ("Values", *names, *rest[1:])
        if rest[0] in ("Release", "Capabilities", "Template"):
            return rest
    return path


def _without(taint: Taint, path: Read) -> Taint:
    return tuple(read for read in taint[0] if read != path), taint[1]


def _has(held: Any, key: Any) -> bool:
    return isinstance(held, dict) and key in held


def _entry(holder: Any, step: str | int) -> Any:
    if isinstance(holder, dict):
        return holder.get(step)
    if isinstance(holder, list) and isinstance(step, int) and step < len(holder):
        return holder[step]
    return None


def snapshot(value: Any, depth: int = 0) -> dict[Any, tuple[Any, Any]]:
    """The entries of a map before a function changes it: key → (value, the same of a map inside)."""
    if not isinstance(value, dict) or depth > 50:
        return {}
    return {
        key: (entry, snapshot(entry, depth + 1) if isinstance(entry, dict) else None) for key, entry in value.items()
    }
