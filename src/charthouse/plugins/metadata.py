"""What a plugin says of itself, whichever format it is written in.

Rules: Helm 4.3.1 ``internal/plugin/metadata.go`` (``Metadata``, ``Validate``), ``subprocess_commands.go``
(``PlatformCommand``), ``schema/cli.go``, ``schema/getter.go``.
"""

from __future__ import annotations

from charthouse.plugins.errors import MetadataError
from charthouse.records import Record

__all__ = [
    "CLI", "EXTISM", "GETTER", "LEGACY", "POST_RENDERER", "SUBPROCESS", "Metadata", "PlatformCommand",
    "ProtocolCommand", "is_name", "is_version",
]  # fmt: skip

CLI, GETTER, POST_RENDERER = "cli/v1", "getter/v1", "postrenderer/v1"
SUBPROCESS, EXTISM = "subprocess", "extism/v1"
LEGACY = "legacy"
"""The ``api_version`` of a plugin whose file has none."""
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class PlatformCommand(Record):
    """A command for one platform. system, machine: Go's names ("linux", "amd64"), "" = any. args: None when the file
    has none."""

    system: str = ""
    machine: str = ""
    command: str = ""
    args: tuple[str, ...] | None = None


class ProtocolCommand(Record):
    """Which command fetches which schemes."""

    protocols: tuple[str, ...] = ()
    commands: tuple[PlatformCommand, ...] = ()


class Metadata(Record):
    """One plugin.

    api_version: "legacy" or "v1". type: "cli/v1", "getter/v1", "postrenderer/v1" or "test/v1". runtime: "subprocess" or
    "extism/v1". usage, short_help, long_help, ignore_flags: of a command. protocols: the schemes a getter serves.
    commands, hooks (event → commands), protocol_commands: of the subprocess runtime; None where the file has none.
    expand_hooks: variables in the arguments of hooks are replaced.
    """

    api_version: str
    name: str
    type: str
    runtime: str
    version: str
    source_url: str = ""
    usage: str = ""
    short_help: str = ""
    long_help: str = ""
    ignore_flags: bool = False
    protocols: tuple[str, ...] | None = None
    commands: tuple[PlatformCommand, ...] | None = None
    hooks: tuple[tuple[str, tuple[PlatformCommand, ...]], ...] | None = None
    protocol_commands: tuple[ProtocolCommand, ...] | None = None
    expand_hooks: bool = False

    @property
    def file_name(self) -> str:
        """What its archive is called."""
        return f"{self.name}-{self.version}.tgz"

    def hook(self, event: str) -> tuple[PlatformCommand, ...]:
        """The commands to run on "install", "update" or "delete"."""
        return dict(self.hooks or ()).get(event, ())

    def check(self) -> None:
        """Raises MetadataError, all that is wrong in one text."""
        from charthouse.golang.strconv import quote

        wrong = []
        if not is_name(self.name):
            wrong.append(f"invalid plugin name {quote(self.name)}: must contain only a-z, A-Z, 0-9, _ and -")
        if self.version and not is_version(self.version):
            wrong.append(f"invalid plugin version {quote(self.version)}: must be valid semver")
        if self.type == GETTER:
            if not self.protocols:
                wrong.append("config validation failed: getter has no protocols")
            elif "" in self.protocols:
                at = self.protocols.index("")
                wrong.append(f"config validation failed: getter has empty protocol at index {at}")
        if wrong:
            raise MetadataError("\n".join(wrong))


def is_name(text: str) -> bool:
    """Whether a plugin may be called so."""
    return bool(text) and _NAME.issuperset(text)


def is_version(text: str) -> bool:
    """Whether `text` is a complete semantic version."""
    from charthouse.formats.semver import SemverError, Version

    try:
        Version.parse_strict(text)
    except SemverError:
        return False
    return True
