"""What fetches from an address: HTTP(S), and for other schemes a plugin or a Python package.

Rules: Helm 4.3.1 ``pkg/getter/getter.go`` (``All``, ``ByScheme``: what is built in goes first), ``plugingetter.go``,
``pkg/cli/values/options.go`` (``readFile``: an address without a getter is a file's name).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.distribution.access import Access
    from charthouse.distribution.fetch import Getter

__all__ = ["fetched_values", "getter_for", "scheme_of"]

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_INSIDE = _LETTERS | frozenset("0123456789+-.")


def scheme_of(text: str) -> str:
    """The scheme an address begins with, in lower case; "" for what is none."""
    scheme, colon, _ = text.partition(":")
    scheme = scheme.lower()
    return scheme if colon and scheme and scheme[0] in _LETTERS and _INSIDE.issuperset(scheme) else ""


def getter_for(context: Context, scheme: str, *, native: bool = True) -> Getter | None:
    """What fetches from addresses of this scheme, None when nothing does. native: Python packages are asked too."""
    from charthouse.cli.plugin_host import directories, plugin_environ
    from charthouse.plugins.discovery import Plugin, find
    from charthouse.plugins.metadata import GETTER

    for plugin in find(directories(context), type=GETTER, log=context.log):
        if scheme in (plugin.metadata.protocols or ()):
            found: Plugin = plugin
            return lambda url, access: _by_plugin(context, found, url, access, plugin_environ(context))
    return _native(scheme) if native and context.environ.get("HELM_NO_PLUGINS") != "1" else None


def _by_plugin(context: Context, plugin: object, url: str, access: Access, environ: dict[str, str]) -> bytes:
    from charthouse.cli.bounds import unbounded
    from charthouse.golang.strconv import quote
    from charthouse.plugins.discovery import Plugin
    from charthouse.plugins.errors import PluginError
    from charthouse.plugins.running import fetch

    assert isinstance(plugin, Plugin)
    context.err.flush()
    try:
        return unbounded(lambda: fetch(plugin, url, access, environ, context.log))
    except PluginError as error:
        text = f"plugin {quote(plugin.metadata.name)} failed to invoke: {error}"
        raise PluginError(text, hint=error.hint) from error


def _native(scheme: str) -> Getter | None:
    from charthouse.plugins.native import GETTERS, find, load_getter

    found = find(GETTERS, scheme)
    if found is None:
        return None
    entry = found

    def get(url: str, access: Access) -> bytes:
        from charthouse.plugins.errors import PluginError

        fetch = load_getter(entry)
        try:
            return bytes(fetch(url, access))
        except Exception as error:  # a foreign package: anything may come
            problem = f"{type(error).__name__}: {error}"
            raise PluginError(f"{entry.name} of the package {entry.package} cannot fetch: {problem}") from error

    return get


def fetched_values(context: Context, path: str) -> bytes | None:
    """What the address `path` gives, None when it is no address that anything fetches from. Fetched once a run.

    Raises DistributionError, PluginError.
    """
    import os

    from charthouse.cli.fetching import fetcher
    from charthouse.distribution.access import Access

    if path in context.fetched:
        return context.fetched[path]
    scheme = scheme_of(path)
    if not scheme:
        return None
    if scheme in ("http", "https"):
        client = fetcher(context)
        try:
            data = client.get(path, Access(url=path)).body
        finally:
            client.close()
    else:
        getter = getter_for(context, scheme, native=not os.path.exists(path))
        if getter is None:
            return None
        data = getter(path, Access(url=path))
    context.fetched[path] = data
    return data
