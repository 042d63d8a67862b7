"""``repositories.yaml``: the repositories a user has added.

Rules: Helm 4.3.1 ``pkg/repo/v1/repo.go`` (``File``), ``chartrepo.go`` (``Entry``): every key is always written, sorted.
Keys Helm does not know are lost by Helm when it writes the file, and by us.
"""

from __future__ import annotations

from charthouse.distribution import atomic
from charthouse.distribution.access import Access
from charthouse.distribution.errors import RepositoriesError
from charthouse.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["MissingFile", "Repositories", "Repository", "load"]

_NEVER = "0001-01-01T00:00:00Z"
# JSON key, field, whether it is a bool.
_ENTRY = (
    ("caFile", "ca_file", False),
    ("certFile", "cert_file", False),
    ("insecure_skip_tls_verify", "insecure", True),
    ("keyFile", "key_file", False),
    ("name", "name", False),
    ("pass_credentials_all", "pass_all", True),
    ("password", "password", False),
    ("url", "url", False),
    ("username", "username", False),
)


class MissingFile(RepositoriesError):
    """There is no repositories file."""


class Repository(Record):
    """One repository as it was added: name, url, and how to reach it (see Access)."""

    name: str = ""
    url: str = ""
    username: str = ""
    password: str = ""
    cert_file: str = ""
    key_file: str = ""
    ca_file: str = ""
    insecure: bool = False
    pass_all: bool = False

    def __repr__(self) -> str:
        return f"Repository({self.name!r}, {self.url!r})"

    @property
    def access(self) -> Access:
        """Who we are to its server."""
        return Access(
            self.url, self.username, self.password, self.pass_all, self.cert_file, self.key_file, self.ca_file,
            self.insecure,
        )  # fmt: skip


class Repositories(Record):
    """The file. entries: in the order they were added; None is a null in the file, which Helm keeps."""

    entries: tuple[Repository | None, ...] = ()
    api_version: str = ""
    generated: str = _NEVER

    def named(self) -> tuple[Repository, ...]:
        """The entries that are there."""
        return tuple(entry for entry in self.entries if entry is not None)

    def find(self, name: str) -> Repository | None:
        """The first repository of that name."""
        return next((entry for entry in self.named() if entry.name == name), None)

    def with_entry(self, entry: Repository) -> Repositories:
        """The same with `entry` in the place of the one of its name, or at the end."""
        entries = list(self.entries)
        for i, old in enumerate(entries):
            if old is not None and old.name == entry.name:
                entries[i] = entry
                break
        else:
            entries.append(entry)
        return replace(self, entries=tuple(entries))

    def without(self, name: str) -> Repositories:
        """The same less every entry of that name."""
        return replace(self, entries=tuple(entry for entry in self.named() if entry.name != name))

    def to_yaml(self) -> str:
        """The file's text."""
        from charthouse.formats.yaml import dump

        entries = [
            None if entry is None else {key: getattr(entry, field) for key, field, _ in _ENTRY}
            for entry in self.entries
        ]
        return dump({"apiVersion": self.api_version, "generated": self.generated, "repositories": entries})

    def save(self, path: str) -> None:
        """Write the file, for its user's eyes only (it may hold passwords). Raises DistributionError."""
        atomic.write(path, self.to_yaml().encode("utf-8", "surrogateescape"), 0o600)


def load(path: str) -> Repositories:
    """The repositories file at `path`. Raises MissingFile, and RepositoriesError for one that cannot be read."""
    from charthouse.formats.yaml import YamlError, load_written

    try:
        with open(path, "rb") as stream:
            data = stream.read()
    except OSError as error:
        reason = f"open {path}: {(error.strerror or str(error)).lower()}"
        kind = MissingFile if isinstance(error, FileNotFoundError) else RepositoriesError
        raise kind(f"couldn't load repositories file ({path}): {reason}") from error
    try:
        value = load_written(data.decode("utf-8", "surrogateescape"))
    except YamlError as error:
        raise RepositoriesError(error.message, hint=f"{path} is damaged") from error
    if value is None:
        return Repositories()
    if type(value) is not dict:
        raise _mismatch(value, "Go value", "repo.File", path)
    listed = value.get("repositories")
    if listed is not None and type(listed) is not list:
        raise _mismatch(listed, "Go struct field .repositories", "[]*repo.Entry", path)
    entries = tuple(None if e is None else _entry(e, f".repositories.{i}", path) for i, e in enumerate(listed or ()))
    generated = value.get("generated") or _NEVER
    return Repositories(entries, _text(value.get("apiVersion"), ".apiVersion", path), str(generated))


def _entry(value: Any, where: str, path: str) -> Repository:
    if type(value) is not dict:
        raise _mismatch(value, where, "repo.Entry", path)
    fields: dict[str, Any] = {}
    for key, field, is_bool in _ENTRY:
        given = value.get(key)
        if given is None:
            continue
        if not is_bool:
            fields[field] = _text(given, f"{where}.{key}", path)
        elif type(given) is bool:
            fields[field] = given
        else:
            raise _mismatch(given, f"Go struct field {where}.{key}", "bool", path)
    return Repository(**fields)


def _text(value: Any, where: str, path: str) -> str:
    if value is None:
        return ""
    if type(value) is str:
        return value
    if type(value) in (dict, list):
        raise _mismatch(value, f"Go struct field {where}", "string", path)
    from charthouse.charts.scalars import scalar_text

    return scalar_text(value)


def _mismatch(value: object, into: str, wanted: str, path: str) -> RepositoriesError:
    kinds: dict[type, str] = {str: "string", bool: "bool", dict: "object", list: "array"}
    found = kinds.get(type(value), "number")
    return RepositoriesError(
        f"error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into {into} of type {wanted}",
        hint=f"{path} is damaged",
    )
