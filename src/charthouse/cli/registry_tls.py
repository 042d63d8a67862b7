"""The files of ``--cert-file``, ``--key-file`` and ``--ca-file``, which Helm opens before it does anything else,
whether a registry will be asked or not.

Rules: Helm 4.3.1 ``pkg/cmd/root.go`` (``newRegistryClient``), ``internal/tlsutil/tls.go``. Differs: of a damaged
certificate only that there is no PEM block in it is said in Go's words.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["TLSRefused", "check_registry_tls"]

_BLOCK = b"-----BEGIN "


class TLSRefused(CharthouseError):
    """A certificate or key that cannot be used."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"missing registry client: can't create TLS config for client: {reason}")


def check_registry_tls(context: Context) -> None:
    """Raises TLSRefused."""
    certificate, key, authority = context["cert-file"], context["key-file"], context["ca-file"]
    if not ((certificate and key) or authority or context["insecure-skip-tls-verify"]):
        return
    problems: list[str] = []
    if certificate or key:
        try:
            pair = [_read(certificate, "unable to read cert file"), _read(key, "unable to read key file")]
        except _Unreadable as error:
            problems.append(str(error))
        else:
            _check_pair(*pair)
    if authority:
        try:
            data = _read(authority, "can't read CA file")
        except _Unreadable as error:
            problems.append(str(error))
        else:
            if data and _BLOCK + b"CERTIFICATE" not in data and not problems:
                raise TLSRefused("failed to append certificates from pem block")
    if problems:
        raise TLSRefused("\n".join(problems))


class _Unreadable(Exception):
    pass


def _read(path: str, words: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        from charthouse.charts.oserror import go_text
        from charthouse.golang.strconv import quote

        raise _Unreadable(f"{words}: {quote(path)}: {go_text('open', path, error)}") from None


def _check_pair(certificate: bytes, key: bytes) -> None:
    if certificate and key:
        from charthouse.web.tls import pair_problem

        problem = pair_problem(certificate, key)
        if problem:
            raise TLSRefused(f"unable to load cert from key pair: {problem}")
