"""What gRPC says in headers: metadata, time-outs, statuses.

Rules: grpc/doc/PROTOCOL-HTTP2.md; grpc-go v1.82.1 ``internal/transport/http_util.go`` (``decodeTimeout``,
``encodeGrpcMessage``: bytes outside of 0x20-0x7E, and ``%``, are written ``%XX``).
"""

from __future__ import annotations

import binascii

from charthouse.rpc.status import Code, RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Header = tuple[bytes, bytes]

__all__ = ["metadata_of", "path_parts", "percent_decoded", "percent_encoded", "seconds_of", "status_of", "trailers"]

_HIDDEN = frozenset((":method", ":scheme", ":path", "te", "grpc-timeout", "grpc-encoding", "grpc-accept-encoding"))
_UNITS = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
_PLAIN = frozenset(range(0x20, 0x7F)) - {0x25}
_MOST = 48 * 1024  # bytes of an encoded grpc-message when the caller does not say what it takes
_ENTRY = 32  # what HTTP/2 adds for each header


def metadata_of(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers as a handler sees them: `Call.metadata`."""
    found: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        if key not in _HIDDEN:
            found[key] = f"{found[key]},{text}" if key in found else text
    return found


def seconds_of(text: str) -> float:
    """`grpc-timeout`. Raises RpcError."""
    digits, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not 0 < len(digits) <= 8 or not (digits.isascii() and digits.isdigit()):
        raise RpcError(Code.INTERNAL, f"malformed grpc-timeout: {text[:20]!r}")
    return int(digits) * _UNITS[unit]


def timeout_text(seconds: float) -> str:
    """`grpc-timeout`, rounded up, at most eight digits."""
    import math

    for unit, size in (("n", 1e-9), ("u", 1e-6), ("m", 1e-3), ("S", 1.0), ("M", 60.0)):
        count = math.ceil(round(seconds / size, 3))
        if count < 10**8:
            return f"{max(count, 0)}{unit}"
    return f"{min(math.ceil(seconds / 3600), 10**8 - 1)}H"


def percent_encoded(text: str) -> str:
    """A message as `grpc-message`."""
    data = text.encode("utf-8", "replace")
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in data)


def percent_decoded(text: str) -> str:
    """`grpc-message` as text; what is wrongly encoded stays as it is."""
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(text).decode("utf-8", "replace")


def path_parts(path: str) -> tuple[str, str]:
    """(service, method) of `/package.Service/Method`. Raises RpcError in grpc-go's words."""
    service, slash, method = path.removeprefix("/").rpartition("/")
    if not path.startswith("/") or not slash:
        raise RpcError(Code.UNIMPLEMENTED, f'malformed method name: "{path}"')
    return service, method


def trailers(
    code: int, message: str, details: bytes, extra: Mapping[str, str], *, room: int | None = None
) -> list[tuple[bytes, bytes]]:
    """The headers that end a call. room: how many bytes of headers the caller takes; a longer message is cut, details
    that do not fit are left out."""
    left = _MOST if room is None else min(_MOST, max(room - 512, 256))
    made = [(b"grpc-status", b"%d" % code)]
    for key, value in extra.items():
        clean = value.encode("ascii", "backslashreplace").translate(None, bytes(range(0x20)) + b"\x7f").strip()
        name = key.lower().encode("ascii", "ignore")
        if len(name) + len(clean) + _ENTRY < left:
            left -= len(name) + len(clean) + _ENTRY
            made.append((name, clean))
    if message:
        text = _cut(percent_encoded(message), left - 2 * _ENTRY)
        left -= len(text) + 2 * _ENTRY
        made.insert(1, (b"grpc-message", text.encode("ascii")))
    if details:
        coded = binascii.b2a_base64(details, newline=False).rstrip(b"=")
        if len(coded) + 2 * _ENTRY < left:
            made.append((b"grpc-status-details-bin", coded))
    return made


def _cut(encoded: str, most: int) -> str:
    """At most `most` characters of a `grpc-message`, whole letters. Blanks at its ends, which HTTP drops: encoded."""
    from urllib.parse import unquote_to_bytes

    if len(encoded) > most:
        short = encoded[: max(most - 12, 0)]
        start = short.rfind("%", max(len(short) - 2, 0))
        whole = unquote_to_bytes(short if start < 0 else short[:start]).decode("utf-8", "ignore")
        encoded = percent_encoded(whole + "…")
    if encoded.startswith(" "):
        encoded = "%20" + encoded[1:]
    return encoded[:-1] + "%20" if encoded.endswith(" ") else encoded


def status_of(headers: Sequence[tuple[bytes, bytes]]) -> RpcError | None:
    """What the trailers say; None for success."""
    found = dict(headers)
    raw = found.get(b"grpc-status", b"")
    number = int(raw) if raw.isdigit() and len(raw) < 4 else int(Code.UNKNOWN)
    if number == Code.OK and raw:
        return None
    code = Code(number) if number in Code._value2member_map_ else Code.UNKNOWN
    coded = found.get(b"grpc-status-details-bin", b"")
    try:
        details = binascii.a2b_base64(coded + b"=" * (-len(coded) % 4))
    except binascii.Error:
        details = b""
    return RpcError(code, percent_decoded(found.get(b"grpc-message", b"").decode("latin-1")), details=details)
