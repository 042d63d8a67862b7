"""What is signed: the metadata of a package, and the sha256 of its archive by the archive's name.

Rules: Helm 4.3.1 ``pkg/provenance/sign.go`` (``messageBlock``, ``ParseMessageBlock``): YAML, three dots, YAML.
"""

from __future__ import annotations

from charthouse.provenance.errors import ProvenanceError

__all__ = ["digest", "message", "read_sums"]

_BREAK = b"\n...\n"


def digest(data: bytes) -> str:
    """The sha256 as provenance files write it."""
    from hashlib import sha256

    return "sha256:" + sha256(data).hexdigest()


def message(archive: bytes, name: str, metadata: bytes) -> bytes:
    """The text to sign. name: the archive's file name; metadata: YAML, with its final line break."""
    from charthouse.formats.yaml import dump

    return metadata + _BREAK + dump({"files": {name: digest(archive)}}).encode("utf-8", "surrogateescape")


def read_sums(text: bytes) -> dict[str, str]:
    """The sums of files by their names, out of a signed text. Raises ProvenanceError, YamlError."""
    from charthouse.formats.yaml import load_written

    parts = text.split(_BREAK)
    if len(parts) < 2:
        raise ProvenanceError("message block must have at least two parts")
    found = load_written(parts[1].decode("utf-8", "surrogateescape"))
    if found is None:
        return {}
    if type(found) is not dict:
        raise _wrong(found, "Go value of type provenance.SumCollection")
    for key in ("files", "images"):
        for written in [name for name in found if name.lower() == key]:
            _check_sums(found[written], key)
    files = next((value for name, value in reversed(found.items()) if name.lower() == "files"), None) or {}
    return {name: _text(value) for name, value in files.items()}


def _check_sums(value: object, key: str) -> None:
    where = f"Go struct field .{key} of type "
    if value is not None and type(value) is not dict:
        raise _wrong(value, where + "map[string]string")
    for entry in value.values() if type(value) is dict else ():
        if type(entry) in (dict, list):
            raise _wrong(entry, where + "string")


def _wrong(value: object, what: str) -> ProvenanceError:
    kinds: dict[type, str] = {
        str: "string",
        bool: "bool",
        float: "number",
        int: "number",
        list: "array",
        dict: "object",
    }
    problem = f"json: cannot unmarshal {kinds[type(value)]} into {what}"
    return ProvenanceError(f"error unmarshaling JSON: while decoding JSON: {problem}")


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if type(value) is bool else str(value)
