"""Which certificates Tiller gets: those given, those of cert-manager, those it has, or new ones.

A renewed certificate of our own has a new authority, unless its key was kept. Clients that read the published
authorities at that moment meet pods that still show the old certificate, so the old authority stays published beside
the new one until it ends.
"""

from __future__ import annotations

from charthouse.records import Record
from charthouse.tiller.installation.authority import (
    Authority,
    Pair,
    certificates_in,
    check_pair,
    expiry,
    hosts_of,
    server_hosts,
)
from charthouse.tiller.installation.errors import BadCertificate, BadOption

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

__all__ = ["SOURCES", "Certificates", "Present", "Wanted", "choose"]

SOURCES = ("auto", "own", "cert-manager", "files", "none")
_PUBLISHED = 3
"""How many authorities are published at most."""
_AUTHORITY_DAYS = 3650
"""How long an authority lasts whose key is kept; one whose key is not needs no more than what it signed."""


class Certificates(Record):
    """What goes into the cluster. source: own | files | cert-manager | none; pair: the server's; authorities: PEM, what
    clients check it by; client_authority: PEM, who vouches for clients; issuer: cert-manager's, `Kind/name`; kept:
    nothing new was made; signing: an authority to keep, with its key (secret), PEM, "" for none."""

    source: str
    pair: Pair | None = None
    authorities: str = ""
    client_authority: str = ""
    issuer: str = ""
    kept: bool = False
    signing: str = ""

    def values(self) -> dict[str, Any]:
        """As values of the chart."""
        kind, _, name = self.issuer.rpartition("/")
        found: dict[str, Any] = {
            "source": self.source,
            "authority": self.authorities,
            "clientAuthority": self.client_authority,
        }
        if self.pair is not None:
            found.update(certificate=self.pair.certificate, key=self.pair.key)
        if name:
            found["issuer"] = {"kind": kind or "Issuer", "name": name}
        return found


class Wanted(Record):
    """What was asked for. source: one of SOURCES; pair, authority: files given, PEM; signing: an authority (certificate
    and key) given; keep_signing: keep a new one's; days: life of a new certificate; renew: whatever there is."""

    source: str = "auto"
    pair: Pair | None = None
    authority: str = ""
    client_authority: str = ""
    signing: str = ""
    keep_signing: bool = False
    issuer: str = ""
    days: int = 1095
    renew: bool = False


class Present(Record):
    """What the cluster has. source: where the pair comes from ("" when there is none); signing: a kept authority with
    its key. cert_manager: whether there is one."""

    source: str = ""
    pair: Pair | None = None
    authorities: str = ""
    client_authority: str = ""
    signing: str = ""
    cert_manager: bool = False


def choose(wanted: Wanted, present: Present, namespace: str, *, now: datetime) -> Certificates:
    """now: aware, UTC. Raises BadOption, BadCertificate."""
    source = _source(wanted, present)
    client = "".join(certificates_in(wanted.client_authority)) if wanted.client_authority else present.client_authority
    if source == "none":
        return Certificates("none")
    if source == "cert-manager":
        authorities = present.authorities if present.source == source else ""
        return Certificates(source, None, authorities, client, wanted.issuer, kept=bool(authorities))
    if source == "files":
        return _given(wanted, present, client)
    return _own(wanted, present, client, namespace, now)


def _source(wanted: Wanted, present: Present) -> str:
    """Raises BadOption."""
    if wanted.source not in SOURCES:
        raise BadOption(
            f'invalid --certificates "{wanted.source}"', hint="it is auto, own, cert-manager, files or none"
        )
    if wanted.source == "cert-manager" and not present.cert_manager:
        raise BadOption(
            "cert-manager is not installed in this cluster", hint="--certificates own makes certificates without it"
        )
    if wanted.source != "auto":
        return wanted.source
    if wanted.pair is not None:
        return "files"
    if wanted.issuer and not present.cert_manager:
        raise BadOption("--issuer needs cert-manager, which is not installed in this cluster")
    if wanted.issuer:
        return "cert-manager"
    return present.source or ("cert-manager" if present.cert_manager else "own")


def _given(wanted: Wanted, present: Present, client: str) -> Certificates:
    pair = wanted.pair or (present.pair if present.source == "files" else None)
    if pair is None:
        raise BadOption(
            "missing required TLS certificate file", hint="give --tiller-tls-cert, --tiller-tls-key and --tls-ca-cert"
        )
    check_pair(pair, "the server's certificate")
    authority = wanted.authority or ("" if wanted.pair else present.authorities)
    if not authority:
        raise BadOption(
            "missing required TLS CA file", hint="--tls-ca-cert: clients check Tiller by it, so init publishes it"
        )
    return Certificates("files", pair, "".join(certificates_in(authority)), client, kept=wanted.pair is None)


def _own(wanted: Wanted, present: Present, client: str, namespace: str, now: datetime) -> Certificates:
    old = present.pair if present.source == "own" else None
    signing = wanted.signing or present.signing
    if old is not None and not wanted.renew and not _is_due(old, present.authorities, namespace, now, wanted.days):
        kept = present.signing if wanted.keep_signing or present.signing else ""
        return Certificates("own", old, present.authorities, client, kept=True, signing=kept)
    keep = wanted.keep_signing or bool(signing)
    authority = (
        Authority.read(signing) if signing else Authority.made(now, _AUTHORITY_DAYS if keep else wanted.days + 1)
    )
    if authority.until() <= now:
        raise BadCertificate(
            "the authority's certificate has expired",
            hint="make a new one: remove the file, or the Secret tiller-authority-key",
        )
    pair = authority.issue(server_hosts(namespace), now, wanted.days)
    authorities = _published(authority.certificate, present.authorities if old is not None else "", now)
    stored = authority.text if wanted.keep_signing or present.signing else ""
    return Certificates("own", pair, authorities, client, signing=stored)


def _is_due(pair: Pair, authorities: str, namespace: str, now: datetime, days: int) -> bool:
    """Whether it is time for a new certificate: less than a third of its life is left, or Tiller has other names."""
    from datetime import timedelta

    try:
        certificates_in(authorities)
        known = set(hosts_of(pair.certificate))
        left = expiry(pair.certificate) - now
    except BadCertificate:  # somebody has changed what was published, or the Secret
        return True
    return not set(server_hosts(namespace)) <= known or left < timedelta(days=days) / 3


def _published(new: str, before: str, now: datetime) -> str:
    """The new authority, and those before it that have not ended."""
    try:
        older = certificates_in(before)
    except BadCertificate:
        older = []
    going = [pem for pem in older if pem != new and expiry(pem) > now]
    return "".join([new, *going][:_PUBLISHED])
