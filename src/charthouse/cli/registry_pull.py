"""A chart out of a registry for a command: pulled, told of as Helm does, and checked before anything is made of it.

Rules: Helm 4.3.1 ``pkg/getter/ocigetter.go`` (chart and provenance are pulled one after the other, each is told of),
``pkg/downloader/chart_downloader.go``. Both are asked for at once here. Differs: see ``distribution/proofs.py``.
"""

from __future__ import annotations

from charthouse.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.cli.streams import Output
    from charthouse.distribution.access import Access
    from charthouse.distribution.fetch import Fetcher
    from charthouse.distribution.registry.charts import Pulled
    from charthouse.provenance import Verification

__all__ = ["Arrived", "pull_chart"]


class Arrived(Record):
    """name: what the archive is called; chart: its bytes; proof: its provenance, b"" = none or not asked for; warning:
    what is to be said of a missing one; cosign: of cosign's signature; found: what checking the provenance found."""

    name: str
    chart: bytes
    proof: bytes = b""
    warning: str = ""
    cosign: str = ""
    found: Verification | None = None


def pull_chart(
    context: Context, reference: str, version: str, given: Access, client: Fetcher, out: Output, *, proof: bool = False
) -> Arrived:
    """Pull `reference`, and check it if the command line says so. proof: its provenance is wanted too.

    out: hears what was pulled. Raises DistributionError, ProvenanceError.
    """
    from charthouse.cli.cosign import check_pulled
    from charthouse.cli.fetching import progress
    from charthouse.cli.registries import report, sessions
    from charthouse.distribution.registry.charts import pull, resolve

    session_of = sessions(context, client, given, plain_http=context["plain-http"])
    found, name = resolve(reference, version, session_of)
    verify = bool(context["verify"])
    update, end = progress(context, name)
    try:
        done = pull(found, session_of(found.registry), provenance=proof or verify, progress=update)
    finally:
        end()
    report(out, done, "Pulled")
    line = check_pulled(context, found, done, session_of(found.registry))
    if not proof and not verify:
        return Arrived(name, done.chart, cosign=line)
    came = Arrived(name, done.chart, done.provenance, cosign=line)
    kept = _kept(context, came) if verify else None
    if kept is not None:
        return kept
    if not done.provenance:
        return replace(_without(reference, name, done, verify=verify), cosign=line)
    report(out, done, "Pulled")
    return _verified(context, came) if verify else came


def _verified(context: Context, came: Arrived) -> Arrived:
    from charthouse.cli.signatures import check

    return replace(came, found=check(context).verify(came.chart, came.proof, came.name))


def _kept(context: Context, came: Arrived) -> Arrived | None:
    """With the provenance the content cache has for these bytes, if it holds."""
    from hashlib import sha256

    from charthouse.cli.fetching import places
    from charthouse.distribution import proofs
    from charthouse.provenance.errors import ProvenanceError

    kept = proofs.cached(sha256(came.chart).hexdigest(), places(context), log=context.log)
    try:
        return None if kept is None else _verified(context, replace(came, proof=kept))
    except ProvenanceError:
        return None


def _without(reference: str, name: str, done: Pulled, *, verify: bool) -> Arrived:
    """No provenance came with the chart: an error when it is needed, else a warning."""
    from charthouse.distribution import proofs
    from charthouse.distribution.registry.charts import PROVENANCE

    if verify:
        raise proofs.missing(f"oci://{done.reference}")
    text = f"manifest does not contain a layer with mediatype {PROVENANCE}"
    return Arrived(name, done.chart, warning=proofs.not_found(reference, text))
