"""A certificate for the server, made at each start: clients send tokens over TLS only.

Own DER and ECDSA over P-256 (SEC 1, FIPS 186-5) instead of a library: importing one costs more than the server's whole
start. The arithmetic is not constant-time; the key lives as long as the process and guards a local test cluster.
"""

from __future__ import annotations

import base64
import hashlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    Point = tuple[int, int, int]

__all__ = ["load_chain", "server_context"]

DAYS = 365
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    1,
)
EC_KEY, P256, ECDSA_SHA256 = "1.2.840.10045.2.1", "1.2.840.10045.3.1.7", "1.2.840.10045.4.3.2"
COMMON_NAME, ALTERNATIVE_NAMES, CONSTRAINTS = "2.5.4.3", "2.5.29.17", "2.5.29.19"


def server_context(host: str) -> tuple[ssl.SSLContext, str]:
    """(TLS context of a server on `host`, its self-signed certificate as PEM for the kubeconfig)."""
    import ssl

    certificate, key = _self_signed(host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    load_chain(context, key + certificate)
    return context, certificate


def load_chain(context: ssl.SSLContext, text: str) -> None:
    """Give a context a certificate and its key, as PEM.

    ssl reads keys from files only: one in memory where there are such, else one that is deleted at once.
    """
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("devcluster")
        with open(descriptor, "w") as file:
            file.write(text)
            file.flush()
            context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        return
    import tempfile

    descriptor, path = tempfile.mkstemp(prefix="devcluster-")
    try:
        with open(descriptor, "w") as file:
            file.write(text)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)


# P-256 ---------------------------------------------------------------------------------------------------------------


def _double(point: Point) -> Point:
    x, y, z = point
    if not y:
        return (0, 0, 0)
    square = y * y % P
    s = 4 * x * square % P
    m = 3 * (x - z * z) * (x + z * z) % P
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * square * square) % P, 2 * y * z % P


def _add(left: Point, right: Point) -> Point:
    if not left[2]:
        return right
    if not right[2]:
        return left
    (x1, y1, z1), (x2, y2, z2) = left, right
    u1, u2 = x1 * z2 * z2 % P, x2 * z1 * z1 % P
    s1, s2 = y1 * z2**3 % P, y2 * z1**3 % P
    if u1 == u2:
        return _double(left) if s1 == s2 else (0, 0, 0)
    h, r = u2 - u1, s2 - s1
    h2 = h * h % P
    h3, v = h * h2 % P, u1 * h2 % P
    x3 = (r * r - h3 - 2 * v) % P
    return x3, (r * (v - x3) - s1 * h3) % P, h * z1 * z2 % P


def _multiple(number: int) -> tuple[int, int]:
    """`number` times the base point, in affine coordinates."""
    total: Point = (0, 0, 0)
    step: Point = BASE
    while number:
        if number & 1:
            total = _add(total, step)
        step = _double(step)
        number >>= 1
    inverse = pow(total[2], -1, P)
    return total[0] * inverse * inverse % P, total[1] * inverse**3 % P


def _secret() -> int:
    return int.from_bytes(os.urandom(40)) % (ORDER - 1) + 1


def _sign(data: bytes, key: int) -> bytes:
    digest = int.from_bytes(hashlib.sha256(data).digest())
    while True:
        nonce = _secret()
        r = _multiple(nonce)[0] % ORDER
        s = pow(nonce, -1, ORDER) * (digest + r * key) % ORDER
        if r and s:
            return _sequence(_integer(r), _integer(s))


# DER -----------------------------------------------------------------------------------------------------------------


def _tagged(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 128:
        return bytes((tag, size)) + body
    width = (size.bit_length() + 7) // 8
    return bytes((tag, 128 | width)) + size.to_bytes(width) + body


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _integer(number: int) -> bytes:
    return _tagged(0x02, number.to_bytes(number.bit_length() // 8 + 1))


def _oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    out = bytearray((first * 40 + second,))
    for number in rest:
        chunk = [number & 127]
        while number := number >> 7:
            chunk.insert(0, number & 127 | 128)
        out += bytes(chunk)
    return _tagged(0x06, bytes(out))


def _name(text: str) -> bytes:
    return _sequence(_tagged(0x31, _sequence(_oid(COMMON_NAME), _tagged(0x0C, text.encode()))))


def _extension(oid: str, body: bytes, *, critical: bool = False) -> bytes:
    flag = _tagged(0x01, b"\xff") if critical else b""
    return _sequence(_oid(oid), flag, _tagged(0x04, body))


def _alternative_names(host: str) -> bytes:
    import socket

    names = [_tagged(0x82, b"localhost"), _tagged(0x87, bytes((127, 0, 0, 1)))]
    try:
        address = socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
        names.append(_tagged(0x87, address))
    except OSError:
        names.append(_tagged(0x82, host.encode()))
    return _sequence(*dict.fromkeys(names))


def _validity() -> bytes:
    import time

    now = time.time()
    stamps = (time.strftime("%y%m%d%H%M%SZ", time.gmtime(at)) for at in (now - 3600, now + DAYS * 86400))
    return _sequence(*(_tagged(0x17, stamp.encode()) for stamp in stamps))


def _pem(label: str, body: bytes) -> str:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(body).decode()}-----END {label}-----\n"


def _self_signed(host: str) -> tuple[str, str]:
    """(certificate, private key) as PEM."""
    key = _secret()
    x, y = _multiple(key)
    public = _tagged(0x03, b"\x00\x04" + x.to_bytes(32) + y.to_bytes(32))
    algorithm, name = _sequence(_oid(ECDSA_SHA256)), _name("charthouse dev cluster")
    extensions = _sequence(
        _extension(ALTERNATIVE_NAMES, _alternative_names(host)),
        _extension(CONSTRAINTS, _sequence(_tagged(0x01, b"\xff")), critical=True),
    )
    body = _sequence(
        _tagged(0xA0, _integer(2)), _integer(int.from_bytes(os.urandom(15))), algorithm, name, _validity(), name,
        _sequence(_sequence(_oid(EC_KEY), _oid(P256)), public), _tagged(0xA3, extensions),
    )  # fmt: skip
    certificate = _sequence(body, algorithm, _tagged(0x03, b"\x00" + _sign(body, key)))
    private = _sequence(_integer(1), _tagged(0x04, key.to_bytes(32)), _tagged(0xA0, _oid(P256)), _tagged(0xA1, public))
    return _pem("CERTIFICATE", certificate), _pem("EC PRIVATE KEY", private)
