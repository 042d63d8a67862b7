"""The documents of a schema and what references lead to (schemaPool.go, gojsonreference, gojsonpointer).

References are made absolute in place when a document is read. A document is found by its address without fragment;
fragments are JSON pointers into it. The metaschemas of drafts 4, 6 and 7 are not kept: nothing but a reference to them
would need them, and such a reference is refused like any other address.
"""

from __future__ import annotations

from charthouse.charts.gojsonschema.problem import SchemaProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["DRAFT4", "DRAFT6", "DRAFT7", "HYBRID", "Pool", "draft_of", "inherit"]

DRAFT4, DRAFT6, DRAFT7, HYBRID = 4, 6, 7, 1 << 31
_DRAFTS = {f"http://json-schema.org/draft-0{number}/schema": number for number in (DRAFT4, DRAFT6, DRAFT7)}
_LITERAL = ("const", "enum")
_NAMED = ("properties", "dependencies", "patternProperties")
_MAX_DEPTH = 400


def draft_of(document: Any) -> int | None:
    """The draft a document says it is of, None when it says nothing known. Raises SchemaProblem."""
    if type(document) is bool:
        return None
    if type(document) is not dict:
        raise SchemaProblem("schema is invalid")
    stated = document.get("$schema", "")
    if type(stated) is not str:
        raise SchemaProblem("$schema must be of type string")
    return _DRAFTS.get(stated.removesuffix("#"))


def inherit(base: str, reference: str) -> str:
    """An address as seen from another: the fragment is the reference's own."""
    if reference == "#":
        reference = ""
    base = base.partition("#")[0]
    if not base or reference.startswith("#") or not reference:
        return base + reference if reference.startswith("#") or not reference else reference
    from charthouse.charts.schema.document import join

    return join(base, reference)


class Pool:
    """Documents by address: (document, draft)."""

    __slots__ = ("documents",)

    def __init__(self) -> None:
        self.documents: dict[str, tuple[Any, int | None]] = {}

    def add_root(self, document: Any) -> None:
        """Take in the schema itself. Raises SchemaProblem."""
        draft = draft_of(document)
        self._survey(document, "", draft, 0)
        self.documents[""] = (document, draft)

    def _survey(self, node: Any, base: str, draft: int | None, depth: int) -> None:
        """Note every `id`, make every `$ref` absolute."""
        if depth > _MAX_DEPTH:
            raise SchemaProblem("unable to validate schema: nested too deeply")
        if type(node) is list:
            for item in node:
                self._survey(item, base, draft, depth + 1)
            return
        if type(node) is not dict:
            return
        name = node.get("id") if "id" in node else node.get("$id")
        if type(name) is str:
            base = inherit(base, name)
            if base in self.documents:
                return
            self.documents[base] = (node, draft)
        if type(node.get("$ref")) is str:
            node["$ref"] = inherit(base, node["$ref"])
        for key, value in node.items():
            if key in _LITERAL:
                continue
            if key in _NAMED:
                if type(value) is dict:
                    for inner in value.values():
                        self._survey(inner, base, draft, depth + 1)
            else:
                self._survey(value, base, draft, depth + 1)

    def get(self, reference: str) -> tuple[Any, int | None]:
        """What a reference leads to, and its draft. Raises SchemaProblem."""
        found = self.documents.get(reference)
        if found is not None:
            return found
        address, _, fragment = reference.partition("#")
        if address not in self.documents:
            raise SchemaProblem(_refusal(address, reference))
        document, draft = self.documents[address]
        found = _point(document, fragment), draft
        self.documents[reference] = found
        return found


def _refusal(address: str, reference: str) -> str:
    if address.startswith(("http://", "https://")):
        return f'Get "{address}": remote schemas are not fetched'
    if address.startswith("file:///"):
        return f"open {address.removeprefix('file://')}: no such file or directory"
    return f"Reference {reference} must be canonical"


def _point(document: Any, fragment: str) -> Any:
    """A JSON pointer's target; a fragment that is none means the whole document."""
    if "%" in fragment:
        from urllib.parse import unquote

        fragment = unquote(fragment)
    if not fragment.startswith("/"):
        return document
    node = document
    for token in fragment[1:].split("/"):
        if type(node) is dict:
            name = token.replace("~1", "/").replace("~0", "~")
            if name not in node:
                raise SchemaProblem(f"Object has no key '{name}'")
            node = node[name]
        elif type(node) is list:
            if not token.lstrip("+-").isdigit():
                raise SchemaProblem(f"Invalid array index '{token}'")
            index = int(token)
            if not 0 <= index < len(node):
                raise SchemaProblem(f"Out of bound array[0,{len(node)}] index '{index}'")
            node = node[index]
        else:
            raise SchemaProblem(f"Invalid token reference '{token}'")
    return node
