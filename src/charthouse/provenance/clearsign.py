"""A text that is signed and can still be read: clear-signed messages.

Rules: go-crypto 1.4.1 ``openpgp/clearsign`` (``Decode``, ``dashEscaper``); RFC 4880 §7.
"""

from __future__ import annotations

from charthouse.provenance import armor
from charthouse.records import Record

__all__ = ["ClearSigned", "decode", "frame", "signed_form"]

_START = b"\n-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = b"-----BEGIN PGP SIGNATURE-----"
_END = b"\n-----END PGP SIGNATURE-----"
_HASHES = frozenset({"MD5", "SHA1", "RIPEMD160", "SHA224", "SHA256", "SHA384", "SHA512", "SHA3-256", "SHA3-512"})


class ClearSigned(Record):
    """text: what was written, with line feeds; signed: the form the signature is over; signature: its packets."""

    text: bytes
    signed: bytes
    signature: armor.Block


def _line(data: bytes, start: int) -> tuple[bytes, int]:
    """The line that begins at `start`, and where the next one does."""
    end = data.find(b"\n", start)
    if end < 0:
        return data[start:], len(data)
    line = data[start:end]
    return line.removesuffix(b"\r"), end + 1


def decode(data: bytes) -> ClearSigned | None:
    """The first clear-signed message in `data`, None when there is no whole one."""
    if data.startswith(_START[1:]):
        position = len(_START) - 1
    else:
        found = data.find(_START)
        if found < 0:
            return None
        position = found + len(_START)
    behind, position = _line(data, position)
    if behind:
        return None
    after = _headers(data, position)
    return None if after is None else _body(data, after)


def _headers(data: bytes, position: int) -> int | None:
    """Where the text begins; None unless all headers name hashes."""
    while position < len(data):
        line, position = _line(data, position)
        if not line.decode("utf-8", "replace").strip():
            return position
        if any(octet < 0x20 or octet > 0x7E for octet in line):
            return None
        key, colon, values = line.decode("ascii").partition(":")
        if not colon or key.strip() != "Hash":
            return None
        if any(value.strip().upper() not in _HASHES for value in values.split(",")):
            return None
    return None


def _body(data: bytes, position: int) -> ClearSigned | None:
    lines: list[bytes] = []
    while True:
        begin = position
        line, position = _line(data, position)
        if not line and position >= len(data):
            return None
        if line == _SIGNATURE:
            break
        lines.append(line.removeprefix(b"- ").rstrip(b" \t"))
    if not lines:
        return None  # Go's reader fails on it
    end = data.find(_END, begin)
    if end < 0:
        return None
    end += len(_END)
    while end < len(data) and data[end] in b"\r\n":
        end += 1
    block = armor.decode(armor.Lines(data[begin:end]))
    return None if block is None else ClearSigned(b"\n".join(lines), b"\r\n".join(lines), block)


def signed_form(text: bytes) -> tuple[bytes, bytes]:
    """`text` as it is shown in the message, and as the signature is over it: no blanks at line ends, dashes escaped."""
    lines = [line.rstrip(b" \t\r") for line in text.split(b"\n")]
    shown = b"\n".join(b"- " + line if line.startswith(b"-") else line for line in lines)
    return shown, b"\r\n".join(lines)


def frame(shown: bytes, signature: bytes, *, hash_name: str) -> bytes:
    """The message. shown: the text as `signed_form` gives it; signature: its packets; hash_name: "" = no header."""
    header = f"Hash: {hash_name}\n".encode() if hash_name else b""
    return _START[1:] + b"\n" + header + b"\n" + shown + b"\n" + armor.encode("PGP SIGNATURE", signature)
