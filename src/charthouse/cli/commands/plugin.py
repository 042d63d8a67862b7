"""``plugin``: plugins installed, listed, updated and removed. Rules: Helm 4.3.1 ``pkg/cmd/plugin*.go``.

Beyond Helm: ``list`` shows the Python packages that add something too, below Helm's plugins.
"""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag, UsageError
from charthouse.cli.names import no_words
from charthouse.cli.shared_flags import KEYRING, tls_flags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.cli.context import Context
    from charthouse.plugins.discovery import Plugin

__all__ = ["COMMAND"]


def _install_flags() -> list[Flag]:
    return [
        Flag("version", "string", "branch, tag, commit or range of versions to install; the latest when not given"),
        Flag("verify", "bool", "check the signature first", default=True),
        Flag("keyring", "string", "public keys signatures are checked with", default=KEYRING),
        *tls_flags(),
    ]


def _package_flags() -> list[Flag]:
    return [
        Flag("sign", "bool", "sign the archive", default=True),
        Flag("key", "string", "name of the signing key"),
        Flag("keyring", "string", "keys to sign with", default=KEYRING),
        Flag("passphrase-file", "string", "file with the key's passphrase, - for standard input"),
        Flag("destination", "string", "where to write the archive", default=".", short="d"),
    ]


def _list_flags() -> list[Flag]:
    return [Flag("type", "string", "only plugins of this type")]


def _keyring_flags() -> list[Flag]:
    return [Flag("keyring", "string", "public keys signatures are checked with", default=KEYRING)]


def _install(context: Context) -> None:
    from charthouse.cli.plugin_install import install

    install(context, context.words[0])


def _package(context: Context) -> None:
    from charthouse.cli.plugin_package import package

    package(context, context.words[0])


def _verify(context: Context) -> None:
    from charthouse.cli.plugin_package import verify

    verify(context, context.words[0])


def _list(context: Context) -> None:
    from charthouse.cli.output.uitable import table
    from charthouse.cli.plugin_host import directories
    from charthouse.logs import DEBUG, LogRecord
    from charthouse.plugins.discovery import find
    from charthouse.plugins.signing import status

    context.log(LogRecord(DEBUG, "pluginDirs", directory=context.settings.plugins))
    wanted = context["type"]
    rows = [("NAME", "VERSION", "TYPE", "APIVERSION", "PROVENANCE", "SOURCE")]
    for plugin in find(directories(context), type=wanted, log=context.log):
        said = plugin.metadata
        signed = status(said, context.settings.data_home)
        rows.append((said.name, said.version, said.type, said.api_version, signed, said.source_url or "unknown"))
    rows += _native_rows(context, wanted)
    context.out.write(table(rows) + "\n")


def _native_rows(context: Context, wanted: str) -> list[tuple[str, str, str, str, str, str]]:
    """The entry points of installed packages."""
    if context.environ.get("HELM_NO_PLUGINS") == "1":
        return []
    from charthouse.plugins.native import installed

    return [
        (found.name, found.version, f"{found.kind}/v1", "python", "unknown", f"package {found.package}")
        for found in installed()
        if wanted in ("", f"{found.kind}/v1")
    ]


def _uninstall(context: Context) -> None:
    from charthouse.plugins.placing import remove_tree

    def remove(plugin: Plugin) -> None:
        from charthouse.cli.plugin_host import call_hook

        remove_tree(plugin.directory)
        said = plugin.metadata
        if said.version:
            kept = f"{context.settings.plugins}/{said.file_name}"
            remove_tree(kept)
            remove_tree(f"{kept}.prov")
        call_hook(context, plugin, "delete")

    _each(context, "uninstall", "Uninstalled", remove)


def _update(context: Context) -> None:
    from charthouse.cli.plugin_install import update

    _each(context, "update", "Updated", lambda plugin: update(context, plugin))


def _each(context: Context, verb: str, done: str, work: Callable[[Plugin], None]) -> None:
    """`work` for every plugin named. Raises PluginError with all that went wrong, when the rest is done."""
    from charthouse.errors import CharthouseError
    from charthouse.plugins.discovery import load_all
    from charthouse.plugins.errors import PluginError

    if not context.words:
        raise UsageError(
            f"please provide plugin name to {verb}", hint="`charthouse plugin list` shows what is installed"
        )
    installed = {plugin.metadata.name: plugin for plugin in load_all(context.settings.plugins, log=context.log)}
    wrong: list[str] = []
    hints: list[str] = []
    for name in context.words:
        plugin = installed.get(name)
        if plugin is None:
            wrong.append(f"plugin: {name} not found")
            hints.append(_near(name, list(installed)))
            continue
        try:
            work(plugin)
        except CharthouseError as error:
            wrong.append(f"failed to {verb} plugin {name}, got error ({error})")
            hints.append(error.hint)
        else:
            context.out.write(f"{done} plugin: {name}\n")
    if wrong:
        raise PluginError("\n".join(wrong), hint="\n".join(dict.fromkeys(hint for hint in hints if hint)))


def _near(name: str, installed: list[str]) -> str:
    from charthouse.advice.nearness import nearest

    found = nearest(name, installed)
    return f"did you mean {' or '.join(found)}?" if found else ""


def _complete_installed(context: Context, typed: str) -> tuple[list[str], int]:
    """The commands among the plugins that are not named yet."""
    from charthouse.cli.plugin_host import directories
    from charthouse.logs import silent
    from charthouse.plugins.discovery import find
    from charthouse.plugins.errors import PluginError
    from charthouse.plugins.metadata import CLI

    try:
        found = find(directories(context), type=CLI, log=silent)
    except PluginError:
        return [], 4
    said = [plugin.metadata for plugin in found]
    return [f"{one.name}\t{one.short_help}" for one in said if one.name not in context.words], 4


def _complete_source(context: Context, typed: str) -> tuple[list[str], int]:
    """Files, for the one word there is."""
    return [], 0 if not context.words else 4


COMMAND = Command(
    "plugin",
    "manage plugins",
    long="""Install, list, update, remove, pack and check plugins.

A plugin adds a command, fetches charts from addresses of its own kind, or rewrites rendered manifests. Plugins made for
Helm run unchanged; those Helm installed are there.
""",
    children=(
        Command(
            "install [options] <path|url>",
            "install a plugin",
            long="""Install a plugin.

From a directory (which is linked to), an archive, a web address, a git repository or a registry (oci://…). Archives
must be signed; --verify=false takes them without a look, and repositories need it.
""",
            aliases=("add",),
            args="exact 1",
            flags=_install_flags,
            run=_install,
            complete=_complete_source,
        ),
        Command("list", "list plugins", aliases=("ls",), flags=_list_flags, run=_list, complete=no_words),
        Command("package [PATH]", "pack a plugin into an archive", args="exact 1", flags=_package_flags, run=_package),
        Command(
            "uninstall <plugin>...",
            "remove plugins",
            aliases=("rm", "remove"),
            run=_uninstall,
            complete=_complete_installed,
        ),
        Command("update <plugin>...", "update plugins", aliases=("up",), run=_update, complete=_complete_installed),
        Command("verify [PATH]", "check the signature of a plugin", args="exact 1", flags=_keyring_flags, run=_verify),
    ),
)
