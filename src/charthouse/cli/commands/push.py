"""``push``: a packed chart into a registry.

Rules: Helm 4.3.1 ``pkg/cmd/push.go``, ``pkg/uploader``, ``pkg/pusher/ocipusher.go``: a ``.prov`` beside the archive
goes with it; the chart's creation is the archive's time of change.
"""

from __future__ import annotations

import os

from charthouse.charts.chart import ChartError
from charthouse.cli.command import Command
from charthouse.cli.shared_flags import tls_flags
from charthouse.distribution.errors import DistributionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.metadata import Metadata
    from charthouse.cli.context import Context
    from charthouse.distribution.registry.reference import Reference

__all__ = ["COMMAND"]


def _run(context: Context) -> None:
    from charthouse.charts.loader import load_file
    from charthouse.cli.registry_tls import check_registry_tls
    from charthouse.distribution import urls
    from charthouse.distribution.registry.reference import parse
    from charthouse.golang.strconv import quote

    check_registry_tls(context)
    path, remote = context.words[:2]
    try:
        scheme = urls.parse(remote).scheme
    except DistributionError as error:
        raise DistributionError(f"invalid chart URL format: {remote}", hint=f"oci://{remote}?") from error
    if not scheme:
        raise DistributionError('scheme prefix missing from remote (e.g. "oci://")', hint=f"oci://{remote}?")
    if scheme != "oci":
        raise DistributionError(f"scheme {quote(scheme)} not supported", hint="charts are pushed to oci://… only")
    if not os.path.exists(path):
        raise DistributionError(f"{path}: no such file")
    if os.path.isdir(path):
        raise DistributionError(
            "cannot push directory, must provide chart archive (.tgz)", hint=f"`charthouse package {path}` makes one"
        )
    metadata = load_file(path, log=context.log).metadata
    place = urls.clean_path(f"{remote.removeprefix('oci://')}/{metadata.name}")
    reference = parse(f"{place}:{metadata.version}")
    with open(path, "rb") as stream:
        data = stream.read()
        created = _moment(os.fstat(stream.fileno()).st_mtime)
    _push(context, data, metadata, reference, created, _provenance(path))


def _provenance(path: str) -> bytes:
    try:
        with open(f"{path}.prov", "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ChartError(f"open {path}.prov: {(error.strerror or str(error)).lower()}") from error


def _moment(seconds: float) -> str:
    from datetime import datetime

    from charthouse.golang.moment import to_text

    return to_text(datetime.fromtimestamp(int(seconds)).astimezone())


def _push(
    context: Context, data: bytes, metadata: Metadata, reference: Reference, created: str, provenance: bytes
) -> None:
    from charthouse.cli.fetching import access, fetcher
    from charthouse.cli.registries import report, sessions
    from charthouse.distribution.registry.charts import push

    client = fetcher(context)
    try:
        session = sessions(context, client, access(context), plain_http=context["plain-http"])(reference.registry)
        done = push(data, metadata, reference, session, created=created, provenance=provenance)
    finally:
        client.close()
    report(context.out, done, "Pushed")


COMMAND = Command(
    "push [chart] [remote]",
    "upload a chart to a registry",
    long="Upload a packed chart to an OCI registry, its provenance with it when there is a .prov file beside it.\n",
    args="min 2",
    flags=tls_flags,
    run=_run,
)
