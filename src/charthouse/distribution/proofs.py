"""Provenance files on their way: fetched behind an archive's address, kept beside it, checked before it is used.

Rules: Helm 4.3.1 ``pkg/downloader/chart_downloader.go`` (``DownloadTo``, ``DownloadToCache``, ``VerifyChart``),
``cache.go`` (``xx/HASH.prov``). Differs: a provenance file is asked for with the credentials its archive was fetched
with, and what fails the check is not written anywhere but in the cache.
"""

from __future__ import annotations

import os

from charthouse.distribution import atomic
from charthouse.distribution.errors import DistributionError, FetchFailed
from charthouse.errors import CharthouseError
from charthouse.golang.strconv import quote
from charthouse.logs import DEBUG, LogRecord
from charthouse.provenance.errors import ProvenanceError
from charthouse.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.distribution.downloads import Places, Resolved
    from charthouse.distribution.fetch import Fetcher
    from charthouse.logs import Log
    from charthouse.provenance.signing import Verification

__all__ = ["Check", "Downloaded", "cached", "fetch", "keep", "missing", "not_found", "prove"]

_ACCEPT = "application/gzip,application/octet-stream"
_LAYER = "application/vnd.cncf.helm.chart.provenance.v1.prov"
_MOST = 8 << 20


class Check(Record):
    """How archives are checked. keyring: path of the public keys; now: seconds since 1970; required: an archive without
    a provenance file is an error."""

    keyring: str
    now: int
    required: bool = True

    def verify(self, archive: bytes, proof: bytes, name: str) -> Verification:
        """name: the archive's file name. Raises ProvenanceError."""
        from charthouse.provenance.signing import trusted_keys, verify

        return verify(archive, proof, name, trusted_keys(self.keyring), now=self.now)


class Downloaded(Record):
    """An archive that came. name: what it is called; said: what is to be said of it; proof: its provenance, b"" = none
    or not asked for; problem: why it must not be used."""

    name: str
    data: bytes
    said: str
    proof: bytes = b""
    problem: CharthouseError | None = None

    def checked(self, proof: bytes, check: Check) -> Downloaded:
        """With its provenance, or what the check found wrong."""
        try:
            check.verify(self.data, proof, self.name)
        except CharthouseError as error:
            return replace(self, problem=error)
        return replace(self, proof=proof)

    def unproven(self, url: str, reference: str, cause: DistributionError | None, check: Check) -> Downloaded:
        """With Helm's warning that there is no provenance, which is a problem when there must be one."""
        if check.required:
            return replace(self, problem=missing(url, cause))
        why = str(cause) if cause else f"manifest does not contain a layer with mediatype {_LAYER}"
        return replace(self, said=self.said + not_found(reference, why))

    def proven(self, found: Resolved, places: Places, fetcher: Fetcher, check: Check, log: Log) -> Downloaded:
        """With its provenance from where it came from itself."""
        try:
            proof, _ = prove(found, self.data, check, places, fetcher, log=log)
        except FetchFailed as error:
            cause = error.__cause__
            return self.unproven(found.url, found.url, cause if isinstance(cause, DistributionError) else error, check)
        except CharthouseError as error:
            return replace(self, problem=error)
        return replace(self, proof=proof)


def missing(url: str, cause: DistributionError | None = None) -> FetchFailed:
    """What Helm says when an archive must be checked and its provenance cannot be had. url: the archive's."""
    from charthouse.distribution.urls import without_credentials

    why = f"{cause}" if cause else "the package was pushed without a provenance file"
    return FetchFailed(f"failed to fetch provenance {quote(without_credentials(url) + '.prov')}", hint=why)


def not_found(reference: str, why: str) -> str:
    """What Helm warns of when it could do without."""
    return f"WARNING: Verification not found for {reference}: {why}\n"


def prove(
    found: Resolved, archive: bytes, check: Check, places: Places, fetcher: Fetcher, *, log: Log
) -> tuple[bytes, Verification]:
    """An archive's provenance and what the check found. A kept one that does not hold is fetched again.

    Raises FetchFailed when there is none, ProvenanceError when it does not hold.
    """
    digest = found.digest.rpartition(":")[2].lower()
    kept = cached(digest, places, log=log) if digest else None
    if kept is not None:
        try:
            return kept, check.verify(archive, kept, found.file_name)
        except ProvenanceError:
            log(LogRecord(DEBUG, "the provenance in the cache does not hold, asking again", id=digest))
    try:
        proof = fetcher.get(found.url + ".prov", found.access, accept=_ACCEPT).body
    except DistributionError as error:
        raise missing(found.url, error) from error
    return proof, check.verify(archive, proof, found.file_name)


def fetch(found: Resolved, places: Places, fetcher: Fetcher, *, log: Log) -> bytes:
    """The provenance of an archive, from the content cache when it is there. Raises DistributionError."""
    digest = found.digest.rpartition(":")[2].lower()
    kept = cached(digest, places, log=log) if digest else None
    if kept is not None:
        return kept
    return fetcher.get(found.url + ".prov", found.access, accept=_ACCEPT).body


def _place(digest: str, places: Places) -> str:
    return os.path.join(places.content, digest[:2], f"{digest}.prov")


def cached(digest: str, places: Places, *, log: Log) -> bytes | None:
    """The provenance kept for the archive with this sha256 (hex)."""
    try:
        with open(_place(digest, places), "rb") as stream:
            data = stream.read(_MOST + 1)
    except OSError:
        return None
    if not data or len(data) > _MOST:
        return None
    log(LogRecord(DEBUG, "found provenance in cache", id=digest))
    return data


def keep(proof: bytes, archive: bytes, places: Places) -> None:
    """Put an archive's provenance into the content cache. Raises DistributionError."""
    from hashlib import sha256

    atomic.write(_place(sha256(archive).hexdigest(), places), proof, 0o644)
