"""Where this Tiller's releases are: namespaces in which it has written records.

Somebody who may read one namespace alone, and may not even list namespaces, still asks for "all releases", or, by
Helm 2's API, for a release by its name alone. Tiller then looks where it knows releases to be, as that user. The names
of namespaces are kept in the annotation of a Lease in Tiller's own namespace, so that all replicas know them and they
outlive a restart; nothing is decided by them.
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress

from charthouse.errors import CharthouseError
from charthouse.k8s.objects import ObjectRef
from charthouse.k8s.ports import ApiError
from charthouse.releases.lock import LEASE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.k8s.ports import KubeClient

__all__ = ["ANNOTATION", "NAME", "Places"]

NAME = "charthouse-tiller-places"
ANNOTATION = "charthouse.dev/namespaces"
_MOST = 2000
_SECONDS = 10.0
_ATTEMPTS = 4


class Places:
    """client: Tiller's own. Safe to use from several threads; that the Lease cannot be had is no error."""

    def __init__(self, client: KubeClient, namespace: str, clock: Clock) -> None:
        self._client = client
        self._ref = ObjectRef(LEASE, namespace, NAME)
        self._clock = clock
        self._lock = threading.Lock()
        self._known: frozenset[str] = frozenset()
        self._read_at: float | None = None

    def known(self) -> frozenset[str]:
        """The namespaces, as of a few seconds ago."""
        with self._lock:
            now = self._clock.monotonic()
            if self._read_at is None or now - self._read_at >= _SECONDS:
                with suppress(CharthouseError):  # none yet, or not to be read: what this process has seen is known
                    self._known |= _names(self._client.get(self._ref))
                self._read_at = now
            return self._known

    def learn(self, namespace: str) -> None:
        """There is a release in this namespace."""
        with self._lock:
            if namespace in self._known:
                return
            self._known |= {namespace}
            try:
                for _ in range(_ATTEMPTS):
                    if self._written(namespace):
                        return
            except CharthouseError:
                return  # as above

    def _written(self, namespace: str) -> bool:
        """Whether the Lease names it now; False when somebody else wrote in between."""
        try:
            found = self._client.get(self._ref)
        except ApiError as error:
            if error.reason != "NotFound":
                raise
            found = None
        names = _names(found or {})
        self._known |= names
        if namespace in names or len(names) >= _MOST:
            return True
        body = found or {
            "apiVersion": LEASE.api_version, "kind": LEASE.kind,
            "metadata": {"name": NAME, "namespace": self._ref.namespace,
                         "labels": {"app.kubernetes.io/managed-by": "charthouse-tiller"}},
            "spec": {},
        }  # fmt: skip
        metadata = body["metadata"]
        metadata.pop("managedFields", None)
        metadata["annotations"] = {**(metadata.get("annotations") or {}), ANNOTATION: json.dumps([*names, namespace])}
        try:
            if found is None:
                self._client.create(self._ref, body)
            else:
                self._client.replace(self._ref, body)
        except ApiError as error:
            if error.reason in ("AlreadyExists", "Conflict"):
                return False
            raise
        return True


def _names(lease: Mapping[str, Any]) -> frozenset[str]:
    text = ((lease.get("metadata") or {}).get("annotations") or {}).get(ANNOTATION, "[]")
    try:
        found = json.loads(text)
    except ValueError:
        return frozenset()
    return frozenset(one for one in found if isinstance(one, str) and one) if isinstance(found, list) else frozenset()
