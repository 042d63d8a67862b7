"""Docker's config.json as far as registries need it, read and written as oras does.

Rules: oras-go v2.6.2 ``registry/remote/credentials/internal/config/config.go`` (what is decoded when, Go's error texts,
what is kept on writing), Go 1.27 ``encoding/json``. Helm 4.3.1 reads its own such file before any command runs, so this
module imports little.
"""

from __future__ import annotations

from charthouse.distribution.errors import DistributionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["BadConfig", "DockerConfig", "load"]

_RAW = "map[string]jsontext.Value"
_KINDS = {str: "string", bool: "bool", dict: "object", list: "array"}
_LARGEST = 16 << 20


class BadConfig(DistributionError):
    """The file cannot be read, or is not what it should be."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message, hint=f"{path} is damaged; without it nobody is logged in")


class DockerConfig:
    """What a file holds. content: everything; auths: by server, as written; store: ``credsStore``; helpers: by
    server."""

    __slots__ = ("auths", "content", "helpers", "path", "store")

    def __init__(self, path: str) -> None:
        self.path = path
        self.content: dict[str, Any] = {}
        self.auths: dict[str, Any] = {}
        self.store = ""
        self.helpers: dict[str, str] = {}

    @property
    def is_configured(self) -> bool:
        """Whether the file says anything of credentials."""
        return bool(self.store or self.helpers or self.auths)

    def helper(self, server: str) -> str:
        """The credential helper for a server, "" for none."""
        return self.helpers.get(server) or self.store

    def entry(self, server: str) -> dict[str, Any] | None:
        """What is written for a server, also under its address. Raises BadConfig."""
        found = self.auths.get(server)
        if server not in self.auths:
            found = next((value for name, value in self.auths.items() if _host(name) == server), None)
        if found is None:
            return None
        if type(found) is not dict:
            raise self._wrong("auth", _mismatch(found, "Go value", "config.AuthConfig"))
        for key in ("auth", "identitytoken", "registrytoken", "username", "password"):
            value = found.get(key)
            if value is not None and type(value) is not str:
                raise self._wrong("auth", _mismatch(value, f"Go struct field AuthConfig.{key}", "string"))
        return found

    def _wrong(self, what: str, reason: str) -> BadConfig:
        return BadConfig(f"failed to unmarshal {what} field: invalid config format: {reason}", self.path)

    def take(self, content: dict[str, Any]) -> None:
        """Take the fields apart. Raises BadConfig."""
        self.content = content
        store = content.get("credsStore")
        if store is not None:
            if type(store) is not str:
                raise self._wrong("creds store", _mismatch(store, "Go value", "string"))
            self.store = store
        helpers = content.get("credHelpers")
        if helpers is not None:
            if type(helpers) is not dict:
                raise self._wrong("cred helpers", _mismatch(helpers, "Go value", "map[string]string"))
            for key, value in helpers.items():
                if value is not None and type(value) is not str:
                    raise self._wrong("cred helpers", _mismatch(value, f"Go struct field .{key}", "string"))
            self.helpers = {key: value or "" for key, value in helpers.items()}
        auths = content.get("auths")
        if auths is not None:
            if type(auths) is not dict:
                raise self._wrong("auths", _mismatch(auths, "Go value", _RAW))
            self.auths = dict(auths)

    def save(self) -> None:
        """Write the file, whole or not at all, for its user's eyes only. Raises DistributionError."""
        import json
        import os

        from charthouse.distribution import atomic

        content = {key: value for key, value in self.content.items() if key != "credsStore"}
        if self.store:
            content["credsStore"] = self.store
        content["auths"] = {key: self.auths[key] for key in sorted(self.auths)}
        text = json.dumps({key: content[key] for key in sorted(content)}, indent="\t", ensure_ascii=False)
        for char in "<>&\u2028\u2029":
            text = text.replace(char, f"\\u{ord(char):04x}")
        try:
            os.makedirs(os.path.dirname(self.path) or ".", 0o700, exist_ok=True)
        except OSError as error:
            from charthouse.charts.oserror import go_text

            reason = go_text("mkdir", str(error.filename), error)
            raise DistributionError(f"failed to make directory {os.path.dirname(self.path)}: {reason}") from None
        atomic.write(self.path, text.encode("utf-8", "surrogateescape"), 0o600)


def load(path: str) -> DockerConfig:
    """The file at `path`; empty when there is none. Raises BadConfig with oras' text."""
    found = DockerConfig(path)
    try:
        with open(path, "rb") as stream:
            data = stream.read(_LARGEST)
    except (FileNotFoundError, NotADirectoryError) as error:
        if isinstance(error, FileNotFoundError):
            return found
        raise BadConfig(f"failed to open config file at {path}: open {path}: not a directory", path) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        if isinstance(error, IsADirectoryError):
            text = f"failed to decode config file {path}: invalid config format: read {path}: {reason}"
            raise BadConfig(text, path) from None
        raise BadConfig(f"failed to open config file at {path}: open {path}: {reason}", path) from None
    text = data.decode("utf-8", "surrogateescape").lstrip(" \t\r\n")
    if text:
        found.take(_decode(text, path))
    return found


def _decode(text: str, path: str) -> dict[str, Any]:
    from charthouse.golang.json import decode_typed
    from charthouse.golang.kinds import GoError

    try:
        value = decode_typed(text, _number, _number)
    except (GoError, RecursionError):
        value = None
    if type(value) is dict:
        return value  # the common case, at the speed of C
    from charthouse.golang.json_syntax import read_prefix

    try:
        value, _ = read_prefix(text, _number, _number)
        problem = "" if value is None or type(value) is dict else _mismatch(value, "Go value", _RAW)
    except GoError as error:
        problem = str(error).replace("unexpected end of JSON input", "unexpected EOF")
    if problem:
        raise BadConfig(f"failed to decode config file {path}: invalid config format: {problem}", path)
    return value if type(value) is dict else {}


def _number(text: str) -> int | float:
    """Of no use here but to be written again."""
    return int(text) if text.lstrip("-").isdigit() and len(text) < 400 else float(text)


def _mismatch(value: object, into: str, wanted: str) -> str:
    return f"json: cannot unmarshal {_KINDS.get(type(value), 'number')} into {into} of type {wanted}"


def _host(name: str) -> str:
    return name.removeprefix("http://").removeprefix("https://").partition("/")[0]
