"""Plugins written in Python: entry points of packages that are installed beside charthouse.

Four groups (``[project.entry-points."charthouse.commands"]`` in the package's ``pyproject.toml``), each entry a
callable:

==============================  =======================  ===========================================
group                           name of the entry        what the callable is
==============================  =======================  ===========================================
``charthouse.commands``         the command's word       ``NativeCommand``
``charthouse.getters``          a scheme (``s3``)        ``NativeGetter``
``charthouse.post_renderers``   the post-renderer        ``NativePostRenderer``
``charthouse.storage``          a value of HELM_DRIVER   ``NativeStorage``
==============================  =======================  ===========================================

The list of installed packages is read only when a name turns up that nothing else knows: an unknown command, scheme,
post-renderer or driver. What Helm knows and Helm's plugins go first, so a package can never take over a name in use.
"""

from __future__ import annotations

from charthouse.plugins.errors import PluginError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.metadata import EntryPoint
    from typing import Any, Protocol

    from charthouse.distribution.access import Access
    from charthouse.logs import Log
    from charthouse.releases.storage.driver import Driver

    class NativeCommand(Protocol):
        """A command: gets the words behind its name (Helm's global flags taken out), returns the exit status."""

        def __call__(self, arguments: Sequence[str], host: Host) -> int: ...

    class NativeGetter(Protocol):
        """Fetches what an address names. access: who we are there. Raises for what it cannot fetch."""

        def __call__(self, url: str, access: Access) -> bytes: ...

    class NativePostRenderer(Protocol):
        """All rendered documents in, all documents to be used out (YAML, separated by ``---``).

        Each carries the path of its template in the annotation ``postrenderer.helm.sh/postrender-filename``.
        """

        def __call__(self, manifests: str, arguments: Sequence[str]) -> str: ...

    class NativeStorage(Protocol):
        """Makes the storage of release records for a namespace ("" = all, for listing)."""

        def __call__(self, namespace: str, host: Host) -> Driver: ...


__all__ = [
    "COMMANDS", "GETTERS", "POST_RENDERERS", "STORAGE", "Found", "Host", "NativeCommand", "NativeGetter",
    "NativePostRenderer", "NativeStorage", "find", "installed", "load_command", "load_getter", "load_post_renderer",
    "load_storage",
]  # fmt: skip

COMMANDS = "charthouse.commands"
GETTERS = "charthouse.getters"
POST_RENDERERS = "charthouse.post_renderers"
STORAGE = "charthouse.storage"
_GROUPS = {COMMANDS: "cli", GETTERS: "getter", POST_RENDERERS: "postrenderer", STORAGE: "storage"}


class Host(Record):
    """What a native plugin is given of the program. environ: the variables a Helm plugin would have (HELM_NAMESPACE,
    HELM_BIN …); out, err: take text for the standard streams; log: takes log records."""

    environ: Mapping[str, str]
    out: Callable[[str], object]
    err: Callable[[str], object]
    log: Log


class Found(Record):
    """An entry point. package: the distribution it is from; kind: "cli", "getter", "postrenderer" or "storage"."""

    name: str
    kind: str
    package: str
    version: str
    entry: EntryPoint


def find(group: str, name: str) -> Found | None:
    """The entry point of that group and name, not loaded yet. Of several, that of the first package by name."""
    return next((found for found in installed(group) if found.name == name), None)


def installed(group: str = "") -> list[Found]:
    """The entry points of a group, "" = of all groups, by name and package."""
    from importlib.metadata import entry_points

    out = []
    for wanted in (group,) if group else _GROUPS:
        for entry in entry_points(group=wanted):
            package = entry.dist.name if entry.dist is not None else ""
            version = entry.dist.version if entry.dist is not None else ""
            out.append(Found(entry.name, _GROUPS[wanted], package, version, entry))
    return sorted(out, key=lambda found: (found.name, found.package))


def load_command(found: Found) -> NativeCommand:
    """Raises PluginError."""
    loaded: NativeCommand = _load(found)
    return loaded


def load_getter(found: Found) -> NativeGetter:
    """Raises PluginError."""
    loaded: NativeGetter = _load(found)
    return loaded


def load_post_renderer(found: Found) -> NativePostRenderer:
    """Raises PluginError."""
    loaded: NativePostRenderer = _load(found)
    return loaded


def load_storage(found: Found) -> NativeStorage:
    """Raises PluginError."""
    loaded: NativeStorage = _load(found)
    return loaded


def _load(found: Found) -> Any:
    """The callable. What its module raises on import becomes a PluginError, so that one bad package says its name."""
    try:
        loaded = found.entry.load()
    except Exception as error:  # a foreign package: anything may come
        problem = f"{type(error).__name__}: {error}"
        raise PluginError(
            f"cannot load {found.name} of the package {found.package}: {problem}",
            hint=f"it stands for {found.entry.value}; update or remove the package",
        ) from error
    if not callable(loaded):
        raise PluginError(f"{found.entry.value} of the package {found.package} is not callable")
    return loaded
