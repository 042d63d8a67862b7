"""Names of charts, versions and registries a shell may complete. What cannot be found out is left out.

Rules: Helm 4.3.1 ``pkg/cmd/search_repo.go`` (``compListCharts``), ``flags.go`` (``compVersionFlag``), ``install.go``
(``compInstall``), ``upgrade.go``, ``pull.go``, ``show.go``, ``push.go``. Beyond them: registries somebody is logged in
to. Charts come from the list Helm keeps beside an index, versions from its catalogue, so large indexes are not read.
"""

from __future__ import annotations

import os

from charthouse.cli.complete import DEFAULT, NO_FILES, NO_SPACE
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.cli.context import Context

__all__ = ["versions", "words"]

_PREFIXES = (
    "oci://\tChart OCI prefix",
    "https://\tChart URL prefix",
    "http://\tChart URL prefix",
    "file://\tChart local URL prefix",
)
_PATHS = ["./\tRelative path prefix to local chart", "/\tAbsolute path prefix to local chart"]
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
Found = tuple[list[str], int]


def words(context: Context, path: str, typed: str) -> Found:
    """What may stand behind the words of a command; path: the command's, without the program."""
    complete = _COMMANDS.get(path)
    return complete(context, typed) if complete is not None else ([], DEFAULT)


def versions(context: Context, path: str) -> Found:
    """The versions of the chart that is named on the command line."""
    at = _chart_word(context, path)
    if at < 0 or len(context.words) != at + 1:
        return [], NO_FILES
    repository, slash, chart = context.words[at].partition("/")
    if not slash or "/" in chart:
        return [], NO_FILES
    from charthouse.distribution import catalogues
    from charthouse.logs import silent

    index = os.path.join(context["repository-cache"], f"{repository}-index.yaml")
    try:
        rows = catalogues.load(index, context.settings.own_cache, log=silent).find(chart) or []
    except CharthouseError:
        return [], NO_FILES
    lines = []
    for row in rows:
        app = f"App: {row.app_version}, " if row.app_version else ""
        lines.append(f"{row.version}\t{app}Created: {_day(row.created)} {'(deprecated)' if row.deprecated else ''}")
    return lines, NO_FILES


def _day(date: str) -> str:
    year, month, day = date.split("-")
    return f"{_MONTHS[int(month) - 1]} {int(day)}, {year}"


def _chart_word(context: Context, path: str) -> int:
    """Which word of a command is its chart, -1 for none."""
    if path in ("install", "template"):
        return 0 if context["generate-name"] else 1
    if path == "upgrade":
        return 1
    return 0 if path in ("pull", "vendor make") or path.startswith("show") else -1


def _chart(context: Context, typed: str, *, files: bool = True) -> Found:
    from charthouse.cli.commands.repo import repository_candidates

    found: list[str] = []
    no_space = False
    for line in repository_candidates(context):
        name, _, url = line.partition("\t")
        if typed.startswith(f"{name}/"):
            found += [f"{name}/{chart}" for chart in _charts(context, name)]
            no_space = False
            break
        if name.startswith(typed):
            found.append(f"{name}/\t{url}")
            no_space = True
    for prefix in _PREFIXES:
        if prefix.partition("\t")[0].startswith(typed):
            found.append(prefix)
            no_space = True
    if typed.startswith("oci://"):
        hosts = [f"oci://{host}/" for host in _hosts(context)]
        found += [host for host in hosts if host.startswith(typed) and host != typed]
        no_space = no_space or bool(found)
    if files and found and typed:
        found += [name for name in _files() if name.startswith(typed)]
    if files and not typed:
        found += _PATHS
    return found, (0 if files else NO_FILES) | (NO_SPACE if no_space else 0)


def _charts(context: Context, repository: str) -> list[str]:
    """The charts of a repository: from the list beside its index, else from the index."""
    folder = context["repository-cache"]
    try:
        with open(os.path.join(folder, f"{repository}-charts.txt"), "rb") as stream:
            return stream.read().decode("utf-8", "surrogateescape").splitlines()
    except FileNotFoundError:
        pass  # Helm did not always write it
    except OSError:
        return []
    from charthouse.distribution import catalogues
    from charthouse.logs import silent

    path = os.path.join(folder, f"{repository}-index.yaml")
    try:
        return list(catalogues.load(path, context.settings.own_cache, log=silent))
    except CharthouseError:
        return []


def _files() -> list[str]:
    try:
        return sorted(os.listdir("."))
    except OSError:
        return []


def _hosts(context: Context) -> list[str]:
    """The registries somebody is logged in to, by Helm's file."""
    from charthouse.distribution.registry.dockerconfig import load

    try:
        return sorted(load(context["registry-config"]).auths)
    except CharthouseError:
        return []


def _after_release(context: Context, typed: str) -> Found:
    at = _chart_word(context, "install")  # `template` likewise
    return _chart(context, typed) if len(context.words) == at else ([], NO_FILES)


def _upgrade(context: Context, typed: str) -> Found:
    if not context.words:
        from charthouse.cli.names import complete_release

        return complete_release(context, typed)
    return _chart(context, typed) if len(context.words) == 1 else ([], NO_FILES)


def _show(context: Context, typed: str) -> Found:
    return _chart(context, typed) if not context.words else ([], NO_FILES)


def _pull(context: Context, typed: str) -> Found:
    return _chart(context, typed, files=False) if not context.words else ([], NO_FILES)


def _push(context: Context, typed: str) -> Found:
    if not context.words:
        return [], DEFAULT
    if len(context.words) > 1:
        return [], NO_FILES
    found = [f"oci://{host}/" for host in _hosts(context)] if typed.startswith("oci://") else []
    return ["oci://", *(host for host in found if host.startswith(typed))], NO_FILES | NO_SPACE


def _registry(context: Context, typed: str) -> Found:
    return ([host for host in _hosts(context) if host.startswith(typed)] if not context.words else []), NO_FILES


def _place(context: Context, typed: str) -> Found:
    """A place in a registry somebody is logged in to."""
    if context.words:
        return [], NO_FILES
    found = [f"oci://{host}/" for host in _hosts(context)]
    return [place for place in ("oci://", *found) if place.startswith(typed)], NO_FILES | NO_SPACE


def _one_path(context: Context, typed: str) -> Found:
    return [], DEFAULT if not context.words else NO_FILES


def _nothing(context: Context, typed: str) -> Found:
    return [], NO_FILES


_COMMANDS: dict[str, Callable[[Context, str], Found]] = {
    "completion bash": _nothing,
    "completion fish": _nothing,
    "completion powershell": _nothing,
    "completion zsh": _nothing,
    "create": _one_path,
    "install": _after_release,
    "pull": _pull,
    "push": _push,
    "registry login": _registry,
    "registry logout": _registry,
    "registry tags": _place,
    "repo add": _nothing,
    "repo index": _one_path,
    "repo list": _nothing,
    "search registry": _place,
    "show all": _show,
    "show chart": _show,
    "show crds": _show,
    "show readme": _show,
    "show values": _show,
    "template": _after_release,
    "upgrade": _upgrade,
    "vendor check": _one_path,
    "vendor images": _one_path,
    "vendor make": _chart,
    "verify": _one_path,
    "version": _nothing,
}
