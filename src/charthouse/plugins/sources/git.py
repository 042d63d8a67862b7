"""A plugin in a git repository: cloned into Helm's cache, copied from there.

Rules: Helm 4.3.1 ``internal/plugin/installer/vcs_installer.go``, ``internal/plugin/cache`` (the cache's directory
names), Masterminds/vcs v1.13 (which addresses are git's, what is asked of ``git``). Differs: only git; Subversion,
Mercurial and Bazaar are refused; git never asks for a password on the terminal.
"""

from __future__ import annotations

import os

from charthouse.logs import DEBUG, WARN, LogRecord
from charthouse.plugins.errors import InstallError
from charthouse.plugins.placing import copy_into, make_folder
from charthouse.plugins.sources.base import NO_METADATA, Places, Source, is_plugin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from re import Match

    from charthouse.logs import Log

__all__ = ["GitSource", "cache_key", "installed_source", "is_git"]

_UNKNOWN = "Cannot detect VCS"
_PART = r"[A-Za-z0-9_.\-]+"
_HOSTS = {
    "github.com": rf"github\.com[/|:]{_PART}/{_PART}(/{_PART})*",
    "bitbucket.org": rf"bitbucket\.org/{_PART}/{_PART}(/{_PART})*",
    "git.launchpad.net": rf"git\.launchpad\.net/({_PART}|~{_PART}/(\+git|{_PART})/{_PART})",
    "hub.jazz.net": rf"hub\.jazz\.net/git/[a-z0-9]+/{_PART}(/{_PART})*",
    "go.googlesource.com": rf"go\.googlesource\.com/{_PART}/?",
    "git.openstack.org": rf"git\.openstack\.org/{_PART}/{_PART}",
    "git.code.sf.net": rf"git.code.sf.net/p/{_PART}/{_PART}",
}


class GitSource(Source):
    """url: as typed. version: a branch, tag, commit or range of versions, "" = as cloned. local: where the repository
    is (by default in the cache)."""

    def __init__(
        self, url: str, version: str, places: Places, environ: Mapping[str, str], log: Log, *, local: str = ""
    ) -> None:
        self.url = url
        self.version = version
        self._environ = {**environ, "GIT_TERMINAL_PROMPT": "0"}
        self._log = log
        self.local = local or os.path.join(places.cache, "plugins", cache_key(url))
        self.place = os.path.join(places.plugins, os.path.basename(url.rstrip("/")))

    def install(self) -> None:
        if os.path.exists(self.local):
            self._log(LogRecord(DEBUG, "updating", source=self.url, destination=self.local))
            self._pull()
        else:
            self._log(LogRecord(DEBUG, "cloning", source=self.url, destination=self.local))
            make_folder(os.path.dirname(self.local))
            self._git("clone", "--recursive", "--", self.url, self.local, what="Unable to get repository", inside=False)
        reference = self._reference()
        if reference:
            self._log(LogRecord(DEBUG, "setting version", version=self.version))
            self._git("checkout", reference, what="Unable to update checked out version")
            self._settle_submodules()
        if not is_plugin(self.local):
            raise InstallError(NO_METADATA, hint=f"there is no plugin.yaml at the top of {self.url}")
        copy_into(self.local, self.place)

    def update(self) -> None:
        status, changed = self._run("diff")
        if status or changed:
            raise InstallError("plugin repo was modified", hint=f"`git -C {self.local} diff` shows how")
        self._pull()
        if not is_plugin(self.local):
            raise InstallError(NO_METADATA)

    def _pull(self) -> None:
        what = "Unable to update repository"
        self._git("fetch", "--tags", "--", "origin", what=what)
        try:
            with open(os.path.join(self.local, ".git", "HEAD"), encoding="utf-8", errors="replace") as stream:
                detached = stream.read(5) != "ref: "
        except OSError as error:
            raise InstallError(what, hint=str(error)) from error
        if not detached:
            self._git("pull", what=what)
            self._settle_submodules()

    def _settle_submodules(self) -> None:
        what = "Unexpected error while defensively updating submodules"
        self._git("submodule", "update", "--init", "--recursive", what=what)
        self._git("clean", "-x", "-d", "-f", "-f", what=what)
        self._git("submodule", "foreach", "--recursive", "git clean -x -d -f -f", what=what)

    def _reference(self) -> str:
        """What to check out for the version wanted, "" = nothing. Raises InstallError."""
        if not self.version:
            return ""
        if self.version.startswith("-"):
            raise InstallError(f"improper constraint: {self.version}")
        if not self._run("rev-parse", "--verify", self.version)[0] or not self._run("show-ref", self.version)[0]:
            return self.version
        from charthouse.formats.semver import Constraint, SemverError, Version

        try:
            constraint = Constraint.parse(self.version)
        except SemverError as error:
            raise InstallError(error.message) from error
        found: list[tuple[Version, str]] = []
        for line in self._run("show-ref")[1].splitlines():
            _, mark, tag = line.partition("tags/")
            try:
                version = Version.parse(tag) if mark else None
            except SemverError:
                continue
            if version is not None:
                found.append((version, tag))
        found.sort(key=lambda pair: pair[0], reverse=True)
        for version, tag in found:
            if constraint.check(version):
                return tag
        raise InstallError(
            f'requested version "{self.version}" does not exist for plugin "{self.url}"',
            hint="its versions: " + (", ".join(tag for _, tag in found[:10]) or "none"),
        )

    def _git(self, *arguments: str, what: str, inside: bool = True) -> None:
        status, said = self._run(*arguments, inside=inside)
        if status:
            lines = "\n".join(f"git: {line}" for line in said.strip().splitlines()[-10:])
            raise InstallError(what, hint=lines)

    def _run(self, *arguments: str, inside: bool = True) -> tuple[int, str]:
        import subprocess

        place = self.local if inside else None
        try:
            done = subprocess.run(
                ["git", *arguments], cwd=place, env=self._environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise InstallError("git is not installed", hint="plugins in repositories are fetched by git") from error
        return done.returncode, done.stdout.decode("utf-8", "replace")


def _scp(url: str) -> Match[str] | None:
    """`git@host:path`, taken apart."""
    import re

    return re.fullmatch(r"([a-zA-Z0-9_]+)@([a-zA-Z0-9._-]+):(.*)", url)


def is_git(url: str, local: str) -> bool:
    """Whether an address, or what was cloned from it before, is a git repository. Raises InstallError for other kinds.

    Rules: Masterminds/vcs ``detectVcsFromURL``, ``DetectVcsFromFS``.
    """
    from charthouse.distribution import urls
    from charthouse.distribution.errors import DistributionError

    found = _scp(url)
    if found is not None:
        scheme, user, host, path = "ssh", found[1], found[2], "/" + found[3]
    else:
        try:
            parts = urls.parse(url)
        except DistributionError as error:
            raise InstallError(error.message) from error
        scheme, user, host, path = parts.scheme, parts.username or "", parts.hostname or "", parts.path
    if scheme == "file":
        return _on_disk(path)
    return (bool(host) and _by_address(scheme, user, host, path)) or _on_disk(local)


def _by_address(scheme: str, user: str, host: str, path: str) -> bool:
    import re

    if scheme in ("git", "git+ssh"):
        return True
    if host in _HOSTS:
        return re.fullmatch(_HOSTS[host], host + path) is not None
    for ending in (".hg", ".svn", ".bzr"):
        if path.endswith(ending) or scheme in (f"{ending[1:]}+ssh",):
            raise InstallError(f"{ending[1:]} repositories are not supported", hint="only git repositories are")
    return path.endswith(".git") or user == "git"


def _on_disk(path: str) -> bool:
    return os.path.exists(os.path.join(path, ".git"))


def cache_key(url: str) -> str:
    """A directory name made of an address (``cache.Key``). Raises InstallError."""
    found = _scp(url)
    if found is not None:
        text = f"{found[1]}-{found[2]}" + f"/{found[3]}".replace("/", "-")
        return text.replace(":", "-")
    from charthouse.distribution import urls
    from charthouse.distribution.errors import DistributionError

    try:
        parts = urls.parse(url)
    except DistributionError as error:
        raise InstallError(error.message) from error
    text = f"{parts.scheme}-" if parts.scheme else ""
    text += f"{parts.username}-" if parts.username else ""
    text += parts.netloc.rpartition("@")[2] + parts.path.replace("/", "-")
    return text.replace(":", "-")


def installed_source(directory: str, places: Places, environ: Mapping[str, str], log: Log) -> Source:
    """What an installed plugin can be updated from (``FindSource``). Raises InstallError."""
    if not _on_disk(directory):
        text = "cannot get information about plugin source"
        log(LogRecord(WARN, text, location=directory, error=_UNKNOWN))
        raise InstallError(text, hint="only plugins from git repositories can be updated; remove and install it anew")
    probe = GitSource("", "", places, environ, log, local=directory)
    status, remote = probe._run("config", "--get", "remote.origin.url")
    if status:
        raise InstallError("Unable to retrieve local repo information", hint=f"{directory} has no remote `origin`")
    return GitSource(remote.strip(), "", places, environ, log, local=directory)
