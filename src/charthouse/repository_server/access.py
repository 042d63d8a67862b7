"""Who may pull and who may push: basic authentication, tokens of a file, signed tokens of an authorization server.

Rules: ChartMuseum's ``github.com/chartmuseum/auth`` v0.6.0 (``authorization.go``: realm, scope and headers of a
refusal; ``token.go``: the ``access`` claim). Beyond it: an htpasswd file (bcrypt), tokens in a file, several ways at
once. What a client sent is compared in constant time and never put into a text.
"""

from __future__ import annotations

import hmac
import threading
from hashlib import sha256

from charthouse.records import Record
from charthouse.repository_server.errors import Refused, ServerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

__all__ = ["PULL", "PUSH", "Access", "Authority", "Tokens", "htpasswd", "token_file"]

PULL, PUSH = "pull", "push"
_REMEMBERED = 60.0  # seconds a password that was right is not asked of bcrypt again


class Tokens(Record):
    """Tokens of a file: sha256 of each → what it may."""

    actions: Mapping[bytes, tuple[str, ...]]


class Authority(Record):
    """An authorization server whose tokens are believed. key: its public key or certificate, PEM."""

    realm: str
    service: str
    key: bytes


class Access:
    """Decides over requests. users: name → bcrypt hash or, behind ``plain:``, sha256 of the password in hex; anonymous:
    pulling needs nothing. Nothing given: everybody may do everything. monotonic: seconds."""

    def __init__(
        self, *, users: Mapping[str, bytes] | None = None, tokens: Tokens | None = None,
        authority: Authority | None = None, anonymous: bool = False, realm: str = "ChartMuseum",
        monotonic: Callable[[], float],
    ) -> None:  # fmt: skip
        self._users = dict(users or {})
        # Somebody's hash: a name nobody has takes as long as a wrong password.
        self._hash = next((known for known in self._users.values() if not known.startswith(b"plain:")), b"")
        self._tokens = tokens
        self._authority = authority
        self._key = _public_key(authority.key) if authority is not None else None
        self._anonymous = anonymous
        self._realm = realm
        self._monotonic = monotonic
        self._known: dict[bytes, float] = {}
        self._one_at_a_time = threading.Lock()

    @property
    def open(self) -> bool:
        """Whether everybody may push."""
        return not (self._users or self._tokens or self._authority)

    def check(self, authorization: str, action: str) -> None:
        """authorization: the header. Raises Refused (401) when it does not allow `action`."""
        if self.open or (self._anonymous and action == PULL):
            return
        scheme, _, rest = authorization.strip().partition(" ")
        kind, rest = scheme.lower(), rest.strip()
        if kind == "basic" and self._users and self._is_user(rest):
            return
        if kind == "bearer" and rest and (self._is_token(rest, action) or self._is_signed(rest, action)):
            return
        raise Refused(401, "unauthorized", headers=(("WWW-Authenticate", self._challenge(action)),))

    def _challenge(self, action: str) -> str:
        if self._authority is not None and not self._users:
            scope = f"artifact-repository:repo:{action}"
            return f'Bearer realm="{self._authority.realm}",service="{self._authority.service}",scope="{scope}"'
        return f'Basic realm="{self._realm}"' if self._users else f'Bearer realm="{self._realm}"'

    def _is_user(self, credentials: str) -> bool:
        from base64 import b64decode

        try:
            name, colon, password = b64decode(credentials, validate=True).partition(b":")
        except ValueError:
            return False
        wanted = self._users.get(name.decode("utf-8", "surrogateescape"), b"")
        given = sha256(password).hexdigest().encode()
        if wanted.startswith(b"plain:"):
            return hmac.compare_digest(wanted[6:], given) and bool(colon)
        return bool(self._hash) and self._is_hashed(wanted, password, sha256(credentials.encode()).digest())

    def _is_hashed(self, wanted: bytes, password: bytes, seen: bytes) -> bool:
        """bcrypt, slow by design: one at a time, and not again at once for what was right a moment ago."""
        if self._known.get(seen, 0.0) > self._monotonic():
            return True
        from bcrypt import checkpw

        with self._one_at_a_time:
            right = checkpw(password[:72], wanted or self._hash) and bool(wanted)
            if right:
                if len(self._known) > 1000:
                    self._known.clear()
                self._known[seen] = self._monotonic() + _REMEMBERED
        return right

    def _is_token(self, token: str, action: str) -> bool:
        if self._tokens is None:
            return False
        return action in self._tokens.actions.get(sha256(token.encode("utf-8", "surrogateescape")).digest(), ())

    def _is_signed(self, token: str, action: str) -> bool:
        if self._key is None:
            return False
        import jwt

        try:
            claims = jwt.decode(token, self._key, algorithms=["RS256", "RS384", "RS512"], options={"verify_aud": False})
        except jwt.PyJWTError:
            return False
        entries = claims.get("access")
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and (entry.get("type"), entry.get("name")) == ("artifact-repository", "repo"):
                actions = entry.get("actions")
                if isinstance(actions, list) and action in actions:
                    return True
        return False


def _public_key(pem: bytes) -> Any:
    """The key tokens are checked with. Raises ServerError."""
    try:
        import jwt  # noqa: F401  # what checks them, asked for at the start rather than at the first request
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError as error:
        raise ServerError("signed tokens need PyJWT", hint="pip install 'charthouse[serve]'") from error
    try:
        if b"-----BEGIN CERTIFICATE-----" in pem:
            return x509.load_pem_x509_certificate(pem).public_key()
        return load_pem_public_key(pem)
    except ValueError as error:
        raise ServerError("the authorization server's key is neither a public key nor a certificate in PEM") from error


def htpasswd(data: bytes) -> dict[str, bytes]:
    """Name → bcrypt hash, of an htpasswd file. Raises ServerError for a line with another kind of hash."""
    users: dict[str, bytes] = {}
    for number, line in enumerate(data.splitlines(), 1):
        name, colon, hashed = line.strip().partition(b":")
        if not name or name.startswith(b"#"):
            continue
        if not colon or not hashed.startswith((b"$2a$", b"$2b$", b"$2y$")):
            raise ServerError(
                f"htpasswd file: line {number} holds no bcrypt hash",
                hint="`htpasswd -B` makes them, as Helm's htpasswd",
            )
        users[name.decode("utf-8", "surrogateescape")] = hashed
    return users


def token_file(data: bytes) -> Tokens:
    """Tokens, one a line, each followed by what it may (``pull``, ``push``; both when nothing follows).

    Raises ServerError.
    """
    found: dict[bytes, tuple[str, ...]] = {}
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        actions = tuple(words[1:]) or (PULL, PUSH)
        if len(words[0]) < 16 or not set(actions) <= {PULL, PUSH}:
            raise ServerError(
                f"token file: line {number} is not `TOKEN [pull] [push]`", hint="a token has 16 characters or more"
            )
        found[sha256(words[0].encode("utf-8", "surrogateescape")).digest()] = actions
    return Tokens(found)
