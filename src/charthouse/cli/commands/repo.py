"""``repo``: the chart repositories a user has added.

Rules: Helm 4.3.1 ``pkg/cmd/repo*.go``. Differs: ``update`` reports in the order of the file (Helm: in the order of the
answers), so that two runs say the same; the lock is taken by ``remove`` too.
"""

from __future__ import annotations

import os

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import output_flag
from charthouse.distribution.errors import DistributionError, RepositoriesError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.cli.context import Context
    from charthouse.distribution.atomic import FileLock
    from charthouse.distribution.fetch import Fetcher, Progress
    from charthouse.distribution.repositories import Repositories, Repository

__all__ = ["COMMAND", "repository_candidates"]

_AT_ONCE = 32
_TWO_MINUTES = 120_000_000_000
_GONE = (
    ("//kubernetes-charts.storage.googleapis.com", "https://charts.helm.sh/stable"),
    ("//kubernetes-charts-incubator.storage.googleapis.com", "https://charts.helm.sh/incubator"),
)


def _add_flags() -> list[Flag]:
    return [
        Flag("username", "string", "user name for the repository"),
        Flag("password", "string", "password for the repository"),
        Flag("password-stdin", "bool", "read the password from standard input"),
        Flag("force-update", "bool", "replace the repository if there is one of this name"),
        Flag("cert-file", "string", "client certificate"),
        Flag("key-file", "string", "key of the client certificate"),
        Flag("ca-file", "string", "certificate authorities to trust"),
        Flag("insecure-skip-tls-verify", "bool", "do not check the server's certificate"),
        Flag("allow-deprecated-repos", "bool", "allow addresses of repositories that were shut down"),
        Flag("pass-credentials", "bool", "send the credentials to every host"),
        Flag("timeout", "duration", "time the download of the index may take", default=_TWO_MINUTES),
    ]


def _index_flags() -> list[Flag]:
    return [
        Flag("url", "string", "address of the repository"),
        Flag("merge", "string", "index to merge into"),
        Flag("json", "bool", "write JSON"),
    ]


def _list_flags() -> list[Flag]:
    return [output_flag(), Flag("no-headers", "bool", "leave the header line out")]


def _update_flags() -> list[Flag]:
    return [Flag("timeout", "duration", "time the download of an index may take", default=_TWO_MINUTES)]


def _lock(path: str) -> FileLock:
    import time

    from charthouse.distribution.atomic import FileLock, lock_path

    return FileLock(lock_path(path), sleep=time.sleep, monotonic=time.monotonic)


def _load(path: str) -> Repositories:
    from charthouse.distribution import repositories

    try:
        return repositories.load(path)
    except repositories.MissingFile:
        return repositories.Repositories()


def _add(context: Context) -> None:
    from charthouse.golang.strconv import quote

    name, url = context.words
    for gone, instead in _GONE:
        if gone in url and not context["allow-deprecated-repos"]:
            raise DistributionError(f"repo {quote(url)} is no longer available; try {quote(instead)} instead")
    path = context["repository-config"]
    with _lock(path):
        known = _load(path)
        entry = _entry(context, name, url)
        if "/" in name:
            raise DistributionError(
                f"repository name ({name}) contains '/', please specify a different name without '/'"
            )
        existing = known.find(name)
        if existing is not None and not context["force-update"]:
            if existing != entry:
                raise DistributionError(
                    f"repository name ({name}) already exists, please specify a different name",
                    hint=f"it stands for {_shown(existing)}; --force-update replaces it",
                )
            context.out.write(f"{quote(name)} already exists with the same configuration, skipping\n")
            return
        _fetch_first(context, entry)
        known.with_entry(entry).save(path)
    context.out.write(f"{quote(name)} has been added to your repositories\n")


def _entry(context: Context, name: str, url: str) -> Repository:
    from charthouse.distribution.repositories import Repository

    password = context["password"]
    if context["username"] and not password:
        password = _password(context)
    return Repository(
        name=name, url=url, username=context["username"], password=password, cert_file=context["cert-file"],
        key_file=context["key-file"], ca_file=context["ca-file"], insecure=context["insecure-skip-tls-verify"],
        pass_all=context["pass-credentials"],
    )  # fmt: skip


def _password(context: Context) -> str:
    from charthouse.cli.secrets import ask_secret, secret_from_stdin

    return secret_from_stdin(context) if context["password-stdin"] else ask_secret(context, "Password: ")


def _shown(entry: Repository) -> str:
    from charthouse.distribution.urls import without_credentials

    return without_credentials(entry.url)


def _fetch_first(context: Context, entry: Repository) -> None:
    from charthouse.cli.fetching import fetcher, progress
    from charthouse.distribution.urls import redacted
    from charthouse.golang.strconv import quote

    client = fetcher(context, nanoseconds=context["timeout"])
    _check_scheme(entry, client)
    update, end = progress(context, f"index of {entry.name}")
    try:
        _fetch(context, entry, client, update)
    except DistributionError as error:
        raise DistributionError(
            f"looks like {quote(redacted(entry.url))} is not a valid chart repository or cannot be reached: {error}",
            hint=error.hint,
        ) from error
    finally:
        end()
        client.close()


def _check_scheme(entry: Repository, client: Fetcher) -> None:
    from charthouse.distribution import urls

    try:
        scheme = urls.parse(entry.url).scheme
    except DistributionError as error:
        raise DistributionError(f"invalid chart URL format: {urls.redacted(entry.url)}", hint=error.message) from error
    if not client.serves(scheme) and scheme != "oci":  # a registry gives its own answer
        raise DistributionError(
            f"could not find protocol handler for: {scheme}", hint="an address begins with https://"
        )


def _fetch(context: Context, entry: Repository, client: Fetcher, update: Progress | None) -> None:
    from charthouse.distribution.refreshing import fetch_index

    fetch_index(
        entry.name, entry.access, context["repository-cache"], client, own=context.settings.own_cache,
        log=context.log, progress=update,
    )  # fmt: skip


def _list(context: Context) -> None:
    from charthouse.distribution import repositories

    try:
        entries = repositories.load(context["repository-config"]).named()
    except RepositoriesError:
        entries = ()  # as in Helm: a file that cannot be read is none
    rows = [{"name": entry.name, "url": entry.url} for entry in entries]
    if context["output"] == "table":
        if not rows:
            context.err.write("no repositories to show\n")
            return
        from charthouse.cli.output.uitable import table

        lines = [] if context["no-headers"] else [["NAME", "URL"]]
        context.out.write(table([*lines, *([row["name"], row["url"]] for row in rows)]) + "\n")
        return
    from charthouse.cli.output.encode import json_text, struct, yaml_text

    context.out.write(json_text([struct(row) for row in rows]) if context["output"] == "json" else yaml_text(rows))


def _remove(context: Context) -> None:
    from charthouse.golang.strconv import quote

    path, cache = context["repository-config"], context["repository-cache"]
    with _lock(path):
        known = _load(path)
        if not known.entries:
            raise RepositoriesError("no repositories configured", hint="`charthouse repo add NAME URL` adds one")
        for name in context.words:
            if known.find(name) is None:
                raise RepositoriesError(f"no repo named {quote(name)} found", hint=_listed(known))
            known = known.without(name)
            known.save(path)
            for file in (f"{name}-charts.txt", f"{name}-index.yaml"):
                _unlink(os.path.join(cache, file))
            context.out.write(f"{quote(name)} has been removed from your repositories\n")


def _listed(known: Repositories) -> str:
    return "there are: " + ", ".join(entry.name for entry in known.named())


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RepositoriesError(f"can't remove index file {path}: {reason}") from error


def _update(context: Context) -> None:
    from charthouse.distribution import repositories

    try:
        known = repositories.load(context["repository-config"])
    except repositories.MissingFile:
        known = repositories.Repositories()
    except RepositoriesError as error:
        path = context["repository-config"]
        raise RepositoriesError(f"failed loading file: {path}: {error}", hint=error.hint) from error
    entries = known.named()
    if not entries:
        raise RepositoriesError(
            "no repositories found. You must add one before updating", hint="`charthouse repo add NAME URL`"
        )
    for name in context.words:
        if known.find(name) is None:
            raise RepositoriesError(
                f"no repositories found matching '{name}'.  Nothing will be updated", hint=_listed(known)
            )
    wanted = [entry for entry in entries if not context.words or entry.name in context.words]
    from charthouse.cli.fetching import fetcher

    for entry in wanted:
        _check_scheme(entry, fetcher(context))
    update_all(context, wanted, nanoseconds=context["timeout"])
    context.out.write("Update Complete. ⎈Happy Helming!⎈\n")


def update_all(context: Context, entries: Sequence[Repository], *, nanoseconds: int = 0) -> None:
    """Fetch the indexes of repositories at the same time, and tell of each. Raises DistributionError if one failed."""
    from concurrent.futures import ThreadPoolExecutor

    from charthouse.cli.fetching import bars, fetcher
    from charthouse.distribution.urls import redacted
    from charthouse.golang.strconv import quote

    context.out.write("Hang tight while we grab the latest from your chart repositories...\n")
    client = fetcher(context, nanoseconds=nanoseconds)
    shown = bars(context, "indexes", len(entries))

    def one(entry: Repository) -> DistributionError | None:
        try:
            _fetch(context, entry, client, shown.part() if shown else None)
        except DistributionError as error:
            return error
        finally:
            if shown:
                shown.finished()
        return None

    failed = []
    try:
        with ThreadPoolExecutor(min(_AT_ONCE, max(1, len(entries)))) as pool:
            for entry, error in zip(entries, pool.map(one, entries), strict=True):
                if error is None:
                    context.out.write(f"...Successfully got an update from the {quote(entry.name)} chart repository\n")
                    continue
                failed.append(redacted(entry.url))
                name = quote(entry.name)
                context.out.write(
                    f"...Unable to get an update from the {name} chart repository ({redacted(entry.url)}):\n\t{error}\n"
                )
    finally:
        if shown:
            shown.end()
        client.close()
    if failed:
        raise DistributionError(f"failed to update the following repositories: [{' '.join(failed)}]")


def _processors() -> int:
    """How many processes may run at once."""
    try:
        return min(len(os.sched_getaffinity(0)), 8)
    except AttributeError:  # not every system has it
        return min(os.cpu_count() or 1, 8)


def _index(context: Context) -> None:
    from charthouse.cli.fetching import rfc3339_now
    from charthouse.distribution.indexing import index_directory, merge_file, write

    folder = os.path.abspath(context.words[0])
    index = index_directory(
        folder, context["url"], now=rfc3339_now, workers=_processors(), cache=context.settings.own_cache
    )
    if context["merge"]:
        merge_file(index, context["merge"], as_json=context["json"], now=rfc3339_now, log=context.log)
    index.sort()
    write(index, os.path.join(folder, "index.yaml"), as_json=context["json"])


def repository_candidates(context: Context) -> list[str]:
    """The repositories that were added, for completion: name, a tab, address."""
    from charthouse.distribution import repositories

    try:
        entries = repositories.load(context["repository-config"]).named()
    except RepositoriesError:
        return []
    return [f"{entry.name}\t{entry.url}" for entry in entries]


def _complete_names(context: Context, typed: str) -> tuple[list[str], int]:
    from charthouse.cli.complete import NO_FILES

    taken = set(context.words)
    return [line for line in repository_candidates(context) if line.partition("\t")[0] not in taken], NO_FILES


COMMAND = Command(
    "repo",
    "manage chart repositories",
    long="Add, list, refresh and remove chart repositories, or write the index of one.\n",
    args="none",
    children=(
        Command(
            "add [NAME] [URL]",
            "add a repository",
            long="Add the repository at URL under a name, if its index can be fetched.\n",
            args="exact 2",
            flags=_add_flags,
            run=_add,
        ),
        Command(
            "index [DIR]",
            "write the index of a directory",
            long="Write DIR/index.yaml for the packed charts in DIR and in the directories in it, so that a web\n"
            "server can serve DIR as a repository. --merge keeps what another index has besides.\n",
            args="exact 1",
            flags=_index_flags,
            run=_index,
        ),
        Command("list", "list repositories", aliases=("ls",), args="none", flags=_list_flags, run=_list),
        Command(
            "remove [REPO1 [REPO2 ...]]",
            "remove repositories",
            aliases=("rm",),
            args="min 1",
            run=_remove,
            complete=_complete_names,
        ),
        Command(
            "update [REPO1 [REPO2 ...]]",
            "fetch the indexes of repositories again",
            aliases=("up",),
            flags=_update_flags,
            run=_update,
            complete=_complete_names,
        ),
    ),
)
