"""Names and passwords of registries: Helm's file, then Docker's, and the helpers they name.

Rules: oras-go v2.6.2 ``registry/remote/credentials`` (``DynamicStore``: a server's helper, the file's store, the
platform's own where the file says nothing; helpers are programs ``docker-credential-NAME`` that read and write JSON),
Helm 4.3.1 ``pkg/registry/client.go`` (which file first; ``HELM_REGISTRY_CONFIG``, ``DOCKER_CONFIG``). Differs: what
cannot be decoded is never repeated in an error.
"""

from __future__ import annotations

import os

from charthouse.distribution.errors import DistributionError
from charthouse.distribution.registry.dockerconfig import BadConfig, DockerConfig, load
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["Credential", "Store"]

_HUB = "https://index.docker.io/v1/"
_NOT_FOUND = "credentials not found in native keychain"
_TOKEN = "<token>"
_PATIENCE = 60


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
        """What is known for a registry; empty when nothing is. Raises DistributionError for a damaged file of ours, or
        a helper that fails."""
        key = _HUB if host in ("docker.io", "registry-1.docker.io") else host
        return self._from(load(self._path), key) or self._from_docker(key)

    def _from_docker(self, key: str) -> Credential:
        folder = self._environ.get("DOCKER_CONFIG", "")
        home = self._environ.get("HOME", "")
        if not (folder or home):
            return Credential()
        try:
            config = load(os.path.join(folder or os.path.join(home, ".docker"), "config.json"))
        except BadConfig:
            return Credential()  # as in Helm: Docker's file, damaged, is none
        return self._from(config, key)

    def _from(self, config: DockerConfig, key: str) -> Credential:
        helper = self._helper(config, key)
        if helper:
            return self._ask(helper, key)
        entry = config.entry(key)
        return _decode(entry, config.path) if entry is not None else Credential()

    def _helper(self, config: DockerConfig, key: str) -> str:
        return config.helper(key) or ("" if config.is_configured else self._platform_helper())

    def _platform_helper(self) -> str:
        """The machine's own keychain, where its helper is installed (Linux, macOS)."""
        import sys
        from shutil import which

        path = self._environ.get("PATH", "")
        name = "osxkeychain" if sys.platform == "darwin" else "pass" if which("pass", path=path) else "secretservice"
        return name if which(f"docker-credential-{name}", path=path) else ""

    def put(self, host: str, credential: Credential) -> None:
        """Keep what `registry login` was told. Raises DistributionError."""
        config = load(self._path)
        key = _HUB if host in ("docker.io", "registry-1.docker.io") else host
        helper = self._helper(config, key)
        if not helper:
            if ":" in credential.username:
                raise DistributionError("bad credential format: colons(:) are not allowed in username")
            config.auths[key] = _encode(credential)
            config.save()
            return
        import json

        name, secret = credential.username, credential.password
        if credential.refresh_token:
            name, secret = _TOKEN, credential.refresh_token
        self._run(helper, "store", json.dumps({"ServerURL": key, "Username": name, "Secret": secret}))
        if not config.is_configured:
            config.store = helper
            config.save()

    def delete(self, host: str) -> None:
        """Forget a registry. Raises DistributionError."""
        config = load(self._path)
        key = _HUB if host in ("docker.io", "registry-1.docker.io") else host
        helper = self._helper(config, key)
        if helper:
            self._run(helper, "erase", key)
        elif key in config.auths:
            del config.auths[key]
            config.save()

    def _ask(self, helper: str, key: str) -> Credential:
        import json

        said = self._run(helper, "get", key)
        if not said:
            return Credential()
        try:
            answer = json.loads(said)
        except ValueError as error:
            raise DistributionError(f"docker-credential-{helper} get: its answer is no JSON: {error}") from error
        if not isinstance(answer, dict):
            raise DistributionError(f"docker-credential-{helper} get: its answer is no JSON object")
        name, secret = str(answer.get("Username") or ""), str(answer.get("Secret") or "")
        return Credential(refresh_token=secret) if name == _TOKEN else Credential(name, secret)

    def _run(self, helper: str, verb: str, text: str) -> str:
        """What a helper answers, "" when it knows nothing. Its standard error is the user's, as in Helm."""
        import subprocess

        program = f"docker-credential-{helper}"
        try:
            done = subprocess.run(
                [program, verb], input=text, env=dict(self._environ), stdout=subprocess.PIPE, text=True,
                timeout=_PATIENCE, check=False,
            )  # fmt: skip
        except FileNotFoundError:
            text = f'exec: "{program}": executable file not found in $PATH'
            raise DistributionError(text, hint=f"{self._path} or Docker's file names it; is it installed?") from None
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise DistributionError(f"{program} {verb}: {_without_input(error)}") from None
        if done.returncode == 0:
            return done.stdout
        said = done.stdout.strip()
        if said == _NOT_FOUND and verb == "get":
            return ""
        raise DistributionError(said or f"exit status {done.returncode}", hint=f"said by {program} {verb}")


def _without_input(error: Exception) -> str:
    import subprocess

    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer within {_PATIENCE} seconds"
    return str(error)


def _decode(entry: dict[str, Any], path: str) -> Credential:
    refresh, access = str(entry.get("identitytoken") or ""), str(entry.get("registrytoken") or "")
    name, password = str(entry.get("username") or ""), str(entry.get("password") or "")
    if text := entry.get("auth"):
        from charthouse.golang.kinds import GoError
        from charthouse.sprig.encodings import decode64

        try:
            pair = decode64(str(text)).decode("utf-8", "surrogateescape")
        except GoError as error:
            raise BadConfig(f"failed to decode auth field: invalid config format: {error}", path) from None
        name, colon, password = pair.partition(":")
        if not colon:
            raise BadConfig(
                "failed to decode auth field: invalid config format: auth does not conform the "
                "base64(username:password) format", path,
            )  # fmt: skip
    return Credential(name, password, refresh, access)


def _encode(credential: Credential) -> dict[str, str]:
    import binascii

    pair = f"{credential.username}:{credential.password}".encode("utf-8", "surrogateescape")
    out = {"auth": binascii.b2a_base64(pair, newline=False).decode()} if pair != b":" else {}
    if credential.refresh_token:
        out["identitytoken"] = credential.refresh_token
    return out
