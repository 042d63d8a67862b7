"""Who we are to the API server: the Authorization header and the client certificate.

Rules: client-go v0.37.1 ``plugin/pkg/client/auth/exec/exec.go`` (credential plugins), ``transport/token_source.go``
(token files are read again after a minute), ``rest/exec.go`` (cluster information). Credentials of plugins live in
memory only, until they expire or the server answers 401.
"""

from __future__ import annotations

from charthouse.kube.errors import CredentialError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.kube.kubeconfig import Access, Exec

__all__ = ["Credentials", "PluginCredential"]

_TOKEN_FILE_SECONDS = 60.0
_INSTALL_HELP = (
    "\n\nIt looks like you are trying to use a client-go credential plugin that is not installed.\n\nTo learn more "
    "about this feature, consult the documentation available at:\n      "
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins"
)


class PluginCredential(Record):
    """What a plugin answered. expires: seconds since the epoch, None = does not."""

    token: str = ""
    cert: bytes = b""
    key: bytes = b""
    expires: float | None = None


class Credentials:
    """The credentials of one Access, renewed when needed. Safe to use from several threads."""

    def __init__(self, access: Access, *, clock: Clock, environ: Mapping[str, str], interactive: bool = False) -> None:
        """interactive: standard input is a terminal a plugin may talk to."""
        import threading

        self._access = access
        self._clock = clock
        self._environ = environ
        self._interactive = interactive
        self._lock = threading.Lock()
        self._file_token = ""
        self._file_read_at: float | None = None
        self._plugin: PluginCredential | None = None
        has_own = access.token or access.token_file or access.username or access.cert_file or access.cert_data
        self._exec = None if has_own else access.exec

    def authorization(self) -> str:
        """The Authorization header, "" for none. Raises CredentialError."""
        access = self._access
        if access.token:
            return f"Bearer {access.token}"
        if access.token_file:
            return f"Bearer {self._token_from_file(access.token_file)}"
        if access.username or access.password:
            import binascii

            pair = f"{access.username}:{access.password}".encode()
            return f"Basic {binascii.b2a_base64(pair, newline=False).decode()}"
        if self._exec is not None:
            token = self._credential(self._exec).token
            return f"Bearer {token}" if token else ""
        return ""

    def certificate(self) -> tuple[bytes, bytes]:
        """Client certificate and key of a plugin as PEM; empty when it gives none. Raises CredentialError."""
        if self._exec is None:
            return b"", b""
        found = self._credential(self._exec)
        return found.cert, found.key

    def refused(self) -> bool:
        """The server answered 401: forget what can be renewed. True when another try makes sense."""
        with self._lock:
            if self._exec is not None and self._plugin is not None:
                self._plugin = None
                return True
            if self._access.token_file and self._file_read_at is not None:
                self._file_read_at = None
                return True
            return False

    def _token_from_file(self, path: str) -> str:
        with self._lock:
            now = self._clock.monotonic()
            if self._file_read_at is None or now - self._file_read_at > _TOKEN_FILE_SECONDS:
                try:
                    with open(path, encoding="utf-8") as file:
                        token = file.read().strip()
                except (OSError, UnicodeDecodeError) as error:
                    if self._file_token:
                        return self._file_token
                    text = (getattr(error, "strerror", None) or str(error)).lower()
                    raise CredentialError(
                        f"open {path}: {text}", hint="the token file named by the kubeconfig"
                    ) from error
                self._file_token, self._file_read_at = token, now
            return self._file_token

    def _credential(self, plugin: Exec) -> PluginCredential:
        with self._lock:
            held = self._plugin
            if held is None or (held.expires is not None and held.expires <= self._clock.now().timestamp()):
                held = self._plugin = self._run(plugin)
            return held

    def _run(self, plugin: Exec) -> PluginCredential:
        import json
        import subprocess

        if plugin.interactive == "Always" and not self._interactive:
            raise _failed("exec plugin cannot support interactive mode: standard input is not a terminal")
        interactive = plugin.interactive != "Never" and self._interactive
        spec: dict[str, Any] = {"interactive": interactive}
        if plugin.provide_cluster_info:
            spec["cluster"] = self._cluster_info(plugin)
        asked = {"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec}
        env = {**self._environ, **dict(plugin.env), "KUBERNETES_EXEC_INFO": json.dumps(asked, separators=(",", ":"))}
        try:
            done = subprocess.run(  # the user's own kubeconfig names the command
                [plugin.command, *plugin.args], env=env, stdout=subprocess.PIPE, check=False,
                stdin=None if interactive else subprocess.DEVNULL,
            )  # fmt: skip
        except OSError as error:
            note = f"\n\n{plugin.install_hint}" if plugin.install_hint else ""
            raise _failed(f"exec: executable {plugin.command} not found{_INSTALL_HELP}{note}") from error
        if done.returncode != 0:
            raise _failed(f"exec: executable {plugin.command} failed with exit code {done.returncode}")
        return _answer(done.stdout, plugin)

    def _cluster_info(self, plugin: Exec) -> dict[str, Any]:
        import binascii

        access = self._access
        info: dict[str, Any] = {"server": access.server}
        if access.tls_server_name:
            info["tls-server-name"] = access.tls_server_name
        if access.insecure:
            info["insecure-skip-tls-verify"] = True
        ca = access.ca_data
        if not ca and access.ca_file:
            try:
                with open(access.ca_file, "rb") as file:
                    ca = file.read()
            except OSError as error:
                raise _failed(f"open {access.ca_file}: {(error.strerror or str(error)).lower()}") from error
        if ca:
            info["certificate-authority-data"] = binascii.b2a_base64(ca, newline=False).decode()
        if access.proxy_url:
            info["proxy-url"] = access.proxy_url
        info["config"] = plugin.cluster_config
        return info


def _failed(text: str) -> CredentialError:
    return CredentialError(f"getting credentials: {text}", hint="the credential plugin named by the kubeconfig failed")


def _answer(output: bytes, plugin: Exec) -> PluginCredential:
    """Read an ExecCredential. Texts: ``refreshCredsLocked``."""
    import json

    try:
        document = json.loads(output)
    except ValueError as error:
        raise _failed(f"decoding stdout: couldn't get version/kind; json parse error: {error}") from error
    if not isinstance(document, dict):
        raise _failed("decoding stdout: couldn't get version/kind; json parse error: not an object")
    version = document.get("apiVersion")
    if version != plugin.api_version:
        raise _failed(
            f"exec plugin is configured to use API version {plugin.api_version}, plugin returned version {version}"
        )
    status = document.get("status")
    if not isinstance(status, dict):
        raise _failed("exec plugin didn't return a status field")
    token = str(status.get("token") or "")
    cert = str(status.get("clientCertificateData") or "")
    key = str(status.get("clientKeyData") or "")
    if not token and not cert and not key:
        raise _failed("exec plugin didn't return a token or cert/key pair")
    if bool(cert) != bool(key):
        raise _failed("exec plugin returned only certificate or key, not both")
    return PluginCredential(token, cert.encode(), key.encode(), _expiry(status.get("expirationTimestamp")))


def _expiry(text: Any) -> float | None:
    if not isinstance(text, str) or not text:
        return None
    from datetime import datetime

    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise _failed(f"decoding stdout: {error}") from error
