"""Who did what to which release, when, from where, with which values: on each revision and in the log.

A revision's record carries an annotation (``ANNOTATION``) of the object it is kept in (a row beside it in SQL), where
Helm does not look, written once, when the revision is made; another (``UNINSTALL_ANNOTATION``) when an uninstall keeps
the history. Each change of a record's state is a line of the audit log as well, which Tiller's own process writes and
no user of the cluster can change. (Whoever may write the record may write its annotation: the log and the API server's
audit log are what to go by in a dispute.)

Values are told by their digest alone: HMAC-SHA256 over canonical JSON, with the key of Tiller's journal
(``operations.seal``). A plain hash would let everybody who may read a record's annotation try out passwords; with the
key, equal digests mean equal values, and nothing else can be learnt. All replicas have that key, so digests can be
compared as long as it is kept; a Tiller that cannot read it takes one of its own, and says `local-` before its digests.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from charthouse.errors import CharthouseError
from charthouse.logs import INFO, LogRecord
from charthouse.records import Record, replace
from charthouse.releases.release import (
    PENDING_INSTALL,
    PENDING_ROLLBACK,
    PENDING_UPGRADE,
    UNINSTALLED,
    UNINSTALLING,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from charthouse.logs import Log
    from charthouse.releases.release import Release
    from charthouse.releases.storage.driver import Driver, Head
    from charthouse.tiller.caller import Caller

__all__ = ["ANNOTATION", "UNINSTALL_ANNOTATION", "AuditTrail", "AuditedDriver", "ValuesDigest", "plain"]

ANNOTATION = "charthouse.dev/audit"
UNINSTALL_ANNOTATION = "charthouse.dev/audit-uninstall"

_VERBS = {PENDING_INSTALL: "install", PENDING_UPGRADE: "upgrade", PENDING_ROLLBACK: "rollback"}
_MAX_TEXT = 256
_MAX_GROUPS = 20
_EXACT = 1 << 53
_PURPOSE = "charthouse audit: values"


class ValuesDigest:
    """seal: makes a keyed hash, as hex, of texts (``operations.seal.Seal.of``). key: what is used once that fails."""

    def __init__(self, seal: Callable[..., str], key: bytes) -> None:
        self._seal: Callable[..., str] | None = seal
        self._key = key

    def of(self, values: Mapping[str, Any]) -> str:
        """`hmac-sha256:…` of values: of their JSON with sorted keys, no blanks, letters beyond ASCII as escapes, whole
        numbers without a fraction."""
        text = json.dumps(_canonical(values), sort_keys=True, separators=(",", ":"), default=str)
        if self._seal is not None:
            try:
                return "hmac-sha256:" + self._seal(_PURPOSE, text)
            except CharthouseError:
                self._seal = None  # no right to the key, or no such namespace: not asked for again
        return "local-hmac-sha256:" + hmac.new(self._key, text.encode("ascii"), hashlib.sha256).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value


def plain(text: str, limit: int = _MAX_TEXT) -> str:
    """A text of somebody else's as it may stand in a log: control characters and line ends written as `\\x1b`, cut off
    after `limit` characters. (A log's own encoding quotes as well; this holds whatever reads it afterwards.)"""
    cut = text[:limit]
    safe = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in cut)
    return safe + "…" if len(text) > limit else safe


class AuditTrail(Record):
    """caller: for whom; log: Tiller's own; digest: of values; now: the time."""

    caller: Caller
    log: Log
    digest: ValuesDigest
    now: Callable[[], datetime]

    def entry(self, verb: str, release: Release) -> dict[str, Any]:
        """What is kept on a revision; sizes are bounded."""
        caller = self.caller
        entry = {
            "user": plain(caller.user) or "anonymous",
            "uid": plain(caller.uid),
            "groups": [plain(group) for group in caller.groups[:_MAX_GROUPS]],
            "how": caller.how,
            "from": plain(caller.address),
            "verb": verb,
            "time": self.now().astimezone().isoformat(timespec="seconds"),
            "values": self.digest.of(release.config or {}),
        }
        return {key: value for key, value in entry.items() if value not in ("", [])}

    def tell(self, entry: Mapping[str, Any], release: Release, status: str) -> None:
        """A line of the audit log."""
        where = {"namespace": release.namespace, "release": release.name, "revision": release.version}
        self.log(LogRecord(INFO, "audit", **entry, **where, status=status))


class AuditedDriver:
    """A driver that leaves `trail` on what it writes. For one request. learn: told the namespace of a new record."""

    def __init__(self, driver: Driver, trail: AuditTrail, *, learn: Callable[[str], None] | None = None) -> None:
        self._driver = driver
        self._trail = trail
        self._learn = learn
        self._made: dict[str, str] = {}
        self._told: dict[str, str] = {}  # the states of records the log knows of

    @property
    def name(self) -> str:
        return self._driver.name

    @property
    def namespace(self) -> str:
        return self._driver.namespace

    def get(self, key: str) -> Release:
        return self._driver.get(key)

    def heads(self, labels: Mapping[str, str]) -> list[Head]:
        return self._driver.heads(labels)

    def fetch(self, heads: Sequence[Head], total: int) -> list[Release]:
        return self._driver.fetch(heads, total)

    def query(self, labels: Mapping[str, str]) -> list[Release]:
        return self._driver.query(labels)

    def create(self, release: Release) -> None:
        entry = self._trail.entry(_VERBS.get(release.status, "install" if release.version == 1 else "upgrade"), release)
        text = self._made[release.key] = _text(entry)
        self._driver.create(_with(release, ANNOTATION, text))
        if self._learn is not None:
            self._learn(release.namespace)
        self._tell(entry, release)

    def update(self, release: Release) -> None:
        """The verbs write what they hold, which may be older than the annotation: it is put back."""
        made = self._made.get(release.key)
        if made is not None:
            release = _with(release, ANNOTATION, made)
        entry = None
        if release.status in (UNINSTALLING, UNINSTALLED):
            entry = self._trail.entry("uninstall", release)
            release = _with(release, UNINSTALL_ANNOTATION, _text(entry))
        self._driver.update(release)
        if self._told.get(release.key) != release.status:
            self._tell(entry or self._trail.entry("update", release), release)

    def delete(self, key: str) -> Release:
        gone = self._driver.delete(key)
        self._trail.tell(self._trail.entry("delete", gone), gone, "deleted")
        return gone

    def _tell(self, entry: Mapping[str, Any], release: Release) -> None:
        self._told[release.key] = release.status
        self._trail.tell(entry, release, release.status)


def _text(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry, separators=(",", ":"), ensure_ascii=False)


def _with(release: Release, key: str, text: str) -> Release:
    return replace(release, annotations={**release.annotations, key: text})
