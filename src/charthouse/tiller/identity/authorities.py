"""The CAs callers are known by, kept up to date.

The cluster publishes its own in the ConfigMap kube-system/extension-apiserver-authentication: the CA of client
certificates, so that the certificate of a kubeconfig is enough for Tiller, and the CA and names of the front proxy.
Ours come from a file beside them. Both are read again every half minute (files of mounted Secrets and a ConfigMap
change rarely, and a poll cannot be lost as a watch can), and whoever listens is told of a change.

Whose ConfigMap: k8s.io/apiserver v0.37.2 pkg/server/options/authentication.go; the role
`extension-apiserver-authentication-reader` of kube-system lets Tiller read it.
"""

from __future__ import annotations

import threading

from charthouse.errors import CharthouseError
from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.logs import INFO, WARN, LogRecord
from charthouse.records import Record
from charthouse.tiller.identity.front_proxy import FrontProxyRules, rules_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from charthouse.kube.client import Client
    from charthouse.logs import Log

__all__ = ["BOTH", "EVERY_SECONDS", "FRONT_PROXY", "USERS", "Authorities", "ClientAuthorities"]

USERS, FRONT_PROXY, BOTH = "users", "front-proxy", "users and front-proxy"
"""The names of the sets (``rpc.call.Peer.authority``). No CA is in two: one that is a CA of clients and of the front
proxy is in BOTH."""

EVERY_SECONDS = 30.0
_REF = ObjectRef(
    ResourceType("v1", "ConfigMap", "configmaps", True), "kube-system", "extension-apiserver-authentication"
)
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


class ClientAuthorities(Record):
    """users, front_proxy: PEM, "" for none. rules: what the front proxy's word needs, None without one."""

    users: str = ""
    front_proxy: str = ""
    rules: FrontProxyRules | None = None

    def sets(self) -> dict[str, bytes]:
        """By name, what TLS verifies client certificates with."""
        users, proxies = _blocks(self.users), _blocks(self.front_proxy)
        named = {
            USERS: [one for one in users if one not in proxies],
            FRONT_PROXY: [one for one in proxies if one not in users],
            BOTH: [one for one in users if one in proxies],
        }
        return {name: ("\n".join(found) + "\n").encode("ascii") for name, found in named.items() if found}


class Authorities:
    """Reads them when made, and again while it runs. Safe to use from several threads."""

    def __init__(self, client: Client | None, ca_file: str, *, log: Log) -> None:
        """client: Tiller's own, None to go without the cluster's. ca_file: PEM of our own CA, "" for none."""
        self._client = client
        self._file = ca_file
        self._log = log
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._listeners: list[Callable[[ClientAuthorities], None]] = []
        self._problems: dict[str, str] = {}
        self._cluster = ClientAuthorities()
        self._own = ""
        self._current = ClientAuthorities()
        self.refresh()

    @property
    def current(self) -> ClientAuthorities:
        return self._current

    def on_change(self, listener: Callable[[ClientAuthorities], None]) -> None:
        """Have it called, from another thread, when anything has changed."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Look again every half minute, in a thread, until ``stop``."""
        threading.Thread(target=self._run, name="client authorities", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def refresh(self) -> None:
        """Look now. What cannot be read stays as it was, and is told once."""
        with self._lock:
            self._read_cluster()
            self._read_file()
            cluster = self._cluster
            users = "\n".join(pem for pem in (self._own, cluster.users) if pem)
            found = ClientAuthorities(users, cluster.front_proxy, cluster.rules)
            changed, self._current = found != self._current, found
        if changed:
            self._log(LogRecord(INFO, "client authorities read", users=bool(users), front_proxy=bool(found.rules)))
            for listener in self._listeners:
                listener(found)

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            try:
                self.refresh()
            except Exception as error:  # of a listener, or of what the ConfigMap holds: the next look must come
                self._problem("the client authorities cannot be taken over", error, "the old ones go on")

    def _read_cluster(self) -> None:
        if self._client is None:
            return
        try:
            self._cluster = _parsed(self._client.get(_REF).get("data") or {})
        except (CharthouseError, ValueError) as error:
            hint = "without them no certificate of the cluster's users is known, and no aggregated API is served"
            self._problem("the cluster's client authorities cannot be read", error, hint)
        else:
            self._problems.pop("the cluster's client authorities cannot be read", None)

    def _read_file(self) -> None:
        if not self._file:
            return
        try:
            with open(self._file, encoding="ascii") as file:
                self._own = _certificates(file.read(), self._file)
        except (OSError, ValueError) as error:
            self._problem("the client CA file cannot be read", error, self._file)
        else:
            self._problems.pop("the client CA file cannot be read", None)

    def _problem(self, text: str, error: Exception, hint: str) -> None:
        if self._problems.get(text) != str(error):
            self._problems[text] = str(error)
            self._log(LogRecord(WARN, text, error=str(error), hint=hint))


def _parsed(data: Mapping[str, Any]) -> ClientAuthorities:
    """What the ConfigMap says. Raises ValueError."""
    users = _certificates(data.get("client-ca-file") or "", "client-ca-file")
    front = _certificates(data.get("requestheader-client-ca-file") or "", "requestheader-client-ca-file")
    return ClientAuthorities(users, front, rules_of(data) if front else None)


def _certificates(text: Any, where: str) -> str:
    """The certificates of a PEM text and nothing else. Raises ValueError when there is something, but none of them."""
    blocks = _blocks(str(text))
    if str(text).strip() and not blocks:
        raise ValueError(f"{where} holds no certificate")
    return "\n".join(blocks) + "\n" if blocks else ""


def _blocks(text: str) -> list[str]:
    out = []
    for part in text.split(_BEGIN)[1:]:
        body, end, _ = part.partition(_END)
        if end:
            lines = (line.strip() for line in body.strip().splitlines())
            out.append("\n".join((_BEGIN, *(line for line in lines if line), _END)))
    return out
