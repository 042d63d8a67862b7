"""`.Files`: a chart's other files, as templates reach them.

Whose rules: Helm 4.3.1 pkg/engine/files.go.
"""

from __future__ import annotations

from charthouse.golang.kinds import StringMap, StringSlice, TypedMap, go_string
from charthouse.gotemplate.functions import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, ClassVar

    from charthouse.charts.chart import File

__all__ = ["Files", "files_of"]


class Files(TypedMap):
    """Path → bytes."""

    __slots__ = ()
    go_type = "engine.files"
    element = "[]uint8"
    go_methods: ClassVar[Mapping[str, Any]] = {}


def files_of(chart_files: Iterable[File]) -> Files:
    """The object for a chart's files."""
    return Files({file.name: file.data for file in chart_files})


def _get_bytes(files: Files, name: str) -> bytes:
    data: bytes = files.get(name, b"")
    return data


def _get(files: Files, name: str) -> str:
    return go_string(files.get(name, b""))


def _glob(files: Files, pattern: str) -> Files:
    from charthouse.engine.glob import compile_glob

    matches = compile_glob(pattern)
    return Files({name: data for name, data in files.items() if matches(name)})


def _base(path: str) -> str:
    """path.Base."""
    trimmed = path.rstrip("/")
    if not trimmed:
        return "/" if path else "."
    return trimmed[trimmed.rfind("/") + 1 :]


def _yaml(entries: dict[str, str]) -> str:
    from charthouse.engine.functions import to_yaml

    return to_yaml(StringMap(entries))


def _as_config(files: Files) -> str:
    return _yaml({_base(name): go_string(files[name]) for name in sorted(files)})


def _as_secrets(files: Files) -> str:
    from binascii import b2a_base64

    return _yaml({_base(name): b2a_base64(files[name], newline=False).decode() for name in sorted(files)})


def _lines(files: Files, path: str) -> StringSlice:
    text = go_string(files.get(path, b""))
    if not text:
        return StringSlice()
    return StringSlice(text.removesuffix("\n").split("\n"))


Files.go_methods = {
    "Get": Function("Get", "string->string", _get),
    "GetBytes": Function("GetBytes", "string->[]uint8", _get_bytes),
    "Glob": Function("Glob", "string->engine.files", _glob),
    "AsConfig": Function("AsConfig", "->string", _as_config),
    "AsSecrets": Function("AsSecrets", "->string", _as_secrets),
    "Lines": Function("Lines", "string->[]string", _lines),
}
