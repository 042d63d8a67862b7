"""The metaschemas: what a schema itself must look like. Asked only about schemas that look wrong.

The documents are those of json-schema.org, read from the files of the package ``jsonschema-specifications`` (which is
not imported: its code would load far more than is needed).
"""

from __future__ import annotations

from charthouse.charts.schema.document import Document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.charts.schema.problem import Problem

__all__ = ["keep_documents", "load", "violation"]

_FOLDERS = {
    "json-schema.org/draft-04/schema": "draft4/metaschema.json",
    "json-schema.org/draft-06/schema": "draft6/metaschema.json",
    "json-schema.org/draft-07/schema": "draft7/metaschema.json",
    "json-schema.org/draft/2019-09/schema": "draft201909/metaschema.json",
    "json-schema.org/draft/2020-12/schema": "draft202012/metaschema.json",
    "json-schema.org/schema": "draft202012/metaschema.json",
}
_ADDRESSES = {
    4: "http://json-schema.org/draft-04/schema",
    6: "http://json-schema.org/draft-06/schema",
    7: "http://json-schema.org/draft-07/schema",
    2019: "https://json-schema.org/draft/2019-09/schema",
    2020: "https://json-schema.org/draft/2020-12/schema",
}


_GO: dict[str, dict[str, Any]] = {
    "draft4/metaschema.json": {"$ref": {"type": "string"}, "$schema": {"type": "string", "format": "uri"}},
    "draft6/metaschema.json": {
        "enum": {"type": "array", "minItems": 1, "uniqueItems": True},
        "examples": True,
        "patternProperties": {"type": "object", "additionalProperties": {"$ref": "#"}},
    },
    "draft7/metaschema.json": {
        "enum": {"type": "array", "minItems": 1, "uniqueItems": True},
        "writeOnly": {"type": "boolean"},
    },
}
"""Properties the metaschemas of Go's library (v6.0.3 ``metaschemas``) have otherwise than json-schema.org's."""


_kept: dict[str, str] = {}
"""Texts of documents by path, in a process that reads them all at once."""


def _path(address: str) -> str | None:
    """Where a metaschema's file stands within the package."""
    bare = address.removeprefix("http://").removeprefix("https://")
    found = _FOLDERS.get(bare)
    if found is not None:
        return found
    for year, folder in (("2019-09", "draft201909"), ("2020-12", "draft202012")):
        prefix = f"json-schema.org/draft/{year}/meta/"
        name = bare.removeprefix(prefix)
        if bare.startswith(prefix) and name.replace("-", "").isalpha():
            return f"{folder}/vocabularies/{name}"
    return None


def load(address: str) -> Any:
    """A metaschema's document, None for any other address (or when the package with the documents is missing)."""
    path = _path(address)
    if path is None:
        return None
    text = _kept.get(path) or _read(path)
    if not text:
        return None
    from charthouse.golang.json import decode_typed

    root: Any = decode_typed(text, int, float)
    root["properties"] |= _GO.get(path, {})
    return root


def keep_documents() -> None:
    """Read all documents now, for a process that will not be able to (``sandbox``)."""
    folder = _folder()
    if not folder:
        return
    import os

    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(at, name), folder)
            _kept[path] = _read(path)


def _folder() -> str:
    from importlib.util import find_spec

    spec = find_spec("jsonschema_specifications")
    return f"{spec.submodule_search_locations[0]}/schemas" if spec and spec.submodule_search_locations else ""


def _read(path: str) -> str:
    try:
        with open(f"{_folder()}/{path}", encoding="utf-8") as stream:
            return stream.read()
    except OSError:
        return ""


def violation(schema: Any, draft: int) -> Problem | None:
    """What the draft's metaschema finds wrong with a schema."""
    from charthouse.charts.schema.validator import Validator

    address = _ADDRESSES[draft]
    root = load(address)
    if root is None:
        return None
    document = Document(root, address)
    document.collect()
    document.resolve()
    return Validator(document, formats=True).run(schema)
