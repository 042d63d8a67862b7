"""``plugin.yaml`` to ``Metadata``: the legacy format and Helm 4's ``apiVersion: v1``.

Rules: Helm 4.3.1 ``internal/plugin/loader.go`` (``loadMetadata``), ``metadata_legacy.go``, ``metadata_v1.go``,
``metadata.go`` (the conversion of both), ``config.go``. Unknown keys are ignored in the legacy format and refused in
v1, at the top and in ``config``.
"""

from __future__ import annotations

from charthouse.golang.strconv import quote
from charthouse.plugins.decoding import ANY, Mapping, Sequence, Struct, decode
from charthouse.plugins.errors import MetadataError
from charthouse.plugins.metadata import (
    CLI,
    EXTISM,
    GETTER,
    LEGACY,
    POST_RENDERER,
    SUBPROCESS,
    Metadata,
    PlatformCommand,
    ProtocolCommand,
    is_name,
    is_version,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["FILE_NAME", "read_metadata"]

FILE_NAME = "plugin.yaml"

_STRINGS = Sequence("[]string", "string")
_COMMAND = Struct(
    "plugin.PlatformCommand", {"os": "string", "arch": "string", "command": "string", "args": _STRINGS}
)  # fmt: skip
_COMMANDS = Sequence("[]plugin.PlatformCommand", _COMMAND)
_PLATFORM_HOOKS = Mapping("plugin.PlatformHooks", _COMMANDS)
_DOWNLOADER = Struct("plugin.Downloaders", {"protocols": _STRINGS, "command": "string"})
_PROTOCOL = Struct("plugin.SubprocessProtocolCommand", {"protocols": _STRINGS, "platformCommand": _COMMANDS})
_PEEK = Struct("plugin.apiVersion", {"apiVersion": "string"})
_LEGACY_FILE = Struct(
    "plugin.MetadataLegacy",
    {
        "name": "string", "version": "string", "usage": "string", "description": "string",
        "platformCommand": _COMMANDS, "command": "string", "ignoreFlags": "bool", "platformHooks": _PLATFORM_HOOKS,
        "hooks": Mapping("plugin.Hooks", "string"), "downloaders": Sequence("[]plugin.Downloaders", _DOWNLOADER),
    },
)  # fmt: skip
_OBJECT = Mapping("map[string]interface {}", ANY)
_V1_FILE = Struct(
    "plugin.MetadataV1",
    {
        "apiVersion": "string", "name": "string", "type": "string", "runtime": "string", "version": "string",
        "sourceURL": "string", "config": _OBJECT, "runtimeConfig": _OBJECT,
    },
    known=True,
)  # fmt: skip
_CONFIGS = {
    "test/v1": Struct("schema.ConfigTestV1", {}, known=True),
    CLI: Struct(
        "schema.ConfigCLIV1",
        {"usage": "string", "shortHelp": "string", "longHelp": "string", "ignoreFlags": "bool"},
        known=True,
    ),
    GETTER: Struct("schema.ConfigGetterV1", {"protocols": _STRINGS}, known=True),
    POST_RENDERER: Struct("schema.ConfigPostRendererV1", {}, known=True),
}
_MEMORY = {"maxPages": "uint32", "maxHttpResponseBytes": "int64", "maxVarBytes": "int64"}
_RUNTIMES = {
    SUBPROCESS: Struct(
        "plugin.RuntimeConfigSubprocess",
        {
            "platformCommand": _COMMANDS, "platformHooks": _PLATFORM_HOOKS,
            "protocolCommands": Sequence("[]plugin.SubprocessProtocolCommand", _PROTOCOL),
        },
    ),
    EXTISM: Struct(
        "plugin.RuntimeConfigExtismV1",
        {
            "memory": Struct("plugin.RuntimeConfigExtismV1Memory", _MEMORY),
            "config": Mapping("map[string]string", "string"), "allowedHosts": _STRINGS,
            "fileSystem": Struct("plugin.RuntimeConfigExtismV1FileSystem", {"createTempDir": "bool"}),
            "timeout": "uint64", "hostFunctions": _STRINGS, "entryFuncName": "string",
        },
    ),
}  # fmt: skip


def read_metadata(data: bytes) -> Metadata:
    """What the file says. Raises MetadataError with Helm's text."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        peeked = decode(text, _PEEK)
    except MetadataError as error:
        raise MetadataError(f"failed to peek {FILE_NAME} API version: {error}") from error
    if peeked is None:
        raise MetadataError(f"failed to peek {FILE_NAME} API version: EOF", hint="the file is empty")
    version = peeked.get("apiVersion", "")
    if version == "v1":
        return _version_1(text)
    if version:
        raise MetadataError(f"invalid plugin apiVersion: {quote(version)}", hint="v1, or none in the legacy format")
    return _legacy(text)


def _legacy(text: str) -> Metadata:
    found = decode(text, _LEGACY_FILE) or {}
    name, version = found.get("name", ""), found.get("version", "")
    if not is_name(name):
        raise MetadataError(f"invalid plugin name {quote(name)}: must contain only a-z, A-Z, 0-9, _ and -")
    if version and not is_version(version):
        raise MetadataError(f"invalid plugin version {quote(version)}: must be valid semver")
    downloaders = [item or {} for item in found.get("downloaders") or ()]
    _check_legacy(found, downloaders)
    commands = _commands(found.get("platformCommand"))
    if not commands and found.get("command"):
        commands = (PlatformCommand(command=found["command"]),)
    protocols = tuple(p or "" for item in downloaders for p in item.get("protocols") or ())
    metadata = Metadata(
        api_version=LEGACY,
        name=name,
        type=GETTER if downloaders else CLI,
        runtime=SUBPROCESS,
        version=version,
        short_help="" if downloaders else _one_line(found.get("usage", "")),
        long_help="" if downloaders else found.get("description", ""),
        ignore_flags=not downloaders and found.get("ignoreFlags", False),
        protocols=protocols if downloaders else None,
        commands=commands,
        hooks=_legacy_hooks(found),
        protocol_commands=tuple(_downloader(item) for item in downloaders) or None,
        expand_hooks=not (not found.get("platformHooks") and found.get("hooks")),
    )
    metadata.check()
    return metadata


def _check_legacy(found: dict[str, Any], downloaders: list[dict[str, Any]]) -> None:
    if found.get("platformCommand") and found.get("command"):
        raise MetadataError("both platformCommand and command are set")
    if found.get("platformHooks") and found.get("hooks"):
        raise MetadataError("both platformHooks and hooks are set")
    for i, item in enumerate(downloaders):
        if not item.get("command"):
            raise MetadataError(f"downloader {i} has empty command")
        if not item.get("protocols"):
            raise MetadataError(f"downloader {i} has no protocols")
        for j, protocol in enumerate(item["protocols"]):
            if not protocol:
                raise MetadataError(f"downloader {i} has empty protocol at index {j}")


def _legacy_hooks(found: dict[str, Any]) -> tuple[tuple[str, tuple[PlatformCommand, ...]], ...] | None:
    if found.get("platformHooks") or not found.get("hooks"):
        return _hooks(found.get("platformHooks"))
    return tuple(
        (event, (PlatformCommand(command="sh", args=("-c", line or "")),)) for event, line in found["hooks"].items()
    )


def _downloader(item: dict[str, Any]) -> ProtocolCommand:
    protocols = tuple(p or "" for p in item["protocols"])
    return ProtocolCommand(protocols, (PlatformCommand(command=item["command"]),))


def _version_1(text: str) -> Metadata:
    found = decode(text, _V1_FILE) or {}
    version = found.get("version", "")
    if not is_name(found.get("name", "")):
        raise MetadataError("invalid plugin `name`")
    if not version:
        raise MetadataError("plugin `version` is required")
    if not is_version(version):
        raise MetadataError(f"invalid plugin `version` {quote(version)}: must be valid semver")
    for key in ("type", "runtime"):
        if not found.get(key):
            raise MetadataError(f"`{key}` missing")
    try:
        metadata = _converted(found)
    except MetadataError as error:
        raise MetadataError(f"failed to convert MetadataV1 to Metadata: {error}", hint=error.hint) from error
    metadata.check()
    return metadata


def _converted(found: dict[str, Any]) -> Metadata:
    kind, runtime = found["type"], found["runtime"]
    if kind not in _CONFIGS:
        raise MetadataError(
            f"unknown plugin type {quote(kind)}", hint=f"the types are {CLI}, {GETTER} and {POST_RENDERER}"
        )
    config = _again(found.get("config"), _CONFIGS[kind])
    if runtime not in _RUNTIMES:
        raise MetadataError(f"unsupported plugin runtime type: {quote(runtime)}")
    try:
        running = _again(found.get("runtimeConfig"), _RUNTIMES[runtime])
    except MetadataError as error:
        raise MetadataError(f"failed to unmarshal runtimeConfig for {runtime} runtime: {error}") from error
    protocols = config.get("protocols")
    return Metadata(
        api_version=found["apiVersion"],
        name=found["name"],
        type=kind,
        runtime=runtime,
        version=found["version"],
        source_url=found.get("sourceURL", ""),
        usage=config.get("usage", ""),
        short_help=config.get("shortHelp", ""),
        long_help=config.get("longHelp", ""),
        ignore_flags=config.get("ignoreFlags", False),
        protocols=None if protocols is None else tuple(p or "" for p in protocols),
        commands=_commands(running.get("platformCommand")),
        hooks=_hooks(running.get("platformHooks")),
        protocol_commands=_protocol_commands(running.get("protocolCommands")),
    )


def _again(value: dict[str, Any] | None, shape: Struct) -> dict[str, Any]:
    """An untyped map read once more into its type; lines are counted in the map as it is written anew, as in Helm."""
    from charthouse.formats.yaml import dump_pretty

    return decode(dump_pretty(value or {}), shape) or {}


def _commands(items: list[dict[str, Any] | None] | None) -> tuple[PlatformCommand, ...] | None:
    if items is None:
        return None
    out = []
    for item in items:
        item = item or {}
        args = item.get("args")
        out.append(
            PlatformCommand(
                item.get("os", ""),
                item.get("arch", ""),
                item.get("command", ""),
                None if args is None else tuple(a or "" for a in args),
            )
        )
    return tuple(out)


def _hooks(found: dict[str, Any] | None) -> tuple[tuple[str, tuple[PlatformCommand, ...]], ...] | None:
    return None if found is None else tuple((event, _commands(items) or ()) for event, items in found.items())


def _protocol_commands(items: list[dict[str, Any] | None] | None) -> tuple[ProtocolCommand, ...] | None:
    if items is None:
        return None
    return tuple(
        ProtocolCommand(
            tuple(p or "" for p in (item or {}).get("protocols") or ()),
            _commands((item or {}).get("platformCommand")) or (),
        )
        for item in items
    )


def _one_line(text: str) -> str:
    """White space as blanks, without what cannot be printed (``sanitizeString``)."""
    from charthouse.golang.unicode import is_space

    return "".join(" " if is_space(char) else char for char in text if is_space(char) or char.isprintable())
