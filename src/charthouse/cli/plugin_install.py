"""``plugin install`` and ``plugin update``: what is said on the way, and in which order.

Rules: Helm 4.3.1 ``pkg/cmd/plugin_install.go``, ``plugin_update.go``, ``internal/plugin/installer/installer.go``.
"""

from __future__ import annotations

import os
import time

from charthouse.errors import CharthouseError
from charthouse.logs import DEBUG, WARN, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.plugins.discovery import Plugin
    from charthouse.plugins.sources.base import Places, Source

__all__ = ["install", "update"]


def install(context: Context, typed: str) -> None:
    """Install the plugin `typed` names. Raises PluginError, DistributionError, ProvenanceError."""
    from charthouse.cli.fetching import access, fetcher, progress
    from charthouse.cli.plugin_host import call_hook
    from charthouse.cli.registries import sessions
    from charthouse.plugins.discovery import load
    from charthouse.plugins.errors import InstallError, PluginError
    from charthouse.plugins.sources.choice import choose

    client = fetcher(context)
    update, end = progress(context, typed.rpartition("/")[2])
    try:
        session_of = sessions(context, client, access(context), plain_http=context["plain-http"])
        version = context["version"]
        source = choose(typed, version, _places(context), client, session_of, context.environ, context.log, update)
        if source.is_directory:
            context.out.write("Installing plugin from local directory (development mode)\n")
        elif not context["verify"]:
            context.out.write("WARNING: Skipping plugin signature verification\n")
        elif not source.verifiable():
            raise InstallError("plugin source does not support verification. Use --verify=false to skip verification")
        else:
            context.out.write("Verifying plugin signature...\n")
        _put(context, source, verify=context["verify"] and not source.is_directory)
    finally:
        end()
        client.close()
    context.log(LogRecord(DEBUG, "loading plugin", path=source.place))
    try:
        plugin = load(source.place)
    except PluginError as error:
        raise InstallError(f"plugin is installed but unusable: {error}", hint=error.hint) from error
    call_hook(context, plugin, "install")
    context.out.write(f"Installed plugin: {plugin.metadata.name}\n")


def _put(context: Context, source: Source, *, verify: bool) -> None:
    from charthouse.plugins.errors import InstallError
    from charthouse.plugins.placing import make_folder

    make_folder(os.path.dirname(source.place))
    if os.path.exists(source.place):
        context.log(LogRecord(WARN, "plugin already exists", path=source.place, error=None))
        hint = "`charthouse plugin update` brings one from a repository up to date; else remove it first"
        raise InstallError("plugin already exists", hint=hint)
    said = _verified(context, source) if verify else ""
    source.install()
    context.out.write(said)


def _verified(context: Context, source: Source) -> str:
    """What is said of a good signature. Raises InstallError."""
    from charthouse.plugins.errors import InstallError
    from charthouse.plugins.signing import report, verify

    try:
        bundle = source.bundle()
    except CharthouseError as error:
        text = f"failed to get verification data: {source.unfetched}{error}"
        raise InstallError(text, hint=error.hint) from error
    if not bundle.provenance:
        raise InstallError(
            "plugin verification failed: no provenance file (.prov) found",
            hint="--verify=false installs it without a look at who made it",
        )
    try:
        now = int(time.time())
        verified = verify(bundle.archive, bundle.provenance, bundle.file_name, context["keyring"], now=now)
    except CharthouseError as error:
        raise InstallError(f"plugin verification failed: {error}", hint=error.hint) from error
    return report(verified)


def update(context: Context, plugin: Plugin) -> None:
    """Bring one plugin up to date, and run what it wants done then. Raises PluginError."""
    from charthouse.cli.plugin_host import call_hook
    from charthouse.plugins.discovery import load
    from charthouse.plugins.errors import InstallError
    from charthouse.plugins.sources.git import installed_source

    directory = os.path.realpath(plugin.directory)
    source = installed_source(directory, _places(context), context.environ, context.log)
    if not os.path.exists(source.place):
        error = f"stat {source.place}: no such file or directory"
        context.log(LogRecord(WARN, "plugin does not exist", path=source.place, error=error))
        raise InstallError("plugin does not exist", hint=f"{directory} is where its repository is")
    source.update()
    context.log(LogRecord(DEBUG, "loading plugin", path=source.place))
    call_hook(context, load(source.place), "update")


def _places(context: Context) -> Places:
    from charthouse.plugins.sources.base import Places

    settings = context.settings
    return Places(settings.plugins, settings.data_home, settings.cache_home)
