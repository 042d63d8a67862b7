"""``genPrivateKey``, and private keys in PEM as sprig reads and writes them.

Rules: sprig crypto.go ``generatePrivateKey``, ``pemBlockForKey``, ``parsePrivateKeyPEM``: RSA, DSA and EC keys in their
own formats (``RSA PRIVATE KEY`` …), others in PKCS #8. Where it differs: the words of a broken key's ASN.1 are ours.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, go_bytes
from charthouse.sprig.rsa_certificates import pem, private_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

__all__ = ["generate", "parse", "pem_block", "pem_text", "rsa_text"]

# Keys this process wrote, by their PEM: reading one back checks its primes anew, which takes as long as making it.
_written: dict[str, PrivateKeyTypes] = {}
_MAX_WRITTEN = 32


def pem_block(text: str) -> tuple[str, bytes] | None:
    """Type and contents of the first PEM block; None when there is none (encoding/pem ``Decode``)."""
    data = go_bytes(text).replace(b"\r\n", b"\n")
    at = 0
    while True:
        begin = 0 if at == 0 and data.startswith(b"-----BEGIN ") else data.find(b"\n-----BEGIN ", at)
        if begin < 0:
            return None
        head, newline, rest = data[begin:].lstrip(b"\n").partition(b"\n")
        at = begin + 1
        if not newline or not head.rstrip().endswith(b"-----"):
            continue
        label = head.rstrip()[11:-5]
        body, end, _ = rest.partition(b"-----END " + label + b"-----")
        if not end:
            continue
        lines = [line.strip() for line in body.split(b"\n")]
        from binascii import Error, a2b_base64

        try:
            return label.decode("utf-8", "surrogateescape"), a2b_base64(
                b"".join(x for x in lines if b":" not in x), strict_mode=True
            )
        except Error:
            continue


def _kinds() -> tuple[type, type, type]:
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    return rsa.RSAPrivateKey, dsa.DSAPrivateKey, ec.EllipticCurvePrivateKey


def pem_text(key: PrivateKeyTypes) -> str:
    """The key in PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    own = PrivateFormat.TraditionalOpenSSL if isinstance(key, _kinds()) else PrivateFormat.PKCS8
    text = key.private_bytes(Encoding.PEM, own, NoEncryption()).decode("ascii")
    _remember(text, key)
    return text


def rsa_text(key: RSAPrivateKey) -> str:
    """The RSA key in PEM; as `pem_text`, without importing what all kinds of keys need."""
    text = pem("RSA PRIVATE KEY", private_key(key))
    _remember(text, key)
    return text


def _remember(text: str, key: PrivateKeyTypes) -> None:
    if len(_written) >= _MAX_WRITTEN:
        _written.clear()
    _written[text] = key


def generate(kind: str) -> str:
    """A new key in PEM: ``rsa`` (the default, 4096 bits), ``dsa``, ``ecdsa`` (P-256) or ``ed25519``; or a message."""
    if kind in ("", "rsa"):
        from cryptography.hazmat.primitives.asymmetric import rsa

        return rsa_text(rsa.generate_private_key(public_exponent=65537, key_size=4096))
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519

    key: PrivateKeyTypes
    if kind == "dsa":
        key = dsa.generate_private_key(key_size=2048)
    elif kind == "ecdsa":
        key = ec.generate_private_key(ec.SECP256R1())
    elif kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    else:
        return f"Unknown type {kind}"
    return pem_text(key)


def parse(text: str) -> PrivateKeyTypes:
    """The key of a PEM block. Raises GoError with sprig's text."""
    known = _written.get(text)
    if known is not None:
        return known
    block = pem_block(text)
    if block is None:
        raise GoError("no PEM data in input")
    label, contents = block
    if label != "PRIVATE KEY" and not label.endswith(" PRIVATE KEY"):
        raise GoError(f"no private key data in PEM block of type {label}")
    name = label.removesuffix("PRIVATE KEY").strip()
    if name not in ("", "RSA", "EC", "DSA"):
        raise GoError(f"invalid private key type {name}")
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        key = load_der_private_key(contents, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise GoError(_broken(name)) from None
    expected = dict(zip(("RSA", "DSA", "EC"), _kinds(), strict=True)).get(name)
    if expected is not None and not isinstance(key, expected):
        raise GoError(_broken(name))
    return key


def _broken(name: str) -> str:
    reason = "asn1: structure error: the key is malformed"
    return f"parsing {name} private key from PEM: {reason}" if name else f"decoding PEM as PKCS#8: {reason}"
