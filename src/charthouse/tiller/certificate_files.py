"""The server's certificate, followed while the process runs: files of a mounted Secret change under it.

Looked at every few seconds by content, which is small: a change of times alone means nothing, and how the kubelet swaps
links is not our affair. What cannot be read or does not fit together leaves the old certificate in place.
"""

from __future__ import annotations

import threading

from charthouse.logs import INFO, WARN, LogRecord
from charthouse.rpc.tls import ServerTLS, TLSError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from charthouse.logs import Log

__all__ = ["CertificateFiles"]


class CertificateFiles:
    """certificate, key: paths. every: seconds between two looks. tls: what serves; made when this is, with the clients'
    CAs. Raises TLSError."""

    def __init__(self, certificate: str, key: str, clients: Mapping[str, bytes], *, log: Log, every: float) -> None:
        self._paths = (certificate, key)
        self._log = log
        self._every = every
        self._stop = threading.Event()
        self._problem = ""
        pair = self._read()
        try:
            self.tls = ServerTLS(*pair, clients)
        except TLSError as error:
            raise TLSError(self._refusal(error.message)) from error

    def start(self) -> None:
        """Go on looking until ``stop``."""
        threading.Thread(target=self._run, name="certificate", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def look(self) -> None:
        """Take over what is there now."""
        try:
            certificate, key = self._read()
            changed = self.tls.reload(certificate=certificate, key=key)
        except TLSError as error:
            if error.message != self._problem:
                self._problem = error.message
                self._log(
                    LogRecord(WARN, "the certificate cannot be reloaded; the old one goes on", error=error.message)
                )
            return
        self._problem = ""
        if changed:
            self._log(LogRecord(INFO, "certificate reloaded", file=self._paths[0]))

    def take_clients(self, clients: Mapping[str, bytes]) -> None:
        """Other CAs of callers count from now on."""
        try:
            self.tls.reload(clients=clients)
        except TLSError as error:
            self._log(LogRecord(WARN, "the authorities of clients cannot be used", error=error.message))

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self.look()

    def _read(self) -> tuple[bytes, bytes]:
        found = []
        for path in self._paths:
            try:
                with open(path, "rb") as stream:
                    found.append(stream.read(1 << 20))
            except OSError as error:
                problem = f"open {path}: {(error.strerror or str(error)).lower()}"
                raise TLSError(self._refusal(problem)) from error
        return found[0], found[1]

    def _refusal(self, problem: str) -> str:
        """In the words of Helm 2's Tiller (pkg/tlsutil v2.17.0)."""
        return f'could not read x509 key pair (cert: "{self._paths[0]}", key: "{self._paths[1]}"): {problem}'
