"""Secret keys: reading their packet, unlocking them with a passphrase.

Rules: go-crypto 1.4.1 ``openpgp/packet/private_key.go`` (``PrivateKey.parse``, ``decrypt``, ``parsePrivateKey``);
RFC 4880 §5.5.3, RFC 9580 §3.7.2. What the parts of a key must be to each other, ``cryptography`` checks. Differs: the
parts of keys for encryption are not checked, for nothing here uses them.
"""

from __future__ import annotations

from charthouse.provenance.errors import (
    DummyKeyError,
    InvalidKeyError,
    OpenPGPError,
    StructuralError,
    UnsupportedError,
)
from charthouse.provenance.openpgp import public
from charthouse.provenance.openpgp.octets import Octets
from charthouse.provenance.openpgp.stretch import ARGON2, DUMMY, SIMPLE, Stretch, read_stretch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.provenance.openpgp.octets import Source
    from charthouse.provenance.openpgp.public import PublicKey

__all__ = ["SecretKey", "read_secret_key"]

_OPEN, _AEAD, _SHA1, _SUM = 0, 253, 254, 255
_KEY_SIZES = {2: 24, 3: 16, 7: 16, 8: 24, 9: 32}
_BLOCK_SIZES = {2: 8, 3: 8, 7: 16, 8: 16, 9: 16}
_EAX, _OCB, _GCM = 1, 2, 3
_NONCES = {_EAX: 16, _OCB: 15, _GCM: 12}
_NOT_OPENED = {
    _EAX: "crypto/eax: Tag authentication failed",
    _OCB: "crypto/ocb: Tag authentication failed",
    _GCM: "cipher: message authentication failed",
}
_CHECKSUM = "private key checksum failure"
_TRUNCATED = "truncated private key data"


class SecretKey:
    """A key with its secret part.

    public: the rest of it. locked: a passphrase is needed. dummy: the secret is not in the keyring. signer: what
    ``cryptography`` signs with, None while it is locked or when the key cannot sign.
    """

    __slots__ = ("_aead", "_cipher", "_data", "_iv", "_stretch", "_usage", "locked", "public", "signer")

    def __init__(self, key: PublicKey) -> None:
        self.public = key
        self.locked = False
        self.signer: Any = None
        self._usage = _OPEN
        self._stretch: Stretch | None = None
        self._cipher = self._aead = 0
        self._iv = self._data = b""

    @property
    def dummy(self) -> bool:
        return self._stretch is not None and self._stretch.mode == DUMMY

    def read(self, source: Source) -> None:
        """The part behind the public key. Raises OpenPGPError, EndOfData."""
        self._usage = source.must(1)[0]
        if self._usage == _OPEN:
            self._open(source.rest())
            return
        if self._usage not in (_AEAD, _SHA1, _SUM):
            raise UnsupportedError("deprecated s2k function in private key")
        version = self.public.version
        if version == 6:
            source.must(1)
            if self._usage == _SUM:
                raise StructuralError("wrong s2k identifier for version 6")
        self._cipher = source.must(1)[0]
        if self._cipher and self._cipher not in _KEY_SIZES:
            raise UnsupportedError("unsupported cipher function in private key")
        if self._usage == _AEAD:
            self._aead = source.must(1)[0]
            if self._aead not in _NONCES:
                raise UnsupportedError("unsupported aead mode in private key")
        if version == 6:
            source.must(1)
        self._stretch = read_stretch(source)
        if self.dummy:
            return
        self._check_stretch(self._stretch)
        size = _NONCES[self._aead] if self._usage == _AEAD else _BLOCK_SIZES.get(self._cipher, 0)
        if not size:
            raise UnsupportedError(f"unsupported cipher in private key: {self._cipher}")
        self._iv = source.must(size)
        self._data = source.rest()
        self.locked = True

    def _check_stretch(self, stretch: Stretch) -> None:
        if stretch.mode == ARGON2 and self._usage != _AEAD:
            raise StructuralError("using Argon2 S2K without AEAD is not allowed")
        if stretch.mode == SIMPLE and self.public.version == 6:
            raise StructuralError("using Simple S2K with version 6 keys is not allowed")
        stretch.check()

    def unlock(self, passphrase: bytes) -> None:
        """Raises OpenPGPError, also for the wrong passphrase; nothing of it is in the error."""
        if self.dummy:
            raise DummyKeyError("dummy key found")
        if not self.locked:
            return
        assert self._stretch is not None
        key = self._stretch.key(passphrase, _KEY_SIZES[self._cipher])
        if self._usage == _AEAD:
            data = self._open_sealed(key)
        else:
            data = _decrypted(self._cipher, key, self._iv, self._data)
            size = 20 if self._usage == _SHA1 else 2
            if len(data) < size:
                raise StructuralError(_TRUNCATED)
            if _check_octets(data[:-size], self._usage) != data[-size:]:
                raise StructuralError(_CHECKSUM, hint="the passphrase is wrong")
            data = data[:-size]
        try:
            self.signer = _signer(self.public, data)
        except InvalidKeyError:
            raise InvalidKeyError("invalid key parameters") from None
        self.locked = False

    def _open_sealed(self, key: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESOCB3
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        if self._cipher not in (7, 8, 9):
            raise OpenPGPError("this way of locking a key cannot be opened here", hint="lock it with AES")
        tag = 0xC7 if self.public.is_subkey else 0xC5
        info = bytes([tag, self.public.version, self._cipher, self._aead])
        sealing = HKDF(SHA256(), len(key), b"", info).derive(key)
        beside = bytes([tag]) + self.public.body
        try:
            if self._aead == _EAX:
                return _open_eax(sealing, self._iv, self._data, beside)
            box = AESOCB3(sealing) if self._aead == _OCB else AESGCM(sealing)
            return box.decrypt(self._iv, self._data, beside)
        except InvalidTag:
            raise OpenPGPError(_NOT_OPENED[self._aead], hint="the passphrase is wrong") from None

    def _open(self, data: bytes) -> None:
        """A secret that stands there as it is."""
        if len(data) < 2:
            raise StructuralError(_TRUNCATED)
        if self.public.version != 6:
            if _check_octets(data[:-2], _SUM) != data[-2:]:
                raise StructuralError(_CHECKSUM)
            data = data[:-2]
        self.signer = _signer(self.public, data)


def _open_eax(key: bytes, nonce: bytes, sealed: bytes, beside: bytes) -> bytes:
    """AES in EAX mode (Bellare, Rogaway, Wagner 2004), of ``cryptography``'s CMAC and counter. Raises InvalidTag."""
    from hmac import compare_digest

    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.cmac import CMAC

    def authenticate(kind: int, data: bytes) -> int:
        state = CMAC(algorithms.AES(key))
        state.update(bytes(15) + bytes([kind]) + data)
        return int.from_bytes(state.finalize(), "big")

    text, tag = sealed[:-16], sealed[-16:]
    start = authenticate(0, nonce)
    made = start ^ authenticate(1, beside) ^ authenticate(2, text)
    if len(sealed) < 16 or not compare_digest(made.to_bytes(16, "big"), tag):
        raise InvalidTag
    opening = Cipher(algorithms.AES(key), modes.CTR(start.to_bytes(16, "big"))).decryptor()
    return opening.update(text) + opening.finalize()


def read_secret_key(source: Source, *, is_subkey: bool) -> SecretKey:
    """Read a key from its packet. Raises OpenPGPError, EndOfData."""
    key = SecretKey(public.read_public_key(source, is_subkey=is_subkey))
    key.read(source)
    return key


def _check_octets(data: bytes, usage: int) -> bytes:
    if usage == _SHA1:
        import hashlib

        return hashlib.sha1(data, usedforsecurity=False).digest()
    return (sum(data) & 0xFFFF).to_bytes(2, "big")


def _decrypted(cipher: int, key: bytes, iv: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

    kind: Any = algorithms.AES
    if cipher in (2, 3):
        kind = _old_cipher("TripleDES" if cipher == 2 else "CAST5")
    opening = Cipher(kind(key), _feedback(iv)).decryptor()
    return opening.update(data) + opening.finalize()


def _old_cipher(name: str) -> Any:
    """A cipher ``cryptography`` calls decrepit, as old keys have it; since 43 it is in a place of its own."""
    from cryptography.hazmat.primitives.ciphers import algorithms

    try:
        from cryptography.hazmat.decrepit.ciphers import algorithms as decrepit
    except ImportError:
        return getattr(algorithms, name)
    return getattr(decrepit, name, None) or getattr(algorithms, name)


def _feedback(iv: bytes) -> Any:
    """Cipher feedback, which ``cryptography`` calls decrepit too since 47."""
    try:
        modes = __import__("cryptography.hazmat.decrepit.ciphers.modes", fromlist=("CFB",))
    except ImportError:
        from cryptography.hazmat.primitives.ciphers import modes
    return modes.CFB(iv)


def _signer(key: PublicKey, data: bytes) -> Any:
    """What signs, made of a key's secret integers; None for keys that do not sign. Raises OpenPGPError."""
    source = Octets(data)
    if key.algorithm in (public.RSA, public.RSA_SIGN):
        return _rsa(key, source)
    if key.algorithm in (public.ED25519, public.ED448):
        size = 32 if key.algorithm == public.ED25519 else 57
        name = f"ed{25519 if size == 32 else 448}"
        if len(data) != size:
            raise StructuralError(f"wrong {name} key size")
        return _edwards(data, key.point, f"{name}: invalid {name} public key")
    if key.algorithm not in public.SIGNING:
        return None
    secret = source.mpi()[2:]
    if key.algorithm == public.DSA:
        return _dsa(key, int.from_bytes(secret, "big"))
    if key.algorithm == public.ECDSA:
        return _ecdsa(key, int.from_bytes(secret, "big"))
    assert key.curve is not None
    if key.curve.name == "Ed448":
        if len(secret) != 58:
            raise OpenPGPError("eddsa: failed to parse scalar")
        return _edwards(secret[1:], key.point, "ecc: invalid ed448 secret")
    if len(secret) > 32:
        raise OpenPGPError("eddsa: failed to parse scalar")
    return _edwards(secret.rjust(32, b"\0"), key.point, "ecc: invalid ed25519 secret")


def _rsa(key: PublicKey, source: Source) -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    d, p, q = (int.from_bytes(source.mpi()[2:], "big") for _ in range(3))
    n, e = key.numbers
    if not 1 < p < n or not 1 < q < n:
        raise InvalidKeyError("crypto/rsa: invalid prime")
    if p * q != n:
        raise InvalidKeyError("crypto/rsa: p * q != n")
    if d * e % (p - 1) != 1 or d * e % (q - 1) != 1:
        raise InvalidKeyError("crypto/rsa: invalid CRT exponent")
    try:
        numbers = rsa.RSAPrivateNumbers(
            p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), rsa.RSAPublicNumbers(e, n)
        )
        return numbers.private_key()
    except ValueError:
        raise InvalidKeyError("crypto/rsa: invalid prime") from None


def _dsa(key: PublicKey, x: int) -> Any:
    from cryptography.hazmat.primitives.asymmetric import dsa

    p, q, g, y = key.numbers
    if p < 3 or pow(g, x, p) != y:
        raise InvalidKeyError("dsa: mismatching values")
    try:
        return dsa.DSAPrivateNumbers(x, dsa.DSAPublicNumbers(y, dsa.DSAParameterNumbers(p, q, g))).private_key()
    except ValueError:
        raise InvalidKeyError("dsa: invalid group") from None


def _ecdsa(key: PublicKey, d: int) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    assert key.curve is not None
    try:
        signer = ec.derive_private_key(d, getattr(ec, key.curve.name)())
    except ValueError:
        raise InvalidKeyError(f"ecc ({key.curve.shown}): invalid point") from None
    if signer.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) != key.point:
        raise InvalidKeyError(f"ecc ({key.curve.shown}): invalid point")
    return signer


def _edwards(secret: bytes, point: bytes, refusal: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    kind: Any = Ed25519PrivateKey if len(secret) == 32 else Ed448PrivateKey
    signer = kind.from_private_bytes(secret)
    if signer.public_key().public_bytes_raw() != point:
        raise InvalidKeyError(refusal)
    return signer
