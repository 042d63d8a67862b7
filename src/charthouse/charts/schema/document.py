"""A schema as it stands in its file: where its references lead, and whether it is a schema at all.

Whose rules: santhosh-tekuri/jsonschema v6.0.3 `compiler.go`, `objcompiler.go`, `roots.go`, `root.go`, `draft.go`. The
schema stays the dict JSON gave; what compiling adds is kept beside it under the identity of each dict. A walk checks
the keywords' types; only when one is off is the metaschema asked, whose words the error has.
"""

from __future__ import annotations

from charthouse.charts.schema.keywords import REFERENCES, Number, escaped, looks_sound, subschemas, survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.golang.regexp import Regexp
    from charthouse.logs import Log

__all__ = ["BadStatus", "Document", "SchemaProblem"]

ADDRESS = "file:///values.schema.json"
_PLACES = (b'"id"', b'"$anchor"', b'"$dynamicAnchor"', b'"$recursiveAnchor"', b"\\u00")
"""What gives a part of a schema a place of its own (besides the root's `$id`); escapes may hide one."""
_DRAFTS = {
    "json-schema.org/schema": 2020,
    "json-schema.org/draft/2020-12/schema": 2020,
    "json-schema.org/draft/2019-09/schema": 2019,
    "json-schema.org/draft-07/schema": 7,
    "json-schema.org/draft-06/schema": 6,
    "json-schema.org/draft-04/schema": 4,
}


class SchemaProblem(Exception):
    """A schema that cannot be used; its text is Helm's."""


class BadStatus(OSError):
    """An address of a schema that answers with another status than 200."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"returned status {status} ({reason})")


class Resource:
    """A part of the document with an address of its own (`$id`), its anchors by name."""

    __slots__ = ("address", "anchors", "dynamic", "node", "pointer")

    def __init__(self, address: str, node: Any, pointer: str) -> None:
        self.address = address
        self.node = node
        self.pointer = pointer
        self.anchors: dict[str, tuple[Any, str]] = {}
        self.dynamic: dict[str, Any] = {}


class Document:
    """A schema with its references resolved.

    root: the schema; draft: 4, 6, 7, 2019 or 2020; targets: id of a dict holding a reference keyword, and the keyword
    → the schema it names; patterns: expression → compiled; tracks: whether anything asks what was left unevaluated.
    """

    def __init__(
        self, root: Any, address: str, *, log: Log | None = None, fetch: Callable[[str], bytes] | None = None
    ) -> None:
        self.root = root
        self.address = address
        self.log = log
        self.fetch = fetch
        self.draft = self._draft(root)
        self.targets: dict[tuple[int, str], Any] = {}
        self.patterns: dict[str, Regexp] = {}
        self.tracks = False
        self.resources: list[Resource] = []
        self.home: dict[int, Resource] = {}
        self.others: dict[str, Document] = {}
        self._pointers: dict[int, str] | None = None

    @classmethod
    def parse(cls, data: bytes, *, log: Log | None = None, fetch: Callable[[str], bytes] | None = None) -> Document:
        """The schema of a values.schema.json. Raises SchemaProblem."""
        root = _json(data)
        if log is not None:
            from charthouse.logs import DEBUG, LogRecord

            log(LogRecord(DEBUG, "unmarshalled JSON schema", schema=data))
        document = cls(root, ADDRESS, log=log, fetch=fetch)
        own = 1 if isinstance(document.root, dict) and "$id" in document.root else 0
        plain = data.count(b'"$id"') == own and not any(mark in data for mark in _PLACES)
        if plain and document.resolve_plainly():
            return document
        document.resources.clear()
        document.collect()
        if not looks_sound(document.root, document.draft, document.compiles):
            document.check_against_metaschema()
        document.resolve()
        return document

    def resolve_plainly(self) -> bool:
        """Resolves a schema that looks sound, gives no part of itself an address or anchor, and refers to nothing but
        its own schemas; whether it was one."""
        found = survey(self.root, self.draft, self.compiles)
        if found is None:
            return False
        references, schemas, self.tracks = found
        base = Resource(self.address, self.root, "")
        self.resources.append(base)
        self._own_resource(self.root, "", base)
        for node, key in references:
            stated = node[key]
            if key != "$ref" or (stated != "#" and not stated.startswith("#/")):
                return False
            try:
                target = self._lookup(base, _unescaped_percent(stated[1:]))
            except SchemaProblem:
                return False
            if id(target) not in schemas and not isinstance(target, bool):
                return False
            self.targets[id(node), key] = target
        return True

    def _draft(self, root: Any) -> int:
        stated = root.get("$schema") if isinstance(root, dict) else None
        if not isinstance(stated, str):
            return 2020
        bare, _, fragment = stated.partition("#")
        draft = _DRAFTS.get(bare.removeprefix("http://").removeprefix("https://"))
        if draft is None or fragment:
            raise SchemaProblem(_unloadable(bare))
        return draft

    # --- places --------------------------------------------------------------------------------------------------

    def collect(self) -> None:
        """Finds resources and anchors."""
        base = Resource(self.address, self.root, "")
        self.resources.append(base)
        self._collect(self.root, "", base)

    def _collect(self, node: Any, pointer: str, resource: Resource) -> None:
        if not isinstance(node, dict) or id(node) in self.home:
            return
        resource = self._own_resource(node, pointer, resource)
        self.home[id(node)] = resource
        self._anchors(node, pointer, resource)
        for inner, path in subschemas(node, pointer):
            self._collect(inner, path, resource)

    def _own_resource(self, node: dict[str, Any], pointer: str, resource: Resource) -> Resource:
        name = "id" if self.draft == 4 else "$id"
        stated = node.get(name)
        if not isinstance(stated, str) or (self.draft < 2019 and "$ref" in node):
            return resource
        stated = stated.partition("#")[0]
        if not stated:
            return resource
        if _unparsable(stated):
            raise SchemaProblem(f'error in parsing id at "{resource.address}#{pointer}"')
        address = join(resource.address, stated)
        if not pointer:
            resource.address = address
            return resource
        for known in self.resources:
            if known.address == address:
                raise SchemaProblem(
                    f'duplicate id "{address}" in "{self.address}" at "{pointer}" and "{known.pointer}"'
                )
        own = Resource(address, node, pointer)
        self.resources.append(own)
        return own

    def _anchors(self, node: dict[str, Any], pointer: str, resource: Resource) -> None:
        names: list[str] = []
        if self.draft < 2019:
            stated = node.get("id" if self.draft == 4 else "$id")
            if isinstance(stated, str) and "$ref" not in node:
                fragment = stated.partition("#")[2]
                if fragment and not fragment.startswith("/"):
                    names.append(fragment)
        else:
            anchor = node.get("$anchor")
            if isinstance(anchor, str):
                names.append(anchor)
            dynamic = node.get("$dynamicAnchor")
            if isinstance(dynamic, str) and self.draft >= 2020:
                names.append(dynamic)
                resource.dynamic[dynamic] = node
        for name in names:
            found = resource.anchors.get(name)
            if found is not None and found[1] != pointer:
                raise SchemaProblem(f'duplicate anchor "{name}" in "{self.address}" at "{found[1]}" and "{pointer}"')
            resource.anchors[name] = (node, pointer)

    def pointer(self, node: Any) -> str:
        """Where a dict of the schema stands, as a JSON pointer."""
        if self._pointers is None:
            self._pointers = {}
            stack = [(self.root, "")]
            while stack:
                current, path = stack.pop()
                if isinstance(current, dict):
                    self._pointers.setdefault(id(current), path)
                    stack += [(item, f"{path}/{escaped(key)}") for key, item in current.items()]
                elif isinstance(current, list):
                    stack += [(item, f"{path}/{index}") for index, item in enumerate(current)]
        return self._pointers.get(id(node), "")

    # --- checks --------------------------------------------------------------------------------------------------

    def compiles(self, text: str) -> bool:
        """Whether a text is a regular expression; it is kept when it is."""
        from charthouse.golang.kinds import GoError
        from charthouse.golang.regexp import compile as compile_expression

        if text in self.patterns:
            return True
        try:
            self.patterns[text] = compile_expression(text)
        except GoError:
            return False  # the metaschema's check words it
        return True

    def check_against_metaschema(self) -> None:
        """Raises SchemaProblem in the metaschema's words when the schema is not one."""
        from charthouse.charts.schema.metaschema import violation

        found = violation(self.root, self.draft)
        if found is not None:
            raise SchemaProblem(f'"{ADDRESS}#" is not valid against metaschema: {found.text()}')

    # --- references ----------------------------------------------------------------------------------------------

    def resolve(self) -> None:
        """Follows every reference that compiling would meet. Raises SchemaProblem for one that leads nowhere."""
        seen: set[int] = set()
        queue = [self.root]
        for node in queue:
            if not isinstance(node, dict) or id(node) in seen:
                continue
            seen.add(id(node))
            if id(node) not in self.home:
                self._collect(node, self.pointer(node), self._enclosing(node))
            found = self._references(node)
            queue += found
            if found and self.draft < 2019 and "$ref" in node:
                continue
            if self.draft >= 2019 and ("unevaluatedProperties" in node or "unevaluatedItems" in node):
                self.tracks = True
            for key in ("pattern", "patternProperties"):
                self._expressions(node.get(key), key, node)
            queue += [inner for inner, path in subschemas(node, "") if not path.startswith(("/$defs", "/definitions"))]

    def _enclosing(self, node: Any) -> Resource:
        pointer = self.pointer(node)
        best = self.resources[0]
        for resource in self.resources:
            if pointer.startswith(resource.pointer + "/") and len(resource.pointer) > len(best.pointer):
                best = resource
        return best

    def _expressions(self, value: Any, key: str, node: Any) -> None:
        expressions = [value] if isinstance(value, str) else list(value) if isinstance(value, dict) else []
        for text in expressions:
            if text not in self.patterns and not self.compiles(text):
                from charthouse.charts.schema.formats import complaint

                place = f"{self.address}#{self.pointer(node)}/{key}"
                raise SchemaProblem(f'invalid regex "{text}" at "{place}": {complaint("regex", text)}')

    def _references(self, node: dict[str, Any]) -> list[Any]:
        out: list[Any] = []
        for key in REFERENCES:
            stated = node.get(key)
            if not isinstance(stated, str) or (key != "$ref" and self.draft < 2019):
                continue
            if key == "$dynamicRef" and self.draft < 2020:
                continue
            target = self._target(stated, self.home.get(id(node), self.resources[0]))
            self.targets[id(node), key] = target
            out.append(target)
        return out

    def _target(self, stated: str, resource: Resource) -> Any:
        bare, _, fragment = stated.partition("#")
        wrong = _unparsable(bare) or _bad_escape(fragment)
        if wrong:
            raise SchemaProblem(f'error in parsing "{stated}": {wrong}')
        fragment = _unescaped_percent(fragment)
        address = join(resource.address, bare) if bare else resource.address
        found = self.resources[0] if address == self.address else None
        for known in self.resources:
            if known.address == address:
                found = known
        if found is None:
            return self._remote(address, fragment)
        if fragment and not fragment.startswith("/"):
            anchor = found.anchors.get(fragment)
            if anchor is None:
                raise SchemaProblem(f'anchor in "{found.address}#{fragment}" not found in schema "{self.address}"')
            return anchor[0]
        return self._lookup(found, fragment)

    def _lookup(self, resource: Resource, pointer: str) -> Any:
        node = resource.node
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict) and key in node:
                node = node[key]
            elif isinstance(node, list) and key.isdecimal() and int(key) < len(node):
                node = node[int(key)]
            else:
                shown = _percent(resource.pointer + pointer)
                raise SchemaProblem(f'json-pointer in "{self.address}#{shown}" not found')
        return node

    def _remote(self, address: str, fragment: str) -> Any:
        from charthouse.charts.schema.metaschema import load

        if address.startswith("urn:"):
            if self.log is not None:
                from charthouse.logs import WARN, LogRecord

                self.log(LogRecord(WARN, "unresolved URN reference ignored; using permissive schema", urn=address))
            return True
        other = self.others.get(address)
        if other is None:
            root = load(address)
            if root is None:
                root = self._fetched(address)
            other = self.others[address] = Document(root, address, log=self.log, fetch=self.fetch)
            other.collect()
            other.others = self.others
            other.resolve()
            self.targets.update(other.targets)
            self.home.update(other.home)
            self.patterns.update(other.patterns)
        return other._target("#" + fragment, other.resources[0])

    def _fetched(self, address: str) -> Any:
        if self.fetch is None or not address.startswith(("http://", "https://")):
            raise SchemaProblem(_unloadable(address))
        try:
            data = self.fetch(address)
        except BadStatus as error:
            raise SchemaProblem(f'failing loading "{address}": HTTP request to {address} {error}') from None
        except OSError as error:
            raise SchemaProblem(f'failing loading "{address}": HTTP request failed for {address}: {error}') from None
        try:
            return _json(data)
        except SchemaProblem as problem:
            raise SchemaProblem(f'failing loading "{address}": {problem}') from None


def _json(data: bytes) -> Any:
    from charthouse.golang.json import decode_typed
    from charthouse.golang.kinds import GoError, go_string

    text = go_string(data)
    try:
        return decode_typed(text, int, Number)
    except GoError as error:
        words = str(error)
        if words == "unexpected end of JSON input":
            words = "unexpected EOF" if text.strip() else "EOF"
        elif words.endswith("after top-level value"):
            words = "invalid character after top-level value"
        raise SchemaProblem(words) from None


def _percent(pointer: str) -> str:
    from urllib.parse import quote

    return quote(pointer, safe="/$&+=:@~")


def _unescaped_percent(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)


_ESCAPED = ' "<>\\^`{|}'
"""What Go's net/url escapes in a path."""


def join(base: str, reference: str) -> str:
    """url.ResolveReference for what schemas name each other by."""
    if "://" in reference or reference.startswith("urn:"):
        return reference
    if base.startswith("urn:"):
        return reference
    from urllib.parse import urljoin

    joined = urljoin(base.replace("file:///", "http://file/"), reference).replace("http://file/", "file:///")
    if joined.isascii() and not any(char in joined for char in _ESCAPED):
        return joined
    from urllib.parse import quote

    return "".join(quote(char) if char in _ESCAPED or char > "~" else char for char in joined)


def _bad_escape(fragment: str) -> str:
    if "%" in fragment:
        from charthouse.charts.schema.formats import complaint

        return complaint("uri-reference", "#" + fragment).partition(": ")[2]
    return ""


def _unparsable(reference: str) -> str:
    """Why a reference is none, "" when it is one."""
    if reference.isascii() and ":" not in reference and "%" not in reference:
        return ""
    from charthouse.charts.schema.formats import complaint

    return complaint("uri-reference", reference)


def _unloadable(address: str) -> str:
    """Helm's text for an address that cannot be loaded; ours refuses without trying."""
    if address.startswith("file://"):
        path = _unescaped_percent(address.removeprefix("file://"))
        return f'failing loading "{address}": open {path}: no such file or directory'
    if address.startswith(("http://", "https://")):
        return f'failing loading "{address}": HTTP request failed for {address}: remote schemas are not fetched'
    return f'failing loading "{address}": no URLLoader registered for "{address}"'
