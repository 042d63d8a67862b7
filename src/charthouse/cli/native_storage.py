"""HELM_DRIVER as the name of a storage that a Python package adds (``plugins.native``)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.releases.storage.driver import Driver

__all__ = ["is_native_driver", "native_driver"]


def is_native_driver(context: Context) -> bool:
    """Whether a package has a storage of that name."""
    from charthouse.plugins.native import STORAGE, find

    return context.environ.get("HELM_NO_PLUGINS") != "1" and find(STORAGE, context.settings.driver) is not None


def native_driver(context: Context, namespace: str) -> Driver | None:
    """The storage of that name for a namespace ("" = all), None when there is none. Raises PluginError."""
    from charthouse.cli.plugin_host import plugin_environ
    from charthouse.plugins.errors import PluginError
    from charthouse.plugins.native import STORAGE, Host, find, load_storage

    found = find(STORAGE, context.settings.driver)
    if found is None:
        return None
    make = load_storage(found)
    host = Host(plugin_environ(context), context.out.write, context.err.write, context.log)
    try:
        return make(namespace, host)
    except Exception as error:  # a foreign package: anything may come
        problem = f"{type(error).__name__}: {error}"
        raise PluginError(f"{found.name} of the package {found.package} cannot be opened: {problem}") from error
