"""``encryptAES`` and ``decryptAES``: AES-256 in CBC mode; the key is the password cut or filled with zeros to 32 bytes.

Rules: sprig crypto.go; the initialisation vector stands before the ciphertext, all of it in base 64. What sprig's
indexing panics on has the run-time's texts.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, go_bytes, go_string
from charthouse.sprig.encodings import b64enc, decode64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

__all__ = ["decrypt_aes", "encrypt_aes"]

_BLOCK = 16


def _cipher(password: str, vector: bytes) -> Cipher[CBC]:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = go_bytes(password)[:32].ljust(32, b"\0")
    return Cipher(algorithms.AES(key), modes.CBC(vector))


def encrypt_aes(password: str, text: str) -> str:
    """The encrypted text in base 64; nothing for an empty text."""
    if not text:
        return ""
    from os import urandom

    data = go_bytes(text)
    padding = _BLOCK - len(data) % _BLOCK
    vector = urandom(_BLOCK)
    encryptor = _cipher(password, vector).encryptor()
    encrypted = encryptor.update(data + bytes([padding]) * padding) + encryptor.finalize()
    return b64enc(go_string(vector + encrypted))


def decrypt_aes(password: str, encrypted: str) -> str:
    """The text behind it. Raises GoError for what is no base 64, too short or of a broken padding."""
    if not encrypted:
        return ""
    data = decode64(encrypted)
    if len(data) < _BLOCK:
        raise GoError(f"runtime error: slice bounds out of range [:{_BLOCK}] with capacity {_capacity(encrypted)}")
    vector, body = data[:_BLOCK], data[_BLOCK:]
    if len(body) % _BLOCK:
        raise GoError("crypto/cipher: input not full blocks")
    if not body:
        raise GoError("runtime error: index out of range [-1]")
    decryptor = _cipher(password, vector).decryptor()
    text = decryptor.update(body) + decryptor.finalize()
    end = len(text) - text[-1]
    if end < 0:
        raise GoError(f"runtime error: slice bounds out of range [:{end}]")
    return go_string(text[:end])


def _capacity(encoded: str) -> int:
    """The capacity of the buffer Go decodes base 64 into."""
    return len(go_bytes(encoded)) // 4 * 3
