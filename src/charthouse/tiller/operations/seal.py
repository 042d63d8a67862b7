"""Tiller's word for what it wrote: an HMAC with a key that only Tiller reads.

A journal says what to do in whose name. Whoever could write one into a Lease would have Tiller act for anybody, so each
entry is sealed, bound to the Lease it stands in: its name and its uid, which the API server chooses. An entry that was
altered, copied to another Lease or written back after its Lease was deleted does not hold.

The key is the Secret `tiller-journal-key` in Tiller's namespace, made when it is first needed. Whoever deletes it
invalidates the journals of what is running, which is then not taken up by itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import threading

from charthouse.errors import CharthouseError
from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.k8s.ports import ApiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.k8s.ports import KubeClient

__all__ = ["KEY_NAME", "SECRET", "BadKey", "Seal"]

SECRET = ResourceType("v1", "Secret", "secrets", True)
KEY_NAME = "tiller-journal-key"
_FIELD = "key"
_BYTES = 32


class BadKey(CharthouseError):
    """The Secret of the key is there but holds none."""


class Seal:
    """Safe to use from several threads. client: Tiller's own; random: so many random bytes."""

    def __init__(self, client: KubeClient, namespace: str, random: Callable[[int], bytes]) -> None:
        self._client = client
        self._ref = ObjectRef(SECRET, namespace, KEY_NAME)
        self._random = random
        self._mutex = threading.Lock()
        self._key = b""

    def prepare(self) -> None:
        """Have the key, so that whoever starts Tiller learns that it cannot. Raises as ``of``."""
        self._the_key()

    def of(self, *parts: str) -> str:
        """The seal of texts, as hex. Raises ApiError, Unreachable, BadKey."""
        text = b"".join(len(part.encode()).to_bytes(8, "big") + part.encode() for part in parts)
        return hmac.new(self._the_key(), text, hashlib.sha256).hexdigest()

    def holds(self, seal: str, *parts: str) -> bool:
        """Whether it is the seal of these texts. Raises as ``of``."""
        return hmac.compare_digest(seal.encode(), self.of(*parts).encode())

    def _the_key(self) -> bytes:
        with self._mutex:
            if not self._key:
                self._key = self._read() or self._make()
            return self._key

    def _read(self) -> bytes:
        try:
            found = self._client.get(self._ref)
        except ApiError as error:
            if error.reason == "NotFound":
                return b""
            raise
        try:
            key = base64.b64decode((found.get("data") or {}).get(_FIELD, ""), validate=True)
        except (binascii.Error, ValueError, TypeError):
            key = b""
        if len(key) < _BYTES:
            raise BadKey(f"{self._ref} holds no key", hint="delete it: Tiller makes a new one")
        return key

    def _make(self) -> bytes:
        key = self._random(_BYTES)
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": self._ref.name,
                "namespace": self._ref.namespace,
                "labels": {"app.kubernetes.io/managed-by": "charthouse-tiller"},
            },
            "type": "Opaque",
            "data": {_FIELD: base64.b64encode(key).decode()},
        }
        try:
            self._client.create(self._ref, body)
        except ApiError as error:
            if error.reason == "AlreadyExists":
                return self._read()  # another replica was quicker
            raise
        return key
