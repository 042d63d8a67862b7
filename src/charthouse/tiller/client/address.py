"""Where a Tiller is, as `--tiller` says it: `cluster`, `HOST:PORT` or `unix:PATH`.

Whose rules: helm v2.17.0 cmd/helm (HELM_HOST is used as it is); without a port it is Tiller's own.
"""

from __future__ import annotations

from charthouse.records import Record
from charthouse.tiller.client.errors import BadAddress

__all__ = ["CLUSTER", "PORT", "Address", "parse_address"]

PORT = 44134
CLUSTER = "cluster"
_HINT = "--tiller takes cluster (found by the kubeconfig), HOST:PORT or unix:PATH"


class Address(Record):
    """host "" and path "": found in the cluster."""

    host: str = ""
    port: int = PORT
    path: str = ""

    @property
    def in_cluster(self) -> bool:
        return not self.host and not self.path

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        if not self.host:
            return CLUSTER
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Raises BadAddress."""
    if text == CLUSTER:
        return Address()
    if text.startswith("unix:"):
        path = text[5:]
        path = path[2:] if path.startswith("///") else path
        if not path:
            raise _bad(text, "there is no path behind unix:")
        return Address(path=path)
    if "://" in text or "/" in text or any(letter.isspace() for letter in text):
        raise _bad(text, "it is no address of a gRPC server")
    host, port = _split(text)
    if not host or host == CLUSTER:
        raise _bad(text, "there is no host before the port")
    if not port:
        return Address(host)
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise _bad(text, f"{port!r} is no port")
    return Address(host, int(port))


def _split(text: str) -> tuple[str, str]:
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        return (host, rest[1:]) if bracket and rest[:1] in ("", ":") else ("", "")
    if text.count(":") > 1:  # an IPv6 address without a port
        return text, ""
    host, _, port = text.partition(":")
    return host, port


def _bad(text: str, why: str) -> BadAddress:
    return BadAddress(f"invalid address of Tiller {text[:100]!r}: {why}", hint=_HINT)
