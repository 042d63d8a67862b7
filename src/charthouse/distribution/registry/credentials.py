"""Names and passwords of registries: Helm's file, then Docker's, and the helpers they name.

Rules: oras-go v2.6 ``registry/remote/credentials`` (config files of Docker: ``auths``, ``credsStore``, ``credHelpers``;
helpers are programs ``docker-credential-NAME`` that read and write JSON), Helm 4.3.1 ``pkg/registry/client.go`` (which
file first; ``HELM_REGISTRY_CONFIG``, ``DOCKER_CONFIG``). Differs: a native store is used when a file names one, never
found by itself.
"""

from __future__ import annotations

import os

from charthouse.distribution import atomic
from charthouse.distribution.errors import DistributionError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["Credential", "Store"]

_HUB = "https://index.docker.io/v1/"


class Credential(Record):
    """A name and a password, or a refresh token ("identity token"), or an access token."""

    username: str = ""
    password: str = ""
    refresh_token: str = ""
    access_token: str = ""

    def __repr__(self) -> str:
        return f"Credential({self.username!r})"

    def __bool__(self) -> bool:
        return bool(self.username or self.password or self.refresh_token or self.access_token)


class Store:
    """path: Helm's file; environ: where Docker's is (``DOCKER_CONFIG``, ``HOME``), and for the helpers."""

    def __init__(self, path: str, environ: Mapping[str, str]) -> None:
        self._path = path
        self._environ = environ

    def get(self, host: str) -> Credential:
        """What is known for a registry; empty when nothing is. Raises DistributionError for a damaged file."""
        key = _HUB if host in ("docker.io", "registry-1.docker.io") else host
        for path in (self._path, self._docker()):
            if path and (found := self._from_file(path, key)):
                return found
        return Credential()

    def _docker(self) -> str:
        folder = self._environ.get("DOCKER_CONFIG", "")
        home = self._environ.get("HOME", "")
        return os.path.join(folder or os.path.join(home, ".docker"), "config.json") if folder or home else ""

    def _from_file(self, path: str, key: str) -> Credential:
        config = _read(path)
        helper = _helper(config, key)
        if helper:
            return self._ask(helper, key)
        auths = config.get("auths")
        entry = auths.get(key) if isinstance(auths, dict) else None
        if entry is None and isinstance(auths, dict):
            entry = next((value for name, value in auths.items() if _host_of(name) == key), None)
        return _decode(entry, path) if isinstance(entry, dict) else Credential()

    def put(self, host: str, credential: Credential) -> None:
        """Keep what `registry login` was told. Raises DistributionError."""
        config = _read(self._path)
        key = _HUB if host == "docker.io" else host
        helper = _helper(config, key)
        if helper:
            import json

            name, secret = credential.username, credential.password
            if credential.refresh_token:
                name, secret = "<token>", credential.refresh_token
            self._run(helper, "store", json.dumps({"ServerURL": key, "Username": name, "Secret": secret}))
            return
        auths = config.setdefault("auths", {})
        auths[key] = _encode(credential)
        _write(self._path, config)

    def delete(self, host: str) -> None:
        """Forget a registry. Raises DistributionError."""
        config = _read(self._path)
        key = _HUB if host == "docker.io" else host
        helper = _helper(config, key)
        if helper:
            self._run(helper, "erase", key)
            return
        auths = config.get("auths")
        if isinstance(auths, dict) and key in auths:
            del auths[key]
            _write(self._path, config)

    def _ask(self, helper: str, key: str) -> Credential:
        import json

        try:
            answer = json.loads(self._run(helper, "get", key) or "{}")
        except ValueError as error:
            raise DistributionError(f"docker-credential-{helper} get: its answer is no JSON: {error}") from error
        name, secret = str(answer.get("Username", "")), str(answer.get("Secret", ""))
        return Credential(refresh_token=secret) if name == "<token>" else Credential(name, secret)

    def _run(self, helper: str, verb: str, text: str) -> str:
        import subprocess

        program = f"docker-credential-{helper}"
        try:
            done = subprocess.run(
                [program, verb], input=text, env=dict(self._environ), capture_output=True, text=True, timeout=60,
                check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DistributionError(f"{program} {verb}: {error}", hint=f"is {program} installed?") from error
        if done.returncode == 0:
            return done.stdout
        if "credentials not found" in done.stdout + done.stderr:
            return ""
        raise DistributionError(f"{program} {verb}: {(done.stdout or done.stderr).strip() or done.returncode}")


def _helper(config: dict[str, Any], key: str) -> str:
    helpers = config.get("credHelpers")
    if isinstance(helpers, dict) and isinstance(helpers.get(key), str):
        return str(helpers[key])
    found = config.get("credsStore")
    return found if isinstance(found, str) else ""


def _host_of(name: str) -> str:
    return name.removeprefix("https://").removeprefix("http://").partition("/")[0]


def _decode(entry: dict[str, Any], path: str) -> Credential:
    import binascii

    refresh, access = str(entry.get("identitytoken") or ""), str(entry.get("registrytoken") or "")
    name, password = str(entry.get("username") or ""), str(entry.get("password") or "")
    if text := entry.get("auth"):
        try:
            name, colon, password = binascii.a2b_base64(str(text)).decode("utf-8", "surrogateescape").partition(":")
        except binascii.Error as error:
            raise DistributionError(f"invalid config format: {path}: auth is no base64: {error}") from error
        if not colon:
            raise DistributionError("invalid config format: auth does not conform the base64(username:password) format")
    return Credential(name, password, refresh, access)


def _encode(credential: Credential) -> dict[str, str]:
    import binascii

    pair = f"{credential.username}:{credential.password}".encode("utf-8", "surrogateescape")
    out = {"auth": binascii.b2a_base64(pair, newline=False).decode()} if pair != b":" else {}
    if credential.refresh_token:
        out["identitytoken"] = credential.refresh_token
    return out


def _read(path: str) -> dict[str, Any]:
    import json

    try:
        with open(path, encoding="utf-8") as stream:
            value = json.load(stream)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DistributionError(f"open {path}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise DistributionError(f"invalid config format: {path}: {error}", hint=f"{path} is damaged") from error
    return value if isinstance(value, dict) else {}


def _write(path: str, config: dict[str, Any]) -> None:
    import json

    text = json.dumps(config, indent="\t", sort_keys=True, ensure_ascii=False)
    atomic.write(path, text.encode("utf-8", "surrogateescape"), 0o600)
