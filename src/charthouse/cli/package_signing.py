"""``package --sign``: the provenance file beside a package, and the passphrase of the key that signs it.

Rules: Helm 4.3.1 ``pkg/action/package.go`` (``Clearsign``, ``promptUser``, ``passphraseFileFetcher``): it is the
first line of a file, or of a pipe with ``-``, or is asked for at the terminal; and it is in no error and no log.
"""

from __future__ import annotations

import os

from charthouse.provenance.errors import ProvenanceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.cli.context import Context

__all__ = ["Passphrases", "sign_package"]

_LONGEST = 4096
_STDIN = 0


def sign_package(context: Context, path: str, passphrases: Passphrases) -> None:
    """Write the provenance of the package at `path` beside it, by the key that ``--key`` means.

    Raises ProvenanceError, DistributionError.
    """
    import time

    from charthouse.distribution import atomic
    from charthouse.provenance import find_key, load_keyring, unlock
    from charthouse.provenance.packages import provenance_of

    found = find_key(load_keyring(context["keyring"]), context["key"])
    key = unlock(found, passphrases.source(context["passphrase-file"]))
    signed = provenance_of(path, key, now=int(time.time()), salt=os.urandom(32), log=context.log)
    atomic.write(f"{path}.prov", signed, 0o644)


class Passphrases:
    """Where passphrases come from; one from a file is read once for all packages of a run."""

    __slots__ = ("_context", "_read")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._read: bytes | None = None

    def source(self, path: str) -> Callable[[str], bytes]:
        """path: a file, "-" for a pipe on standard input, "" for the terminal. Raises ProvenanceError."""
        if not path:
            return self._ask
        if self._read is None:
            self._read = self._first_line(path)
        line = self._read
        return lambda name: line

    def _first_line(self, path: str) -> bytes:
        import stat

        from charthouse.charts.oserror import reading_text

        try:
            if path == "-":
                if not stat.S_ISFIFO(os.fstat(_STDIN).st_mode):
                    raise ProvenanceError(
                        "specified reading passphrase from stdin, without input on stdin",
                        hint='--passphrase-file - wants a pipe: `printf %s "$PASSPHRASE" | charthouse package …`',
                    )
                data = self._context.stdin()
            else:
                with open(path, "rb") as stream:
                    data = stream.read(_LONGEST)
        except OSError as error:
            raise ProvenanceError(reading_text(path, error)) from None
        if not data:
            raise ProvenanceError("EOF", hint=f"{path} is empty; the passphrase is its first line")
        line = data[:_LONGEST].partition(b"\n")[0]
        return line.removesuffix(b"\r") if b"\n" in data[:_LONGEST] else line

    def _ask(self, name: str) -> bytes:
        from charthouse.golang.strconv import quote

        out = self._context.out
        out.write(f"Password for key {quote(name)} >  ")
        out.flush()
        try:
            return _hidden_line()
        finally:
            out.write("\n")


def _hidden_line() -> bytes:
    """A line typed at the terminal, without showing it (golang.org/x/term ``ReadPassword``)."""
    import termios

    try:
        before = termios.tcgetattr(_STDIN)
    except termios.error as error:
        raise ProvenanceError(
            str(error.args[-1]).lower(), hint="there is no terminal to ask at; use --passphrase-file"
        ) from None
    hidden = [list(part) if isinstance(part, list) else part for part in before]
    hidden[3] = (int(before[3]) & ~termios.ECHO) | termios.ICANON | termios.ISIG
    termios.tcsetattr(_STDIN, termios.TCSADRAIN, hidden)
    typed = b""
    try:
        while (octet := os.read(_STDIN, 1)) not in (b"", b"\n"):
            typed += octet
    finally:
        termios.tcsetattr(_STDIN, termios.TCSADRAIN, before)
    return typed.removesuffix(b"\r")
